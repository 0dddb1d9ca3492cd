"""Reading topics whole: to the end as it was when asked, then on for ever."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Sequence
from typing import TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from routeyard.domain.errors import OutOfStep, Unavailable
from routeyard.wire.record import Incoming, Position

ANSWER_S = 5.0
POLL_MS = 200
_T = TypeVar("_T")


def incoming(record: ConsumerRecord[bytes | None, bytes | None]) -> Incoming:
    """A record as the library's code sees it."""
    return Incoming(
        Position(record.topic, record.partition, record.offset),
        record.key,
        record.value,
        tuple(record.headers),
    )


class Reader:
    """One consumer without a group on the first partition of one or more topics.

    Every method raises Unavailable when no broker answers in time.
    """

    def __init__(self, consumer: AIOKafkaConsumer, topics: Sequence[str]) -> None:
        self._consumer = consumer
        self._partitions = {topic: TopicPartition(topic, 0) for topic in topics}

    async def start(self) -> None:
        """Connect, at the beginning of every topic."""
        await self._answer(self._consumer.start())
        self._consumer.assign(list(self._partitions.values()))
        await self._answer(self._consumer.seek_to_beginning())

    async def stop(self) -> None:
        """Disconnect."""
        await self._consumer.stop()

    async def seek(self, topic: str, offset: int) -> None:
        """Go on from an offset."""
        self._consumer.seek(self._partitions[topic], offset)

    async def bounds(self, topic: str) -> tuple[int, int]:
        """The first offset that is still there, and the one the next record will get."""
        partition = self._partitions[topic]
        first = await self._answer(self._consumer.beginning_offsets([partition]))
        end = await self._answer(self._consumer.end_offsets([partition]))
        return first[partition], end[partition]

    async def position(self, topic: str) -> int:
        """The offset of the next record to be read."""
        return int(await self._answer(self._consumer.position(self._partitions[topic])))

    async def read(self, timeout_ms: int = POLL_MS) -> list[Incoming]:
        """What has arrived, in order within each topic; empty after the time-out.

        Silence proves nothing: a dead broker and a quiet one read the same.
        """
        try:
            found = await self._consumer.getmany(timeout_ms=timeout_ms)
        except KafkaError as fault:
            raise Unavailable(f"Kafka cannot be read ({fault!r}).") from fault
        return [incoming(record) for records in found.values() for record in records]

    async def read_to_end(self, topic: str, deadline_s: float = 30.0) -> list[Incoming]:
        """Everything up to the end as it is now.

        Raises:
            OutOfStep: the end was not reached in time.
        """
        _, end = await self.bounds(topic)
        records: list[Incoming] = []
        try:
            async with asyncio.timeout(deadline_s):
                # The position, not the last record: compaction leaves holes before the end.
                while await self.position(topic) < end:
                    records += await self.read()
        except TimeoutError:
            raise OutOfStep(
                f"{topic} could not be read to its end within {deadline_s} s."
            ) from None
        return [record for record in records if record.position.topic == topic]

    @staticmethod
    async def _answer(asked: Awaitable[_T]) -> _T:
        try:
            return await asyncio.wait_for(asked, ANSWER_S)
        except (KafkaError, OSError, TimeoutError) as fault:
            raise Unavailable("No Kafka broker answers; check it and its address.") from fault
