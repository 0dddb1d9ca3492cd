"""What the registry needs of its memory. One ledger is kept in PostgreSQL, one in tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from routeyard.domain.catalog import Source
from routeyard.domain.errors import ErrorCode, Invalid
from routeyard.domain.events import Event
from routeyard.domain.graph import Op

MAX_DELTA_BYTES = 512 * 1024


class Head(NamedTuple):
    """The newest commit."""

    epoch: str
    revision: int
    checksum: str
    committed_at: datetime


class Batch(NamedTuple):
    """Events to be taken over in one commit, and how far their topics are read with them."""

    events: Sequence[Event]
    consumed: Mapping[tuple[str, int], int] = {}
    actor: str = "kafka"
    reason: str = "events"


class Receipt(NamedTuple):
    """What a batch came to. `conflicts` reused an id for another body and were left out."""

    head: Head
    is_new_revision: bool
    duplicates: int
    conflicts: Sequence[Event]


class TooLarge(Invalid):
    """The commit's delta would not fit into one message: commit fewer events at once."""

    code = ErrorCode.INVALID_EVENT


class Ledger(Protocol):
    """The registry's memory."""

    async def head(self) -> Head:
        """The newest commit."""

    async def sources(self) -> Mapping[str, Source]:
        """The registered sources by id."""

    async def record(self, batch: Batch) -> Receipt:
        """Take events over: all of them, in one commit, or none.

        A repeated event changes nothing. When nothing in the graph changes there is no new
        revision, but what was said is kept all the same.

        Raises:
            TooLarge: more than one event, and together they make a delta over MAX_DELTA_BYTES.
            Unavailable: the memory cannot be reached; nothing was taken over.
        """

    async def snapshot(self) -> tuple[Head, Sequence[Op]]:
        """Every entity at the newest commit, read at one instant."""
