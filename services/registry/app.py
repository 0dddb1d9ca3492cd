"""The registry's composition root: GraphQL in front, consumers and the relay behind."""

import logging
import os
import secrets
import signal
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from datetime import timedelta

from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from routeyard.guard.resolve import SystemResolver
from routeyard.runtime.application import Application
from routeyard.runtime.background import running
from routeyard.runtime.clock import utc_now
from routeyard.runtime.http import unknown
from routeyard.runtime.manners import Manners
from routeyard.runtime.tokens import tokens_of
from routeyard.wire.sealing import SealingKeys
from routeyard.wire.topics import Topics
from services.registry.callers import Callers
from services.registry.channel import Post, open_channel
from services.registry.commands import Rooms, commands
from services.registry.commands.addresses import Addresses
from services.registry.commands.recording import Recorder
from services.registry.consumers import Takers
from services.registry.discovery import Discovery
from services.registry.endpoint_secrets import EndpointSecrets
from services.registry.feed import Feed
from services.registry.graphql.context import Services
from services.registry.graphql.door import Door, explorer
from services.registry.graphql.schema import build_schema
from services.registry.graphql.socket import Socket
from services.registry.health import HealthStates
from services.registry.idempotency import Requests
from services.registry.ingest import Ingest
from services.registry.keys import Keys
from services.registry.known import KnownModels
from services.registry.letters import Letters
from services.registry.metrics import CountedLedger, Metrics
from services.registry.news import News
from services.registry.outlook import Outlook
from services.registry.postgres import engine
from services.registry.postgres.endpoint_secrets import PostgresSecrets
from services.registry.postgres.health import PostgresHealth
from services.registry.postgres.idempotency import PostgresRequests
from services.registry.postgres.keys import PostgresKeys
from services.registry.postgres.ledger import PostgresLedger
from services.registry.postgres.letters import PostgresLetters
from services.registry.postgres.listener import PostgresListener
from services.registry.postgres.memory import PostgresMemory
from services.registry.postgres.outbox import PostgresOutbox
from services.registry.postgres.probes import PostgresProbes
from services.registry.postgres.reads import PostgresReads
from services.registry.postgres.serving import PostgresServing
from services.registry.probes import Probes
from services.registry.reading import read
from services.registry.relay import Relay
from services.registry.settings import RegistrySettings
from services.registry.status import Pulse, Status
from services.registry.sweep import Sweep

log = logging.getLogger(__name__)


def create_app(settings: RegistrySettings) -> Application:
    """A registry, wired; nothing is connected before the server starts it."""
    return _Registry(settings).app()


class _Registry:
    def __init__(self, settings: RegistrySettings) -> None:
        self._settings = settings
        self._topics = Topics(settings.kafka.namespace)
        # Queries have connections of their own: a rush of them must not hold up facts.
        self._asked = engine.connect(settings.database_url)
        self._told = engine.connect(settings.database_url)
        self._metrics, self._pulse = Metrics(), Pulse()
        self._ledger = CountedLedger(PostgresLedger(self._told), self._metrics)
        self._key_store = PostgresKeys(self._asked)
        self._keys = Keys(self._key_store, settings.pepper, utc_now, secrets.token_bytes)
        sealing = SealingKeys(settings.encryption_key, settings.previous_encryption_key)
        self._secrets = EndpointSecrets(
            PostgresSecrets(self._asked), sealing, utc_now, secrets.token_bytes
        )
        self._reads = PostgresReads(self._asked)
        self._memory = PostgresMemory(self._asked)
        self._requests = Requests(PostgresRequests(self._asked), sealing, secrets.token_bytes)
        self._news = News()
        self._post = Post(settings.kafka)
        self._serving = PostgresServing(self._told)
        self._probes = Probes(
            PostgresProbes(self._told),
            self._post,
            self._topics,
            utc_now,
            lambda: uuid.uuid4().hex,
            Counter(),
        )
        self._known = KnownModels(self._reads, self._reads.is_there)
        self._letters = Letters(
            PostgresLetters(self._told), self._post, self._topics, utc_now, self._metrics.noted
        )

    def app(self) -> Application:
        schema = build_schema()
        callers = Callers(self._keys, self._reads.is_there, tokens_of(self._settings.tokens))
        door = Door(schema, callers, self._reads, self._services(), self._requests)
        socket = Socket(schema, callers, Feed(self._reads, self._news))
        status = Status(self._memory, callers, self._metrics, self._pulse)
        routes = [
            Route("/graphql", door.answer, methods=["POST"]),
            WebSocketRoute("/graphql", socket.serve),
            Route("/v1/status", status.status),
            Route("/v1/consumed", status.consumed),
            Route("/livez", status.livez),
            Route("/readyz", status.readyz),
            Route("/metrics", status.metrics_text),
        ]
        if self._settings.has_explorer:
            routes.append(Route("/graphql", explorer, methods=["GET"]))
        served = Starlette(routes=routes, exception_handlers={404: unknown, 405: unknown})
        # A path is one path: `/graphql/` is none.
        served.router.redirect_slashes = False
        return Application(Manners(served), self._running)

    @asynccontextmanager
    async def _running(self) -> AsyncIterator[None]:
        async with AsyncExitStack() as held:
            held.push_async_callback(self._told.dispose)
            held.push_async_callback(self._asked.dispose)
            held.push_async_callback(self._post.close)
            await self._memory.check()
            if self._settings.previous_encryption_key is not None:
                log.info("%d secrets are sealed anew", await self._secrets.rewrap())
            relay = self._relay()
            # Consumers stop first, so that what they still commit is still announced.
            listener = PostgresListener(self._settings.database_url, self._news.tell)
            await held.enter_async_context(
                running(
                    relay.run(),
                    listener.run(),
                    self._requests.prune_for_ever(),
                    self._sweep().run(),
                )
            )
            await held.enter_async_context(
                running(
                    read(self._settings.kafka, self._takers(), self._pulse.tell),
                    self._discovery().run(),
                )
            )
            yield

    def _services(self) -> Services:
        addresses = Addresses(SystemResolver(), self._settings.guard.permission)
        rooms = Rooms(addresses, self._known, self._secrets, self._serving, self._probes)
        letters, outlook = PostgresLetters(self._asked), Outlook(self._ledger)
        orders = commands(
            self._ledger, self._keys, self._letters, self._reads, utc_now, rooms, outlook
        )
        return Services(orders, letters, self._key_store, outlook, utc_now)

    def _takers(self) -> Takers:
        ingest = Ingest(
            self._ledger,
            self._post,
            self._topics,
            utc_now,
            allows_unsigned_grants=self._settings.allows_unsigned_grants,
        )
        states = HealthStates(PostgresHealth(self._told), self._post, self._topics)
        return Takers(
            facts=ingest.take,
            states=states.take,
            letters=self._letters.take,
            probes=self._discovery().take,
            refuse=ingest.refuse,
            end=_end,
        )

    def _discovery(self) -> Discovery:
        return Discovery(
            Recorder(self._ledger, utc_now),
            self._reads,
            self._known,
            self._serving,
            self._secrets.store,
            self._probes,
            timedelta(seconds=self._settings.discovery_s),
        )

    def _sweep(self) -> Sweep:
        return Sweep(self._reads, self._secrets.store, self._serving, self._probes.store, utc_now)

    def _relay(self) -> Relay:
        return Relay(
            outbox=PostgresOutbox(self._settings.database_url),
            ledger=self._ledger,
            connect=lambda: open_channel(self._settings.kafka),
            topics=self._topics,
            clock=utc_now,
        )


def _end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
