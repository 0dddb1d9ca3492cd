"""Which endpoints this replica looks at: one prober for each, however many replicas run."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection
from zlib import crc32

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.errors import KafkaError

from routeyard.kafka.clients import connection_options
from routeyard.kafka.intake import HEARTBEAT_MS
from routeyard.runtime.settings import KafkaSettings

BEAT_MS = 500
RETRY_S = 2.0
log = logging.getLogger(__name__)


class Share:
    """The part of all endpoints that falls to one member of a consumer group.

    The group shares out the partitions of the topic that probes are reported on, and reads
    nothing. Until the share is known it is everything: a look too many is better than none.
    While Kafka is away it stays as it was.
    """

    def __init__(self, settings: KafkaSettings, topic: str, group: str) -> None:
        self._settings = settings
        self._topic = topic
        self._group = group
        self._mine = frozenset({0})
        self._of = 1

    def is_mine(self, endpoint_id: str) -> bool:
        """Whether this replica looks at the endpoint."""
        return crc32(endpoint_id.encode()) % self._of in self._mine

    async def run(self) -> None:
        """Take part until cancelled; whatever fails is tried again."""
        while True:
            try:
                await self._take_part()
            except (KafkaError, OSError) as fault:
                log.warning("the probers' group is joined anew: %r", fault)
            await asyncio.sleep(RETRY_S)

    async def _take_part(self) -> None:
        consumer = AIOKafkaConsumer(
            **connection_options(self._settings),
            client_id=self._group,
            group_id=self._group,
            enable_auto_commit=False,
            auto_offset_reset="latest",
            heartbeat_interval_ms=HEARTBEAT_MS,
        )
        consumer.subscribe([self._topic], listener=_Listener(self, consumer))
        try:
            await consumer.start()
            while True:
                # A member that never asks for records is taken for dead.
                await consumer.getmany(timeout_ms=BEAT_MS)
        finally:
            await consumer.stop()

    def take(self, partitions: Collection[int], of: int) -> None:
        """From now on this part of all."""
        self._mine, self._of = frozenset(partitions), max(of, 1)
        log.info("looks at the endpoints of %d of %d shares", len(self._mine), self._of)


class _Listener(ConsumerRebalanceListener):  # type: ignore[misc]
    def __init__(self, share: Share, consumer: AIOKafkaConsumer) -> None:
        self._share = share
        self._consumer = consumer

    async def on_partitions_revoked(self, revoked: Collection[TopicPartition]) -> None:
        """Keep looking until it is known who else does: twice is better than not at all."""

    async def on_partitions_assigned(self, assigned: Collection[TopicPartition]) -> None:
        self._consumer.pause(*assigned)
        topics = {place.topic for place in assigned}
        count = sum(len(self._consumer.partitions_for_topic(topic) or ()) for topic in topics)
        self._share.take([place.partition for place in assigned], count)
