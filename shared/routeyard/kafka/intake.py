"""Consuming with a group: a batch is acknowledged once it is safe, never before."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import NamedTuple

from aiokafka import ConsumerRecord
from aiokafka.errors import KafkaError
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from routeyard.domain.errors import Recoverable, Unavailable
from routeyard.kafka.clients import DEVELOPMENT_FETCH_WAIT_MS
from routeyard.kafka.reader import incoming
from routeyard.wire.record import Incoming

MAX_BATCH = 250
POLL_MS = 10
# How soon a member learns that another came or went.
HEARTBEAT_MS = 1_000
# How long the partitions of a member that was killed stay unread; brokers allow no less.
SESSION_MS = 6_000
RETRY_FIRST_S, RETRY_MOST_S = 0.2, 10.0
log = logging.getLogger(__name__)

Take = Callable[[Sequence[Incoming]], Awaitable[None]]
Refuse = Callable[[Incoming, BaseException], Awaitable[None]]


class Intake(NamedTuple):
    """What is done with records.

    `take` makes a batch safe, `refuse` puts aside a record that breaks the code itself, `end`
    ends the process when a record can be neither: FastStream answers SystemExit by ending the
    one subscriber, and the process would live on, deaf.
    """

    take: Take
    refuse: Refuse
    end: Callable[[], None]


def subscribe(
    broker: KafkaBroker,
    topics: Sequence[str],
    group: str,
    intake: Intake,
    fetch_wait_ms: int = DEVELOPMENT_FETCH_WAIT_MS,
) -> None:
    """Let a consumer group read topics, from their beginning when it is new."""
    subscriber = broker.subscriber(
        *topics,
        group_id=group,
        batch=True,
        max_records=MAX_BATCH,
        batch_timeout_ms=POLL_MS,
        fetch_max_wait_ms=fetch_wait_ms,
        auto_offset_reset="earliest",
        heartbeat_interval_ms=HEARTBEAT_MS,
        session_timeout_ms=SESSION_MS,
        ack_policy=AckPolicy.MANUAL,
        parser=_unparsed,
        decoder=_undecoded,
    )
    subscriber(_handler(intake))


@asynccontextmanager
async def consuming(broker: KafkaBroker) -> AsyncIterator[None]:
    """Consume; at the end, the batch in hand is finished first.

    Raises:
        Unavailable: no broker answers.
    """
    try:
        try:
            await broker.connect()
            # A broker may let a new group wait for seconds: all groups wait at the same time.
            await asyncio.gather(*(each.start() for each in broker.subscribers))
        except (KafkaError, OSError) as fault:
            raise Unavailable("No Kafka broker answers; check it and its address.") from fault
        yield
    finally:
        await broker.stop()


def _handler(intake: Intake) -> Callable[[KafkaMessage], Awaitable[None]]:
    async def handle(message: KafkaMessage) -> None:
        raw = message.raw_message
        records = [incoming(r) for r in (raw if isinstance(raw, tuple) else (raw,))]
        try:
            await insist(intake.take, intake.refuse, records)
        except SystemExit:
            intake.end()
            raise
        await message.ack()

    return handle


async def insist(take: Take, refuse: Refuse, records: Sequence[Incoming]) -> None:
    """Hand records in until they are safe: a component that is away must not cost a fact.

    Records that break the code itself are found by halving, and refused one by one, so that
    they hold up nobody else.
    """
    delay = RETRY_FIRST_S
    while True:
        try:
            return await take(records)
        except Recoverable as fault:
            log.warning("%d records wait: %s", len(records), fault.message)
            await asyncio.sleep(delay)
            delay = min(delay * 2, RETRY_MOST_S)
        except Exception as fault:
            log.exception("%d records cannot be taken over", len(records))
            return await _halve(take, refuse, records, fault)


async def _halve(take: Take, refuse: Refuse, records: Sequence[Incoming], fault: Exception) -> None:
    if len(records) == 1:
        return await insist(lambda rs: refuse(rs[0], fault), _give_up, records)
    middle = len(records) // 2
    await insist(take, refuse, records[:middle])
    await insist(take, refuse, records[middle:])
    return None


async def _give_up(record: Incoming, fault: BaseException) -> None:
    # Acknowledging now would lose the record; the process ends and the record is read again.
    raise SystemExit(f"{record.position} can be neither taken over nor put aside: {fault!r}")


async def _unparsed(
    records: Sequence[ConsumerRecord[bytes | None, bytes | None]],
    parse: Callable[[object], Awaitable[KafkaMessage]],
) -> KafkaMessage:
    # The framework decodes headers as UTF-8 and would fail on others before anyone sees them.
    message = await parse(tuple(dataclasses.replace(r, headers=()) for r in records))
    message.raw_message = tuple(records)
    return message


async def _undecoded(message: KafkaMessage) -> object:
    # Decoding is part of judging a record; a body that is no JSON must reach the letterbox.
    return message.body
