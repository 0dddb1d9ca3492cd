"""Reading a topic whole: to the end as it was when asked, then on for ever."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from typing import TypeVar

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.errors import KafkaError

from routeyard.domain.errors import OutOfStep, Unavailable
from routeyard.kafka.clients import follower
from routeyard.runtime.settings import KafkaSettings
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
    """A consumer without a group on the one partition of one topic.

    Every method raises Unavailable when no broker answers in time.
    """

    def __init__(self, consumer: AIOKafkaConsumer, topic: str) -> None:
        self._consumer = consumer
        self._partition = TopicPartition(topic, 0)
        self._suspected_at = -1

    async def start(self) -> None:
        """Connect, at the beginning of the topic."""
        await _answer(self._consumer.start())
        self._consumer.assign([self._partition])
        await _answer(self._consumer.seek_to_beginning())

    async def stop(self) -> None:
        """Disconnect."""
        await self._consumer.stop()

    def seek(self, offset: int) -> None:
        """Go on from an offset."""
        self._consumer.seek(self._partition, offset)

    async def bounds(self) -> tuple[int, int]:
        """The first offset that is still there, and the one the next record will get."""
        first = await _answer(self._consumer.beginning_offsets([self._partition]))
        end = await _answer(self._consumer.end_offsets([self._partition]))
        return first[self._partition], end[self._partition]

    async def position(self) -> int:
        """The offset of the next record to be read."""
        return await _answer(self._consumer.position(self._partition))

    async def read(self, timeout_ms: int = POLL_MS) -> list[Incoming]:
        """What has arrived, in order; empty after the time-out.

        Silence proves nothing: a dead broker and a quiet one read the same.
        """
        try:
            found = await self._consumer.getmany(timeout_ms=timeout_ms)
        except KafkaError as fault:
            raise Unavailable(f"Kafka cannot be read ({fault!r}).") from fault
        return [incoming(record) for records in found.values() for record in records]

    async def read_to_end(self, deadline_s: float = 30.0) -> list[Incoming]:
        """Everything up to the end as it is now.

        Raises:
            OutOfStep: the end was not reached in time.
        """
        _, end = await self.bounds()
        records: list[Incoming] = []
        try:
            async with asyncio.timeout(deadline_s):
                # The position, not the last record: compaction leaves holes before the end.
                while await self.position() < end:
                    records += await self.read()
        except TimeoutError:
            raise OutOfStep(f"The topic could not be read to its end in {deadline_s} s.") from None
        return records

    async def check_place(self) -> None:
        """Ask the broker whether the place reached still exists.

        Raises:
            OutOfStep: the topic was cut or made anew; reading on would miss records.
        """
        first, end = await self.bounds()
        position = await self.position()
        # Under steady writes the embedded broker tells an end that lags behind what was read:
        # only one that stays behind, while nothing more is read, is that of another topic.
        is_confirmed = self._suspected_at == position
        self._suspected_at = position if position > end else -1
        if position < first or (position > end and is_confirmed):
            raise OutOfStep("The topic no longer reaches to where it was read; it is read anew.")


async def _answer(asked: Awaitable[_T]) -> _T:
    try:
        return await asyncio.wait_for(asked, ANSWER_S)
    except (KafkaError, OSError, TimeoutError) as fault:
        raise Unavailable("No Kafka broker answers; check it and its address.") from fault


@asynccontextmanager
async def reading(settings: KafkaSettings, topic: str, client_id: str) -> AsyncIterator[Reader]:
    """A connected reader, at the beginning of a topic."""
    reader = Reader(follower(settings, client_id), topic)
    try:
        await reader.start()
        yield reader
    finally:
        await reader.stop()
