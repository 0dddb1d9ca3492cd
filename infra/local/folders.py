"""Folders and files that several processes share."""

import fcntl
import json
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from infra.local.errors import StackError


def cache_dir() -> Path:
    """Where downloads are kept for this user, over all working copies."""
    home = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(home) / "routeyard"


def require_space(folder: Path, least_bytes: int) -> None:
    """Raise StackError when the disk of ``folder`` has fewer than ``least_bytes`` left."""
    left = shutil.disk_usage(folder).free
    if left < least_bytes:
        raise StackError(
            f"The disk of {folder} has {left >> 20} MiB left, {least_bytes >> 20} MiB are needed:"
            " free some, or choose another folder with --data-dir."
        )


@contextmanager
def claim(folder: Path) -> Iterator[None]:
    """Hold ``folder`` for one stack; StackError when another process has it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a+") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            file.seek(0)
            raise StackError(
                f"A stack runs in {folder} already (process {file.read().strip()}):"
                " stop it, or choose another folder with --data-dir."
            ) from error
        file.truncate(0)
        file.write(f"{os.getpid()}\n")
        file.flush()
        yield


@contextmanager
def exclusive(lock: Path) -> Iterator[None]:
    """Hold the file ``lock`` for this process alone, waiting for whoever has it."""
    lock.parent.mkdir(parents=True, exist_ok=True)
    with lock.open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def write_private_json(path: Path, content: Any) -> None:
    """Replace ``path`` by ``content`` in one step, readable by its owner only."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, draft = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        json.dump(content, file, indent=2)
        file.write("\n")
    Path(draft).replace(path)
