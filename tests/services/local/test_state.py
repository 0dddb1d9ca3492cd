import json
import os
import shutil
import socket
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from infra.local.errors import StackError
from infra.local.folders import claim, require_space
from infra.local.ports import LOOPBACK, free_port, is_free, require_free
from infra.local.state import StackAddresses, StackSecrets

ADDRESSES = StackAddresses(
    registry="http://127.0.0.1:1",
    routers=("http://127.0.0.1:2", "http://127.0.0.1:3"),
    healthcheck="http://127.0.0.1:4",
    kafka="127.0.0.1:5",
    database="postgresql://127.0.0.1:6/routeyard",
    keys={"admin": "a", "service": "s", "tenant": "t"},
    ports={"registry": 1},
)


def test_addresses_come_back_as_they_were_saved(tmp_path: Path) -> None:
    ADDRESSES.save(tmp_path / "stack.json")
    assert StackAddresses.load(tmp_path / "stack.json") == ADDRESSES
    assert list(ADDRESSES.services()) == ["registry", "healthcheck", "router-1", "router-2"]


def test_without_a_stack_the_sentence_says_how_to_start_one(tmp_path: Path) -> None:
    with pytest.raises(StackError, match="start one with `routeyard up`"):
        StackAddresses.load(tmp_path / "stack.json")


def test_a_damaged_file_is_named(tmp_path: Path) -> None:
    (tmp_path / "stack.json").write_text("{", encoding="utf-8")
    with pytest.raises(StackError, match=r"stack\.json is damaged .*: delete it"):
        StackAddresses.load(tmp_path / "stack.json")


def test_secrets_are_made_once_and_are_its_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    made = StackSecrets.load_or_make(path)
    assert made.key_pepper != made.encryption_key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    replace(made, keys={"admin": "a"}).save(path)
    assert StackSecrets.load_or_make(path) == replace(made, keys={"admin": "a"})
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_secrets_of_an_earlier_version_are_kept_and_added_to(tmp_path: Path) -> None:
    path = tmp_path / "secrets.json"
    old = {"key_pepper": "p", "encryption_key": "e", "keys": {"admin": "a"}}
    path.write_text(json.dumps(old), encoding="utf-8")
    found = StackSecrets.load_or_make(path)
    assert asdict(found) == old | {"database_password": found.database_password}
    assert StackSecrets.load_or_make(path) == found


def test_a_folder_is_claimed_by_one_stack_at_a_time(tmp_path: Path) -> None:
    with (
        claim(tmp_path),
        pytest.raises(StackError, match=rf"A stack runs in .* \(process {os.getpid()}\)"),
        claim(tmp_path),
    ):
        pass
    with claim(tmp_path):
        assert (tmp_path / "lock").read_text(encoding="utf-8") == f"{os.getpid()}\n"


def test_a_full_disk_is_a_sentence(tmp_path: Path) -> None:
    free = shutil.disk_usage(tmp_path).free
    require_space(tmp_path, free // 2)
    with pytest.raises(StackError, match=r"MiB are needed: free some"):
        require_space(tmp_path, free * 2)


def test_a_taken_port_is_a_sentence() -> None:
    with _listening() as port:
        assert not is_free(port)
        with pytest.raises(StackError, match=rf"Port {port}, wanted for registry, is taken"):
            require_free(port, "registry")
    assert is_free(free_port())


@contextmanager
def _listening() -> Iterator[int]:
    with socket.create_server((LOOPBACK, 0)) as server:
        yield server.getsockname()[1]
