"""Everything that needs the brokers, from the moment they answer until they are needed no more."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from typing import NamedTuple

from routeyard.domain.errors import Recoverable
from routeyard.follow.table import TableFollower
from routeyard.kafka import layout, publisher
from routeyard.kafka.clients import fetch_wait_ms
from routeyard.kafka.framework import consumer_broker
from routeyard.kafka.intake import Intake, consuming, subscribe
from routeyard.kafka.publisher import Publisher
from routeyard.runtime.settings import KafkaSettings
from routeyard.wire.topics import Carries
from services.healthcheck.asks import Answering, Asks
from services.healthcheck.consumer import CONSUMER, Consumer, Room
from services.healthcheck.removal import Removal
from services.healthcheck.reporter import Reporter
from services.healthcheck.share import Share
from services.healthcheck.watch import Watch

RETRY_FIRST_S, RETRY_MOST_S = 0.2, 5.0
log = logging.getLogger(__name__)


class Parts(NamedTuple):
    """What works together. `table` restores the states that were told before."""

    kafka: KafkaSettings
    room: Room
    table: TableFollower
    share: Share
    watch: Watch
    answering: Answering


class Work:
    """Consumes, probes and removes while the brokers are there, and waits while they are not."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self.is_consuming = False

    async def run(self) -> None:
        """Work until cancelled; then the batch in hand is finished and what it came to is told."""
        delay = RETRY_FIRST_S
        while True:
            try:
                await layout.prepare(self._parts.kafka)
                # Without the graph nobody is registered, and all events would be parked.
                await self._parts.room.world.is_known.wait()
                await self._parts.table.is_complete.wait()
                await self._session()
            except Recoverable as fault:
                log.warning("the work begins anew: %s", fault.message)
                await asyncio.sleep(delay)
                delay = min(delay * 2, RETRY_MOST_S)

    async def _session(self) -> None:
        async with publisher.connect(self._parts.kafka, CONSUMER) as publishing:
            broker = consumer_broker(self._parts.kafka, CONSUMER)
            consumer = Consumer(self._parts.room, publishing)
            topics, asks = self._parts.room.topics, Asks(self._parts.answering, publishing)
            subscribe(
                broker,
                [topics.name(Carries.ENDPOINT_HEALTH)],
                f"{topics.namespace}-{CONSUMER}",
                Intake(consumer.take, consumer.refuse, _end),
                fetch_wait_ms(self._parts.kafka),
            )
            subscribe(
                broker,
                [topics.name(Carries.PROBE_ASK)],
                f"{topics.namespace}-{CONSUMER}-asks-{self._parts.answering.eyes.zone}",
                Intake(asks.take, consumer.refuse, _end),
                fetch_wait_ms(self._parts.kafka),
            )
            try:
                async with consuming(broker):
                    await self._probe(publishing)
            finally:
                await asks.finish()

    async def _probe(self, publishing: Publisher) -> None:
        room = self._parts.room
        self.is_consuming = True
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._parts.share.run())
                tasks.create_task(Removal(room, publishing).run())
                tasks.create_task(self._parts.watch.run(Reporter(publishing, room.clock)))
        finally:
            self.is_consuming = False


def _end() -> None:
    os.kill(os.getpid(), signal.SIGTERM)
