"""Records of the endpoint-health topic become states, and states are told."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import timedelta
from typing import NamedTuple, Protocol

from routeyard.domain.errors import Invalid, InvalidEvent
from routeyard.domain.events import Event
from routeyard.kafka.letters import put_aside
from routeyard.runtime.clock import Clock
from routeyard.wire import envelope
from routeyard.wire.health import write_state
from routeyard.wire.record import Incoming, Outgoing, Position
from routeyard.wire.topics import Topics
from services.healthcheck.fold import fold
from services.healthcheck.metrics import Metrics
from services.healthcheck.states import States
from services.healthcheck.world import World

CONSUMER = "healthcheck"
log = logging.getLogger(__name__)


class Writing(Protocol):
    """Takes records to Kafka."""

    async def write(self, records: Sequence[Outgoing]) -> list[Position]:
        """Publish in order; raises Unavailable when the brokers do not take them."""


class Room(NamedTuple):
    """What the consumer works with. `ttl` is how long a state stands on what was seen last."""

    world: World
    states: States
    topics: Topics
    ttl: timedelta
    clock: Clock
    metrics: Metrics


class Consumer:
    """Folds records in, in their order; handing them in again changes nothing."""

    def __init__(self, room: Room, writing: Writing) -> None:
        self._room = room
        self._writing = writing

    async def take(self, records: Sequence[Incoming]) -> None:
        """Fold records in, or put them aside; returns once what they came to is published.

        Raises:
            Unavailable: the broker is away or the graph is not known yet; the same records may
                be handed in again.
        """
        room = self._room
        events, letters = self._judge(records)
        outcome = fold(events, room.states.known, room.ttl, room.clock())
        told = [write_state(health, room.topics) for health in outcome.to_tell]
        if letters or told:
            await self._writing.write([*letters, *told])
        room.states.take(outcome)
        room.metrics.count_batch(len(events), outcome, letters)

    async def refuse(self, record: Incoming, fault: BaseException) -> None:
        """Put aside a record that this code fails on.

        Raises:
            Unavailable: the broker is away; the record may be handed in again.
        """
        found = InvalidEvent(f"The record could not be folded in: {fault!r}; please report this.")
        letter = put_aside(record, found, CONSUMER, self._room.topics)
        await self._writing.write([letter])
        self._room.metrics.count_letters([letter])

    def _judge(self, records: Sequence[Incoming]) -> tuple[list[Event], list[Outgoing]]:
        events, letters = [], []
        for record in records:
            try:
                events.append(self._read(record))
            except Invalid as fault:
                log.warning("put aside %s: %s", record.position, fault.message)
                letters.append(put_aside(record, fault, CONSUMER, self._room.topics))
        return events, letters

    def _read(self, record: Incoming) -> Event:
        return envelope.admit(record, self._room.clock(), self._room.world.sources)
