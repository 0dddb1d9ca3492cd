"""A record as Kafka holds it: bytes, with a place once it has one."""

from __future__ import annotations

from typing import NamedTuple

Headers = tuple[tuple[str, bytes], ...]


class Position(NamedTuple):
    """Where a record lies."""

    topic: str
    partition: int
    offset: int


class Outgoing(NamedTuple):
    """A record on its way to a topic."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Headers = ()


class Incoming(NamedTuple):
    """A record that was read; `value` None is a tombstone."""

    position: Position
    key: bytes | None
    value: bytes | None
    headers: Headers = ()

    def header(self, name: str) -> str | None:
        """The first header of that name, as text; undecodable bytes are replaced."""
        return next((v.decode(errors="replace") for k, v in self.headers if k == name), None)
