"""Endpoints that left the graph lose their states, for everyone."""

from __future__ import annotations

import asyncio
import logging

from routeyard.domain.errors import Unavailable
from routeyard.domain.health import EndpointHealth
from routeyard.wire.health import key_of, write_removal
from routeyard.wire.record import Outgoing
from services.healthcheck.consumer import Room, Writing

CHECK_S = 10.0
log = logging.getLogger(__name__)


class Removal:
    """Writes tombstones."""

    def __init__(self, room: Room, writing: Writing) -> None:
        self._room = room
        self._writing = writing

    async def run(self) -> None:
        """Remove until cancelled, at each change of the graph and every ten seconds."""
        while True:
            changed = self._room.world.changed
            await self.remove_orphans()
            try:
                async with asyncio.timeout(CHECK_S):
                    await changed.wait()
            except TimeoutError:
                continue

    async def remove_orphans(self) -> None:
        """Remove the states of endpoints that are gone."""
        world, states = self._room.world, self._room.states
        orphans = states.orphans(world.endpoints, world.was_there, self._room.clock())
        if not orphans:
            return
        try:
            await self._writing.write([self._tombstone(health) for health in orphans])
        except Unavailable as fault:
            log.warning("%d states are removed later: %s", len(orphans), fault.message)
            return
        states.forget([key_of(health.endpoint, health.zone) for health in orphans])
        self._room.metrics.count_removed(len(orphans))

    def _tombstone(self, health: EndpointHealth) -> Outgoing:
        return write_removal(health.endpoint, health.zone, self._room.topics)
