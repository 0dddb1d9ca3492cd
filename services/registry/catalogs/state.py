"""What a source stated in its last run, kept in one file, so that a run publishes changes only."""

import os
from pathlib import Path

import msgspec

from routeyard.domain.errors import InvalidCatalog, Unavailable

VERSION = 1


class _Kept(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    version: int
    facts: dict[str, str]


def read(directory: Path, name: str) -> dict[str, str]:
    """The state of a source; empty before its first run.

    Raises:
        InvalidCatalog: the file is not what `write` wrote.
        Unavailable: the file cannot be read.
    """
    path = _path(directory, name)
    try:
        kept = msgspec.json.decode(path.read_bytes(), type=_Kept)
    except FileNotFoundError:
        return {}
    except (msgspec.DecodeError, UnicodeDecodeError):
        kept = None
    except OSError as fault:
        raise Unavailable(f"The state file {path} cannot be read ({fault.strerror}).") from fault
    if kept is None or kept.version != VERSION:
        raise InvalidCatalog(
            f"The state file {path} is damaged or of another version; "
            "delete it, or run with --full, and everything is stated anew."
        )
    return kept.facts


def write(directory: Path, name: str, facts: dict[str, str]) -> None:
    """Replace the state of a source, as a whole or not at all.

    Raises:
        Unavailable: the file cannot be written.
    """
    path = _path(directory, name)
    try:
        directory.mkdir(parents=True, exist_ok=True)
        _replace(path, msgspec.json.encode(_Kept(VERSION, facts), order="deterministic"))
    except OSError as fault:
        raise Unavailable(
            f"The state file {path} cannot be written ({fault.strerror}); what was published "
            "stands and will be published again by the next run."
        ) from fault


def _replace(path: Path, content: bytes) -> None:
    unfinished = path.with_suffix(f".{os.getpid()}.tmp")
    try:
        with unfinished.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def _path(directory: Path, name: str) -> Path:
    return directory / f"{name}.json"
