"""Secrets for commands: from a variable, a file, standard input or a prompt, never an argument."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from getpass import getpass
from pathlib import Path
from typing import NamedTuple

from routeyard.domain.errors import InvalidRequest

STDIN = "-"


class From(NamedTuple):
    """Where a secret is; with neither, it is asked for. `header`: it goes into that header."""

    variable: str | None = None
    file: Path | None = None
    header: str | None = None

    @property
    def is_given(self) -> bool:
        """Whether a place is named."""
        return self.variable is not None or self.file is not None


def read(place: From, environ: Mapping[str, str]) -> dict[str, str]:
    """A secret as GraphQL takes it.

    Raises:
        InvalidRequest: there is none in that place; nothing of it is repeated.
    """
    value = _value(place, environ)
    if not value:
        raise InvalidRequest("There is no secret in that place; it is empty.")
    if place.header is None:
        return {"value": value, "scheme": "BEARER"}
    return {"value": value, "scheme": "HEADER", "header": place.header}


def _value(place: From, environ: Mapping[str, str]) -> str:
    if place.variable is not None and place.file is not None:
        raise InvalidRequest("Give --key-env or --key-file, not both.")
    if place.variable is not None:
        if place.variable not in environ:
            raise InvalidRequest(f"The variable {place.variable} is not set.")
        return environ[place.variable].strip()
    if place.file is not None:
        return _from_file(place.file)
    if not sys.stdin.isatty():
        raise InvalidRequest(
            "Give the secret with --key-env, --key-file, or --key-file - for standard input."
        )
    return getpass("Secret (not shown): ").strip()


def _from_file(file: Path) -> str:
    try:
        text = sys.stdin.read() if str(file) == STDIN else file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        raise InvalidRequest(f"The file {file} cannot be read as text.") from None
    return text.strip()
