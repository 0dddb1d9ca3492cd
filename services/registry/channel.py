"""The registry's ways to Kafka: the relay's channel, a post for letters, topics laid out first."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from routeyard.domain.errors import Unavailable
from routeyard.kafka import layout
from routeyard.kafka.clients import follower
from routeyard.kafka.publisher import Publisher, connect
from routeyard.runtime.settings import KafkaSettings
from routeyard.wire.record import Outgoing, Position
from routeyard.wire.topics import Carries, Topics

ANSWER_S = 5.0


class KafkaChannel:
    """See `services.registry.relay.Channel`."""

    def __init__(self, publisher: Publisher, consumer: AIOKafkaConsumer, log_topic: str) -> None:
        self._publisher = publisher
        self._consumer = consumer
        self._log = TopicPartition(log_topic, 0)

    async def write(self, records: Sequence[Outgoing]) -> list[Position]:
        """Publish in order; returns once acknowledged.

        One by one: Tansu tells the end of a topic as if its last batch held one record only.
        """
        return [position for r in records for position in await self._publisher.write([r])]

    async def end_of_log(self) -> int:
        """The offset the next record of the graph log will get."""
        try:
            # Asked of a dead broker, the client itself would wait for ever.
            ends = await asyncio.wait_for(self._consumer.end_offsets([self._log]), ANSWER_S)
        except (KafkaError, OSError, TimeoutError) as fault:
            raise Unavailable("Kafka does not tell where the graph log ends.") from fault
        return int(ends[self._log])


@asynccontextmanager
async def open_channel(settings: KafkaSettings) -> AsyncIterator[KafkaChannel]:
    """A channel to laid-out topics; see `layout.prepare` for what it raises."""
    await layout.prepare(settings)
    consumer = follower(settings, "registry-relay")
    async with connect(settings, "registry-relay") as publisher:
        try:
            await consumer.start()
            name = Topics(settings.namespace).name(Carries.GRAPH_LOG)
            yield KafkaChannel(publisher, consumer, name)
        except (KafkaError, OSError) as fault:
            raise Unavailable(f"No Kafka broker answers at {settings.bootstrap}.") from fault
        finally:
            await consumer.stop()


class Post:
    """Publishes letters and replays. It connects when first used, and again after a failure."""

    def __init__(self, settings: KafkaSettings) -> None:
        self._settings = settings
        self._publisher: Publisher | None = None
        self._held = AsyncExitStack()
        self._turn = asyncio.Lock()

    async def write(self, records: Sequence[Outgoing]) -> list[Position]:
        """Publish records; where each came to lie.

        Raises:
            Unavailable: the broker does not take them.
        """
        publisher = await self._connected()
        return await publisher.write(records)

    async def close(self) -> None:
        """Disconnect."""
        await self._held.aclose()

    async def _connected(self) -> Publisher:
        async with self._turn:
            if self._publisher is None:
                self._publisher = await self._held.enter_async_context(
                    connect(self._settings, "registry-post")
                )
            return self._publisher
