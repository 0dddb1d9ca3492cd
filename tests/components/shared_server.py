"""One server for a whole test run, however many pytest-xdist workers use it."""

import fcntl
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from infra.local.folders import exclusive


def run_dir(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Path:
    """A folder that all workers of this run share."""
    base = tmp_path_factory.getbasetemp()
    return base if worker_id == "master" else base.parent


@contextmanager
def shared_server(
    folder: Path, name: str, start: Callable[[], AbstractContextManager[str]]
) -> Iterator[str]:
    """The address of the run's server ``name``: the first worker to ask starts it.

    Each worker holds a shared lock on ``users``; the one that started the server waits at its end
    until it alone is left, and only then stops it.
    """
    address = folder / f"{name}.address"
    gate = folder / f"{name}.gate"
    with (folder / f"{name}.users").open("w") as users:
        with exclusive(gate):
            fcntl.flock(users, fcntl.LOCK_SH)
            server = None if address.exists() else start()
            if server is not None:
                address.write_text(server.__enter__(), encoding="utf-8")
        try:
            yield address.read_text(encoding="utf-8")
        finally:
            if server is not None:
                _stop_when_unused(server, address, gate, users.fileno())


def _stop_when_unused(
    server: AbstractContextManager[str], address: Path, gate: Path, users: int
) -> None:
    with exclusive(gate):
        address.unlink()
    fcntl.flock(users, fcntl.LOCK_EX)
    server.__exit__(None, None, None)
