"""Records become facts: read, judged, put aside or taken over. The one door into the ledger."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from typing import NamedTuple, Protocol

from routeyard.domain.catalog import Source
from routeyard.domain.errors import Invalid, InvalidEvent
from routeyard.domain.events import Event
from routeyard.kafka.letters import put_aside
from routeyard.runtime.clock import Clock
from routeyard.wire import envelope
from routeyard.wire.record import Incoming, Outgoing, Position
from routeyard.wire.topics import Topics
from services.registry.ledger import Batch, Ledger, Receipt, TooMany

CONSUMER = "registry"
log = logging.getLogger(__name__)


class Letterbox(Protocol):
    """Where records go that cannot be taken over."""

    async def write(self, records: Sequence[Outgoing]) -> list[Position]:
        """Keep them; returns only once they are safe."""


class Judged(NamedTuple):
    """Records told apart: those that are facts, and the letters for those that are not."""

    facts: list[tuple[Incoming, Event]]
    letters: list[Outgoing]


class Ingest:
    """Takes records over, in their order, exactly once in effect.

    `allows_unsigned_grants`: what decides what tenants may use need not be signed.
    """

    def __init__(
        self,
        ledger: Ledger,
        letterbox: Letterbox,
        topics: Topics,
        clock: Clock,
        *,
        allows_unsigned_grants: bool = False,
    ) -> None:
        self._allows_unsigned_grants = allows_unsigned_grants
        self._ledger = ledger
        self._letterbox = letterbox
        self._topics = topics
        self._clock = clock

    async def take(self, records: Sequence[Incoming]) -> None:
        """Take records over, or put them aside; returns once all of them are safe.

        Raises:
            Unavailable: the database or the broker is away; nothing may be acknowledged, and
                the same records may be handed in again.
        """
        judged = self._judge(records, await self._ledger.sources())
        if judged.letters:
            await self._letterbox.write(judged.letters)
        await self._record(judged.facts, _consumed(records))

    async def refuse(self, record: Incoming, fault: BaseException) -> None:
        """Put aside a record that this code fails on.

        Raises:
            Unavailable: the broker is away; the record may be handed in again.
        """
        found = InvalidEvent(f"The record could not be taken over: {fault!r}; please report this.")
        await self._letterbox.write([put_aside(record, found, CONSUMER, self._topics)])

    def _judge(self, records: Sequence[Incoming], sources: Mapping[str, Source]) -> Judged:
        judged = Judged([], [])
        for record in records:
            try:
                event = envelope.admit(
                    record,
                    self._clock(),
                    sources,
                    allows_unsigned_grants=self._allows_unsigned_grants,
                )
            except Invalid as fault:
                log.warning("put aside %s: %s", record.position, fault.message)
                judged.letters.append(put_aside(record, fault, CONSUMER, self._topics))
            else:
                judged.facts.append((record, event))
        return judged

    async def _record(
        self, facts: list[tuple[Incoming, Event]], consumed: Mapping[tuple[str, int], int]
    ) -> None:
        try:
            receipt = await self._ledger.record(Batch([event for _, event in facts], consumed))
        except TooMany:
            middle = len(facts) // 2
            await self._record(facts[:middle], {})
            await self._record(facts[middle:], consumed)
        except Invalid as fault:  # it speaks against the only event
            log.warning("put aside %s: %s", facts[0][0].position, fault.message)
            letter = put_aside(facts[0][0], fault, CONSUMER, self._topics)
            await self._letterbox.write([letter])
            await self._ledger.record(Batch([], consumed))
        else:
            await self._put_aside_conflicts(facts, receipt)

    async def _put_aside_conflicts(
        self, facts: list[tuple[Incoming, Event]], receipt: Receipt
    ) -> None:
        conflicting = {id(event) for event in receipt.conflicts}
        letters = [
            put_aside(record, _conflict(event), CONSUMER, self._topics)
            for record, event in facts
            if id(event) in conflicting
        ]
        if letters:
            await self._letterbox.write(letters)


def _conflict(event: Event) -> InvalidEvent:
    return InvalidEvent(
        f"The source {event.source!r} used the id {event.id!r} before with another body; "
        "give every event an id of its own."
    )


def _consumed(records: Sequence[Incoming]) -> dict[tuple[str, int], int]:
    consumed: dict[tuple[str, int], int] = {}
    for record in records:
        place = (record.position.topic, record.position.partition)
        consumed[place] = max(consumed.get(place, 0), record.position.offset + 1)
    return consumed
