"""Following the graph: a snapshot, then the log from there on, for ever."""

from __future__ import annotations

import asyncio
import logging
import random
from collections.abc import Callable

from routeyard.domain.errors import Invalid, OutOfStep, Recoverable
from routeyard.domain.graph import Delta, Graph, Op, write_checksum
from routeyard.follow.replica import advance
from routeyard.follow.standing import Phase, Standing, phase_of
from routeyard.kafka.reader import Reader, reading
from routeyard.runtime.settings import KafkaSettings
from routeyard.wire import graphlog
from routeyard.wire.record import Incoming
from routeyard.wire.topics import Carries, Topics

RETRY_FIRST_S, RETRY_MOST_S = 0.2, 10.0
SILENCE_S = 4.0
log = logging.getLogger(__name__)

# A new graph, and the ops that led to it; None means: anything may have changed.
OnGraph = Callable[[Graph, tuple[Op, ...] | None], None]


class GraphFollower:
    """Keeps a graph in step with the registry and hands every new one over.

    `on_graph` is called on the event loop, once per revision, in revision order; what it takes
    is the only delay between the log and the answers.
    """

    def __init__(self, settings: KafkaSettings, client_id: str, on_graph: OnGraph) -> None:
        self._settings = settings
        self._topics = Topics(settings.namespace)
        self._client_id = client_id
        self._on_graph = on_graph
        self._graph: Graph | None = None
        self._heard_at: float | None = None
        self._retries = 0

    @property
    def standing(self) -> Standing:
        """How this follower stands now."""
        age = None if self._heard_at is None else asyncio.get_running_loop().time() - self._heard_at
        graph = self._graph
        return Standing(
            phase=phase_of(has_graph=graph is not None, age_s=age),
            epoch=graph.epoch if graph else "",
            revision=graph.revision if graph else 0,
            checksum=write_checksum(graph.checksum) if graph else "",
            age_s=None if age is None else round(age, 3),
        )

    @property
    def is_ready(self) -> bool:
        """True once there is a graph to answer from; staleness is no reason to stop."""
        return self.standing.phase is not Phase.COLD

    async def run(self) -> None:
        """Follow until cancelled; whatever fails is tried again, with growing pauses."""
        while True:
            try:
                await self._follow()
            except Recoverable as fault:
                log.warning("following begins anew: %s", fault.message)
            self._retries += 1
            most = min(RETRY_FIRST_S * 2**self._retries, RETRY_MOST_S)
            await asyncio.sleep(random.uniform(0, most))  # noqa: S311 - spreads a herd

    async def _follow(self) -> None:
        async with reading(
            self._settings, self._name(Carries.GRAPH_LOG), self._client_id
        ) as reader:
            await self._join(reader)
            heard_at = asyncio.get_running_loop().time()
            while True:
                records = await reader.read()
                now = asyncio.get_running_loop().time()
                if records:
                    heard_at, self._retries = now, 0
                    for record in records:
                        self._take(_read(record))
                elif now - heard_at > SILENCE_S:
                    await reader.check_place()
                    heard_at = now

    async def _join(self, reader: Reader) -> None:
        """Build the graph aside and hand it over in one step: nobody sees the way there.

        It is built from a snapshot and the log up to its end as it is now.
        """
        async with reading(
            self._settings, self._name(Carries.GRAPH_SNAPSHOT), self._client_id
        ) as snapshots:
            records = await snapshots.read_to_end()
        manifest = graphlog.newest_manifest(records)
        if manifest is None:
            raise OutOfStep("The registry has announced no snapshot yet.")
        first, end = await reader.bounds()
        if not first <= manifest.log_offset <= end:
            raise OutOfStep("The log does not reach the newest snapshot; a newer one is awaited.")
        graph = graphlog.read_snapshot(manifest, records)
        reader.seek(manifest.log_offset)
        for record in await reader.read_to_end():
            said = _read(record)
            graph = graph if said is None else advance(graph, said)
        self._hand_over(graph, None)

    def _take(self, said: Delta | graphlog.Bookmark | None) -> None:
        if said is None or self._graph is None:
            return
        result = advance(self._graph, said)
        if isinstance(said, graphlog.Bookmark) and said.revision == result.revision:
            self._heard_at = asyncio.get_running_loop().time()
        if result is not self._graph and isinstance(said, Delta):
            self._hand_over(result, said.ops)

    def _hand_over(self, graph: Graph, ops: tuple[Op, ...] | None) -> None:
        self._graph = graph
        self._on_graph(graph, ops)

    def _name(self, carries: Carries) -> str:
        return self._topics.name(carries)


def _read(record: Incoming) -> Delta | graphlog.Bookmark | None:
    """A log record, None for one that a newer registry wrote."""
    try:
        return graphlog.read(record)
    except Invalid as fault:
        log.warning("%s", fault.message)
        return None
