"""What the followed graph says that matters here: endpoints, tenants, who may state facts."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from routeyard.domain.catalog import Endpoint, Source
from routeyard.domain.claims import Kind
from routeyard.domain.errors import Unavailable
from routeyard.domain.events import TYPE_NAMES, EndpointObserved
from routeyard.domain.graph import Graph, Op
from routeyard.domain.tenancy import Tenant
from services.healthcheck.reporter import SOURCE
from services.healthcheck.schedule import is_watched

_MATTERS = frozenset({Kind.ENDPOINT, Kind.SOURCE})


class World:
    """The newest graph, seen from a zone. It is handed new graphs by a follower."""

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self._graph: Graph | None = None
        self._changed = asyncio.Event()
        self._advanced = asyncio.Event()
        self.is_known = asyncio.Event()
        self.was_there: set[str] = set()

    def take(self, graph: Graph, ops: tuple[Op, ...] | None) -> None:
        """Take a new graph over, and wake whoever waits if it matters to them."""
        self._graph = graph
        self.is_known.set()
        self._advanced.set()
        self._advanced = asyncio.Event()
        if ops is None or any(op.kind in _MATTERS for op in ops):
            self.was_there |= self.endpoints.keys()
            self._changed.set()
            self._changed = asyncio.Event()

    async def reached(self, revision: int) -> None:
        """Return once the graph is of that revision or a later one."""
        while self._graph is None or self._graph.revision < revision:
            await self._advanced.wait()

    @property
    def changed(self) -> asyncio.Event:
        """Set at the next change of endpoints or sources; ask anew after that."""
        return self._changed

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """All endpoints by id."""
        return self._known().endpoints

    @property
    def tenants(self) -> Mapping[str, Tenant]:
        """The tenants by id."""
        return self._known().tenants

    @property
    def sources(self) -> Mapping[str, Source]:
        """The registered sources by id."""
        return self._known().sources

    @property
    def watched(self) -> list[Endpoint]:
        """The endpoints that can be called, and reached from this zone."""
        if self._graph is None:
            return []
        return [e for e in self.endpoints.values() if is_watched(e, self._zone)]

    @property
    def may_report(self) -> bool:
        """Whether what this service sees would be believed; if not, it would only be parked."""
        source = self.sources.get(SOURCE) if self._graph else None
        return source is not None and TYPE_NAMES[EndpointObserved] in source.types

    def _known(self) -> Graph:
        if self._graph is None:
            raise Unavailable("The graph is not known yet; the registry has not been heard.")
        return self._graph
