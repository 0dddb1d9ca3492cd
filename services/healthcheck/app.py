"""The healthcheck's composition root: followers, probes and folding in the background."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from routeyard.follow.follower import GraphFollower
from routeyard.follow.table import TableFollower
from routeyard.guard.dial import Outbound
from routeyard.guard.resolve import SystemResolver
from routeyard.runtime.background import running
from routeyard.runtime.clock import utc_now
from routeyard.runtime.http import json_response
from routeyard.wire.topics import Carries, Topics
from services.healthcheck.asks import Answering
from services.healthcheck.consumer import CONSUMER, Room
from services.healthcheck.dial import GuardedDial, outbound
from services.healthcheck.look import Eyes, blank, look
from services.healthcheck.metrics import Metrics
from services.healthcheck.permits import Permits
from services.healthcheck.prober import Prober, Probing
from services.healthcheck.secrets import Secrets
from services.healthcheck.settings import HealthcheckSettings
from services.healthcheck.share import Share
from services.healthcheck.states import States
from services.healthcheck.watch import Rounds, Watch
from services.healthcheck.work import Parts, Work
from services.healthcheck.world import World


def create_app(settings: HealthcheckSettings) -> Starlette:
    """A healthcheck, wired; nothing runs before the server starts it."""
    return _Healthcheck(settings).app()


class _Healthcheck:
    def __init__(self, settings: HealthcheckSettings) -> None:
        self._settings = settings
        self._metrics = Metrics()
        self._world = World(settings.zone)
        self._follower = GraphFollower(settings.kafka, CONSUMER, self._world.take)
        self._watch: Watch | None = None
        self._work: Work | None = None

    def app(self) -> Starlette:
        return Starlette(
            lifespan=self._lifespan,
            routes=[
                Route("/v1/status", self._status),
                Route("/livez", self._livez),
                Route("/readyz", self._readyz),
                Route("/metrics", self._show_metrics),
            ],
        )

    @asynccontextmanager
    async def _lifespan(self, _: Starlette) -> AsyncIterator[None]:
        kafka, topics, states = self._settings.kafka, self._topics(), States()
        table = TableFollower(kafka, topics.name(Carries.HEALTH_STATE), CONSUMER, states.restore)
        name = topics.name(Carries.CREDENTIAL)
        secrets = Secrets(self._settings.sealing_keys)
        credentials = TableFollower(kafka, name, CONSUMER, secrets.take)
        async with outbound() as out:
            self._work = self._wire(self._room(states), table, out, secrets)
            async with running(
                self._follower.run(), table.run(), credentials.run(), self._work.run()
            ):
                yield

    def _wire(self, room: Room, table: TableFollower, out: Outbound, secrets: Secrets) -> Work:
        settings = self._settings
        share = Share(
            settings.kafka,
            room.topics.name(Carries.ENDPOINT_HEALTH),
            f"{settings.kafka.namespace}-{CONSUMER}-probes-{settings.zone}",
        )
        permits = Permits(settings.guard.permission, lambda: self._world.tenants, SystemResolver())
        prober = Prober(
            Probing(
                GuardedDial(out),
                permits.guard_for,
                settings.zone,
                settings.timeout_s,
                time.perf_counter,
                secrets.of,
            )
        )
        eyes = Eyes(
            out,
            permits.guard_for,
            settings.zone,
            time.perf_counter,
            utc_now,
            settings.sealing_keys,
        )
        answering = Answering(
            self._world, partial(look, eyes=eyes), partial(blank, eyes=eyes), room.topics, eyes
        )
        rounds = Rounds(settings.interval_s, time.monotonic, share.is_mine)
        self._watch = Watch(self._world, rounds, prober, self._metrics)
        return Work(Parts(settings.kafka, room, table, share, self._watch, answering))

    def _room(self, states: States) -> Room:
        ttl = timedelta(seconds=self._settings.ttl_s)
        return Room(self._world, states, self._topics(), ttl, utc_now, self._metrics)

    def _topics(self) -> Topics:
        return Topics(self._settings.kafka.namespace)

    async def _status(self, _: Request) -> Response:
        standing = self._follower.standing
        return json_response(
            {
                "service": CONSUMER,
                "zone": self._settings.zone,
                "state": standing.phase,
                "epoch": standing.epoch,
                "revision": standing.revision,
                "age_s": standing.age_s,
                "endpoints": len(self._world.watched),
                "probed": len(self._watch.probed) if self._watch else 0,
                "may_report": self._world.may_report,
                "consuming": bool(self._work and self._work.is_consuming),
            }
        )

    async def _livez(self, _: Request) -> Response:
        return json_response({"status": "alive"})

    async def _readyz(self, _: Request) -> Response:
        """Ready once the graph is known; silence of Kafka is told, and is no failure."""
        standing = self._follower.standing
        is_ready = self._follower.is_ready
        return json_response(
            {"status": "ready" if is_ready else "starting", "state": standing.phase},
            status=200 if is_ready else 503,
        )

    async def _show_metrics(self, _: Request) -> Response:
        return Response(self._metrics.text(), media_type="text/plain; version=0.0.4")
