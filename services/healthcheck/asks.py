"""Asks become looks, a few at once for each owner, and what is seen is told."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime
from typing import NamedTuple

from routeyard.domain.errors import InvalidEvent, Recoverable
from routeyard.kafka.letters import put_aside
from routeyard.wire.probe import ProbeAsk, ProbeResult, read_ask, write_result
from routeyard.wire.record import Incoming
from routeyard.wire.topics import Topics
from services.healthcheck.consumer import CONSUMER, Writing
from services.healthcheck.look import Eyes
from services.healthcheck.schedule import reaches
from services.healthcheck.world import World

MOST_OF_AN_OWNER = 4
MOST_IN_ALL = 64
LONGEST_S = 20.0
# Of the time that somebody waits, what a look may take: the rest is for telling of it.
SHARE = 0.8
BUSY = "too many looks of this owner at once"
TIMED_OUT = "timed out"
log = logging.getLogger(__name__)


class Answering(NamedTuple):
    """What it takes to answer asks. `blank` is a result that tells only a reason."""

    world: World
    look: Callable[[ProbeAsk], Awaitable[ProbeResult]]
    blank: Callable[[ProbeAsk, str], ProbeResult]
    topics: Topics
    eyes: Eyes


class Asks:
    """Takes asks and answers those that somebody still waits for; each is tried once."""

    def __init__(self, answering: Answering, writing: Writing) -> None:
        self._answering = answering
        self._writing = writing
        self._room = asyncio.Semaphore(MOST_IN_ALL)
        self._under_way: Counter[str | None] = Counter()
        self._looks: set[asyncio.Task[None]] = set()

    async def take(self, records: Sequence[Incoming]) -> None:
        """Begin to answer; returns before that is done, so that nobody waits for a slow server.

        Raises:
            Unavailable: the broker is away; the same records may be handed in again.
        """
        for record in records:
            try:
                ask = read_ask(record)
            except InvalidEvent as fault:
                letter = put_aside(record, fault, CONSUMER, self._answering.topics)
                await self._writing.write([letter])
                continue
            if reaches(ask.endpoint, self._answering.eyes.zone) and self._left_s(ask) > 0:
                await self._begin(ask)

    async def finish(self) -> None:
        """Give up what is under way."""
        for task in self._looks:
            task.cancel()
        await asyncio.gather(*self._looks, return_exceptions=True)

    async def _begin(self, ask: ProbeAsk) -> None:
        if self._under_way[ask.endpoint.owner] >= MOST_OF_AN_OWNER:
            await self._tell(self._answering.blank(ask, BUSY))
            return
        await self._room.acquire()
        self._under_way[ask.endpoint.owner] += 1
        task = asyncio.create_task(self._answer(ask))
        self._looks.add(task)
        task.add_done_callback(self._looks.discard)

    async def _answer(self, ask: ProbeAsk) -> None:
        try:
            await self._tell(await self._seen(ask))
        except Exception:
            log.exception("an ask about %s is not answered", ask.endpoint.id)
        finally:
            self._room.release()
            self._under_way[ask.endpoint.owner] -= 1
            if not self._under_way[ask.endpoint.owner]:
                del self._under_way[ask.endpoint.owner]

    async def _seen(self, ask: ProbeAsk) -> ProbeResult:
        try:
            async with asyncio.timeout(allowed_s(self._left_s(ask))):
                # The owner's networks may have been permitted a moment ago.
                await self._answering.world.reached(ask.revision)
                return await self._answering.look(ask)
        except TimeoutError:
            return self._answering.blank(ask, TIMED_OUT)

    async def _tell(self, result: ProbeResult) -> None:
        try:
            await self._writing.write([write_result(result, self._answering.topics)])
        except Recoverable as fault:
            log.warning("a look at %s is lost: %s", result.endpoint, fault.message)

    def _left_s(self, ask: ProbeAsk) -> float:
        return seconds_until(ask.expires_at, self._answering.eyes.clock())


def allowed_s(left_s: float) -> float:
    """How long a look may take, so that it is told before nobody waits any more."""
    return min(left_s * SHARE, LONGEST_S)


def seconds_until(at: datetime, now: datetime) -> float:
    """How long it is until then."""
    return (at - now).total_seconds()
