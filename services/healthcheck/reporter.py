"""What probes show, published as events like anyone else's."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from typing import Protocol
from uuid import uuid4

from routeyard.domain.errors import Unavailable
from routeyard.domain.events import EndpointObserved, Event
from routeyard.runtime.clock import Clock
from routeyard.wire.record import Position

SOURCE = "healthcheck"
log = logging.getLogger(__name__)


class Publishing(Protocol):
    """Takes events to Kafka."""

    async def send(self, events: Sequence[Event]) -> list[Position]:
        """Publish; raises Unavailable when the brokers do not take them."""


def _new_id() -> str:
    return uuid4().hex


class Reporter:
    """Publishes probes under the source `healthcheck`."""

    def __init__(
        self, publishing: Publishing, clock: Clock, new_id: Callable[[], str] = _new_id
    ) -> None:
        self._publishing = publishing
        self._clock = clock
        self._new_id = new_id

    async def report(self, seen: EndpointObserved) -> bool:
        """Publish a look; False when the brokers are away: the next one says more anyway."""
        event = Event(id=self._new_id(), source=SOURCE, observed_at=self._clock(), data=seen)
        try:
            await self._publishing.send([event])
        except Unavailable as fault:
            log.warning("a look at %s is lost: %s", seen.endpoint, fault.message)
            return False
        return True
