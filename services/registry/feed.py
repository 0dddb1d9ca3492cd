"""Following the graph revision by revision, read from the memory: none left out, none twice."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import suppress
from typing import NamedTuple

from routeyard.domain.errors import InvalidRequest, OutOfStep
from services.registry.ledger import Head
from services.registry.news import News
from services.registry.reads import Reading, Reads, Step, Viewer

# What a commit may change is bounded by its message, but for the rare one that is too large for it.
MAX_CHANGES = 1_000
# A look is not held open while a viewer's next revision is far away.
LOOK_AHEAD = 100
POLL_S = 1.0


class Point(NamedTuple):
    """A revision of the graph; a restored graph has another epoch."""

    epoch: str
    revision: int


class _Look(NamedTuple):
    reached: Point
    step: Step | None
    is_at_head: bool


class Feed(NamedTuple):
    """What viewers are told of commits."""

    reads: Reads
    news: News

    async def follow(
        self, viewer: Viewer, after: Point | None
    ) -> AsyncGenerator[tuple[str, Step], None]:
        """Each revision that changed something the viewer may see, with its epoch, in order.

        The next one is read once the last was taken, so whoever is slow holds nothing up. Begins
        after a point, or with the next commit.

        Raises:
            OutOfStep: the point is of another epoch, or the graph was restored meanwhile.
            InvalidRequest: the point lies ahead of the graph.
            Unavailable: the memory does not answer.
        """
        reached = await self._begin(viewer, after)
        while True:
            news = self.news.next()
            look = await self._look(viewer, reached)
            reached = look.reached
            if look.step is not None:
                yield reached.epoch, look.step
            elif look.is_at_head:
                with suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), POLL_S)

    async def _begin(self, viewer: Viewer, after: Point | None) -> Point:
        async with self.reads.open(viewer) as reading:
            head = await reading.head()
        if after is None:
            return Point(head.epoch, head.revision)
        _require_epoch(after, head)
        if not 0 <= after.revision <= head.revision:
            raise InvalidRequest(
                f"There is no revision {after.revision} yet; the newest is {head.revision}.",
                field="after.revision",
            )
        return after

    async def _look(self, viewer: Viewer, after: Point) -> _Look:
        async with self.reads.open(viewer) as reading:
            head = await reading.head()
            _require_epoch(after, head)
            if head.revision < after.revision:
                raise _restored(head)
            last = min(head.revision, after.revision + LOOK_AHEAD)
            step = await _first_seen(reading, after.revision + 1, last)
        reached = step.revision if step else last
        return _Look(Point(head.epoch, reached), step, is_at_head=reached == head.revision)


async def _first_seen(reading: Reading, first: int, last: int) -> Step | None:
    for revision in range(first, last + 1):
        if (step := await reading.step(revision, MAX_CHANGES)) is not None:
            return step
    return None


def _require_epoch(point: Point, head: Head) -> None:
    if point.epoch != head.epoch:
        raise _restored(head)


def _restored(head: Head) -> OutOfStep:
    return OutOfStep(
        f"The graph was restored: it is at revision {head.revision} of epoch {head.epoch}. Read it "
        "anew, and subscribe after what you read."
    )
