"""The router's composition root: followers in the background, HTTP in front."""

from __future__ import annotations

import gc
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import msgspec
from prometheus_client import generate_latest
from starlette.applications import Starlette
from starlette.background import BackgroundTask
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from routeyard.domain.errors import NotAllowed, RouteyardError
from routeyard.domain.graph import Graph, Op
from routeyard.follow.follower import GraphFollower
from routeyard.follow.standing import Phase
from routeyard.follow.table import TableFollower
from routeyard.runtime.background import running
from routeyard.runtime.clock import utc_now
from routeyard.runtime.http import error_response, json_response, read_body
from routeyard.runtime.tokens import tokens_of
from routeyard.wire.topics import Carries, Topics
from services.router.current import Current
from services.router.metrics import RouterMetrics
from services.router.resolve_api import MAX_BODY_BYTES, ResolveApi, is_of_the_platform
from services.router.settings import RouterSettings
from services.router.shadow import Shadow


def create_app(settings: RouterSettings) -> Starlette:
    """A router, wired; nothing runs before the server starts it."""
    return _Router(settings).app()


def settle() -> None:
    """Look no more for garbage in a graph that is there to stay: that would hold answers up."""
    gc.unfreeze()
    gc.collect()
    gc.freeze()


class _Router:
    def __init__(self, settings: RouterSettings) -> None:
        self._settings = settings
        self._current = Current(settings.zone)
        self._metrics = RouterMetrics()
        self._shadow = Shadow(settings.shadow_share, self._metrics)
        self._api = ResolveApi(
            self._current, settings.pepper, settings.zone, tokens_of(settings.tokens)
        )
        topics, client = Topics(settings.kafka.namespace), f"router-{settings.router_id}"
        self._follower = GraphFollower(settings.kafka, client, self._take_graph)
        self._keys = TableFollower(
            settings.kafka,
            topics.name(Carries.CREDENTIAL),
            client,
            self._current.take_credential,
        )
        self._health = TableFollower(
            settings.kafka, topics.name(Carries.HEALTH_STATE), client, self._current.take_health
        )

    def app(self) -> Starlette:
        return Starlette(
            lifespan=self._lifespan,
            routes=[
                Route("/v1/resolve", self._resolve, methods=["POST"]),
                Route("/v1/shadow", self._show_shadow),
                Route("/v1/status", self._status),
                Route("/livez", self._livez),
                Route("/readyz", self._readyz),
                Route("/metrics", self._show_metrics),
            ],
        )

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        async with running(self._follower.run(), self._keys.run(), self._health.run()):
            yield

    def _take_graph(self, graph: Graph, ops: tuple[Op, ...] | None) -> None:
        with self._metrics.advance_seconds.time():
            self._current.take_graph(graph, ops)
        if ops is None:
            settle()
        self._metrics.revision.set(graph.revision)

    async def _resolve(self, request: Request) -> Response:
        try:
            principal = await self._api.authenticate(request.headers, utc_now())
            body = await read_body(request, MAX_BODY_BYTES)
            started = time.perf_counter()
            answered = self._api.answer(body, principal, utc_now())
            took = time.perf_counter() - started
        except RouteyardError as fault:
            self._metrics.resolutions.labels(fault.code).inc()
            return error_response(fault)
        resolution = answered.resolution
        self._metrics.resolve_seconds.observe(took)
        self._metrics.resolutions.labels("resolved" if resolution.chosen else "no_candidate").inc()
        response = json_response(
            {
                **msgspec.structs.asdict(resolution),
                "zone": self._settings.zone,
                "router": self._settings.router_id,
                "stale": self._follower.standing.phase is Phase.STALE,
                "resolve_us": round(took * 1e6),
            }
        )
        if self._shadow.is_due(answered):
            # It runs once the answer is on its way.
            response.background = BackgroundTask(self._shadow.evaluate, answered)
        return response

    async def _show_shadow(self, request: Request) -> Response:
        """What shadow policies would have answered: for the platform's keys alone."""
        try:
            principal = await self._api.authenticate(request.headers, utc_now())
            if not is_of_the_platform(principal):
                raise NotAllowed("Ask with a service's or a platform admin's key.")
        except RouteyardError as fault:
            return error_response(fault)
        place = {"router": self._settings.router_id, "zone": self._settings.zone}
        return json_response({**place, **self._shadow.told()})

    async def _status(self, _: Request) -> Response:
        standing = self._follower.standing
        return json_response(
            {
                "service": "router",
                "router": self._settings.router_id,
                "zone": self._settings.zone,
                "state": standing.phase,
                "epoch": standing.epoch,
                "revision": standing.revision,
                "checksum": standing.checksum,
                "age_s": standing.age_s,
                "candidates": len(self._current.snapshot.slot_of) if self._current.snapshot else 0,
                "keys": len(self._current.keys),
            }
        )

    async def _livez(self, _: Request) -> Response:
        return json_response({"status": "alive"})

    async def _readyz(self, _: Request) -> Response:
        """Ready with a graph and keys; silence of the registry is told, and is no failure."""
        is_ready = self._current.snapshot is not None and self._keys.is_complete.is_set()
        standing = self._follower.standing
        return json_response(
            {"status": "ready" if is_ready else "starting", "state": standing.phase},
            status=200 if is_ready else 503,
        )

    async def _show_metrics(self, _: Request) -> Response:
        self._metrics.stale.set(self._follower.standing.phase is Phase.STALE)
        return Response(
            generate_latest(self._metrics.registry), media_type="text/plain; version=0.0.4"
        )
