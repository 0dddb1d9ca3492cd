"""What the registry needs of its memory. One ledger is kept in PostgreSQL, one in tests."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from msgspec import structs

from routeyard.domain.catalog import Source
from routeyard.domain.claims import EntityRef
from routeyard.domain.errors import Conflict, ErrorCode, Invalid, InvalidRequest
from routeyard.domain.events import Event
from routeyard.domain.graph import Op
from routeyard.domain.validation import Finding
from services.registry.besides import Besides

MAX_DELTA_BYTES = 512 * 1024


class Head(NamedTuple):
    """The newest commit."""

    epoch: str
    revision: int
    checksum: str
    committed_at: datetime


class Batch(NamedTuple):
    """Events to be taken over in one commit, and how far their topics are read with them.

    `is_dry_run`: find out what they would come to, and leave no trace. `is_order`: they happen
    when they are taken over, so that the order of commits is the order of what they say; their
    `observed_at` becomes the commit's time. `expected`: the revisions after which entities must
    not have changed. `besides` is kept with the commit, or not at all.
    """

    events: Sequence[Event]
    consumed: Mapping[tuple[str, int], int] = {}
    actor: str = "kafka"
    reason: str = "events"
    is_dry_run: bool = False
    is_order: bool = False
    expected: Mapping[EntityRef, int] = {}
    besides: Besides | None = None


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


TICK = timedelta(microseconds=1)


def commit_time(clock: datetime, earlier: datetime) -> datetime:
    """The time of the next commit: the clock's, or just after an earlier one if that is later."""
    return max(clock, earlier + TICK)


def stamped(events: Sequence[Event], at: datetime) -> list[Event]:
    """Events that happen with their commit, in the order in which they stand there."""
    return [
        structs.replace(event, observed_at=at, sequence=number)
        for number, event in enumerate(events)
    ]


def require_unchanged(ref: EntityRef, changed_at: int, expected: int, head: int) -> None:
    """Refuse to change an entity that changed after the revision expected of it.

    Raises:
        Conflict: it did; `revision` is that of its last change.
        InvalidRequest: the expected revision does not exist yet.
    """
    if expected > head or expected < 0:
        raise InvalidRequest(
            f"There is no revision {expected} yet; the newest is {head}.", field="ifRevision"
        )
    if changed_at > expected:
        raise Conflict(
            f"The {ref.kind} {ref.id!r} was changed at revision {changed_at}, after {expected}; "
            "read it again, then change it.",
            field="ifRevision",
            revision=changed_at,
        )


class TooMany(Invalid):
    """The events cannot be taken over in one commit: commit fewer at once.

    Their delta would not fit into one message, or one of them must be refused.
    """

    code = ErrorCode.INVALID_EVENT


class Overtaken(Conflict):
    """What was to be kept besides a commit was changed meanwhile; nothing was committed."""


class Ledger(Protocol):
    """The registry's memory."""

    async def head(self) -> Head:
        """The newest commit."""

    async def sources(self) -> Mapping[str, Source]:
        """The registered sources by id."""

    async def record(self, batch: Batch) -> Receipt:
        """Take events over: all of them, in one commit, or none.

        A repeated event changes nothing. When nothing in the graph changes there is no new
        revision, but what was said is kept all the same. Of an order that was taken over before,
        the receipt is the one it got then.

        Raises:
            TooMany: more than one event, and together they make a delta over MAX_DELTA_BYTES,
                or a commit that `routeyard.domain.validation` speaks against.
            InvalidEvent, NotUnderstood: it speaks against the only event.
            Conflict: an entity changed after the revision that is expected of it.
            Overtaken: what is to be kept besides was changed meanwhile.
            InvalidRequest: such a revision does not exist yet.
            Unavailable: the memory cannot be reached; nothing was taken over.
        """

    async def receipt(self, event: str) -> Receipt | None:
        """What the order came to in which an operator's event was, by its id; None for no order."""

    async def snapshot(self) -> tuple[Head, Sequence[Op]]:
        """Every entity at the newest commit, read at one instant."""
