"""What there is to say of a version of a policy."""

from __future__ import annotations

from typing import NamedTuple

from routeyard.domain.policies.shape import Path


class Note(NamedTuple):
    """A sentence about the part of the document at `path`. An error speaks against the version."""

    path: Path
    message: str
    is_error: bool


def error(message: str, *path: str | int) -> Note:
    """What speaks against it."""
    return Note(path, message, is_error=True)


def warning(message: str, *path: str | int) -> Note:
    """What may be meant, and perhaps is not."""
    return Note(path, message, is_error=False)
