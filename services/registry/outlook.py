"""Looking ahead: whom a change touches, found by resolving on both sides of it."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from routeyard.domain import graph as graphs
from routeyard.domain import snapshot as snapshots
from routeyard.domain.claims import EntityRef
from routeyard.domain.graph import Graph
from routeyard.domain.policies.policy import Policy
from routeyard.domain.policies.written import Test
from routeyard.domain.radius import Radius, radius, sides
from routeyard.domain.review.analysis import review
from routeyard.domain.review.difference import Side, VersionDifference, difference
from routeyard.domain.review.note import Note
from routeyard.domain.review.stage import stage
from routeyard.domain.snapshot import Snapshot
from services.registry.ledger import Changed, Ledger


class _Held(NamedTuple):
    graph: Graph
    snapshot: Snapshot


class Outlook:
    """Keeps the newest graph that was asked about, as routers do; reads it again when it moved."""

    def __init__(self, ledger: Ledger) -> None:
        self._ledger = ledger
        self._held: _Held | None = None
        # Reading the graph takes long: many who ask at once wait for one.
        self._turn = asyncio.Lock()

    async def radius(
        self, changed: Sequence[Changed], now: datetime, most: int, tenant: str | None
    ) -> Radius:
        """Whom a change touches, whether it is made or only thought of; see `domain.radius`.

        Raises:
            Unavailable: the ledger does not answer.
        """
        held = await self._newest()
        before, after = _bodies(changed, is_after=False), _bodies(changed, is_after=True)

        def looked() -> Radius:
            both = sides(held.graph, held.snapshot, before, after)
            return radius(both, now, most, tenant)

        return await asyncio.to_thread(looked)

    async def review(self, policy: Policy, tests: Sequence[Test], now: datetime) -> list[Note]:
        """What there is to say of a version of a policy; see `domain.review`.

        Raises:
            Unavailable: the ledger does not answer.
        """
        held = await self._newest()

        def looked() -> list[Note]:
            return review(stage(held.graph, held.snapshot, policy), tests, now)

        return await asyncio.to_thread(looked)

    async def between(self, old: Side, new: Side, now: datetime) -> VersionDifference:
        """What lies between two versions of a policy, and which decisions move."""
        held = await self._newest()
        return await asyncio.to_thread(difference, held.graph, held.snapshot, old, new, now)

    async def _newest(self) -> _Held:
        async with self._turn:
            head = await self._ledger.head()
            held = self._held
            if held is None or (held.graph.epoch, held.graph.revision) != head[:2]:
                head, ops = await self._ledger.snapshot()

                def laid_out() -> _Held:
                    graph = graphs.load(head.epoch, head.revision, ops)
                    return _Held(graph, snapshots.compile(graph))

                self._held = held = await asyncio.to_thread(laid_out)
            return held


def _bodies(changed: Sequence[Changed], *, is_after: bool) -> Mapping[EntityRef, bytes | None]:
    return {each.ref: each.after if is_after else each.before for each in changed}
