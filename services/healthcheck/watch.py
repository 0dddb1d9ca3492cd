"""The probing loop: each endpoint at its own moments, no endpoint twice at once."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import NamedTuple

from routeyard.domain.catalog import Endpoint
from services.healthcheck.metrics import Metrics
from services.healthcheck.prober import Prober
from services.healthcheck.reporter import SOURCE, Reporter
from services.healthcheck.schedule import Slot, next_round
from services.healthcheck.world import World

IDLE_S = 1.0
log = logging.getLogger(__name__)


class Rounds(NamedTuple):
    """How rounds are made. `is_mine` tells whether this replica looks at an endpoint."""

    interval_s: float
    timer: Callable[[], float]
    is_mine: Callable[[str], bool]


class Watch:
    """Looks at the endpoints of a world and reports what it sees."""

    def __init__(self, world: World, rounds: Rounds, prober: Prober, metrics: Metrics) -> None:
        self._world = world
        self._rounds = rounds
        self._prober = prober
        self._metrics = metrics
        self._slots: dict[str, Slot] = {}
        self._in_flight: set[str] = set()
        self._is_muted = False
        self.probed: set[str] = set()

    async def run(self, reporter: Reporter) -> None:
        """Look until cancelled."""
        self._slots = {}
        async with asyncio.TaskGroup() as looks:
            while True:
                changed = self._world.changed
                for endpoint in self._due():
                    self._in_flight.add(endpoint.id)
                    looks.create_task(self._look(endpoint, reporter))
                await self._pause(changed)

    def _due(self) -> list[Endpoint]:
        watched = self._world.watched if self._may_look() else []
        mine = [endpoint for endpoint in watched if self._rounds.is_mine(endpoint.id)]
        found = next_round(self._slots, mine, self._rounds.timer(), self._rounds.interval_s)
        self._slots = found.slots
        self.probed &= found.slots.keys()
        return [endpoint for endpoint in found.due if endpoint.id not in self._in_flight]

    async def _pause(self, changed: asyncio.Event) -> None:
        next_at = min((slot.at for slot in self._slots.values()), default=None)
        wait_s = IDLE_S if next_at is None else min(next_at - self._rounds.timer(), IDLE_S)
        try:
            async with asyncio.timeout(max(wait_s, 0.0)):
                await changed.wait()
        except TimeoutError:
            return

    async def _look(self, endpoint: Endpoint, reporter: Reporter) -> None:
        try:
            seen = await self._prober.look(endpoint)
            self._metrics.count_probe(seen, is_reported=await reporter.report(seen))
            self.probed.add(endpoint.id)
        finally:
            self._in_flight.discard(endpoint.id)

    def _may_look(self) -> bool:
        is_muted = self._world.is_known.is_set() and not self._world.may_report
        if is_muted and not self._is_muted:
            log.error("No endpoint is probed: the source %r is not registered for it.", SOURCE)
        self._is_muted = is_muted
        return not is_muted
