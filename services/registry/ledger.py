"""What the registry needs of its memory. One ledger is kept in PostgreSQL, one in tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from routeyard.domain.catalog import Source
from routeyard.domain.claims import EntityRef
from routeyard.domain.errors import ErrorCode, Invalid
from routeyard.domain.events import Event
from routeyard.domain.graph import Op
from routeyard.domain.validation import Finding

MAX_DELTA_BYTES = 512 * 1024


class Head(NamedTuple):
    """The newest commit."""

    epoch: str
    revision: int
    checksum: str
    committed_at: datetime


class Batch(NamedTuple):
    """Events to be taken over in one commit, and how far their topics are read with them.

    `is_dry_run`: find out what they would come to, and leave no trace.
    """

    events: Sequence[Event]
    consumed: Mapping[tuple[str, int], int] = {}
    actor: str = "kafka"
    reason: str = "events"
    is_dry_run: bool = False


class Changed(NamedTuple):
    """An entity's canonical bytes before and after a commit; None where it is not there."""

    ref: EntityRef
    before: bytes | None
    after: bytes | None


class Receipt(NamedTuple):
    """What a batch came to, or would come to. Of a dry run, `findings` would refuse it.

    `conflicts` reused an id for another body and were left out.
    """

    head: Head
    is_new_revision: bool
    duplicates: int
    conflicts: Sequence[Event]
    changed: Sequence[Changed] = ()
    findings: Sequence[Finding] = ()


class TooMany(Invalid):
    """The events cannot be taken over in one commit: commit fewer at once.

    Their delta would not fit into one message, or one of them must be refused.
    """

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
            TooMany: more than one event, and together they make a delta over MAX_DELTA_BYTES,
                or a commit that `routeyard.domain.validation` speaks against.
            InvalidEvent, NotUnderstood: it speaks against the only event.
            Unavailable: the memory cannot be reached; nothing was taken over.
        """

    async def snapshot(self) -> tuple[Head, Sequence[Op]]:
        """Every entity at the newest commit, read at one instant."""
