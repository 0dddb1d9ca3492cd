"""What the registry reads from Kafka. A batch is acknowledged once it is safe, never before."""

from __future__ import annotations

import asyncio
import dataclasses
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple

from aiokafka import ConsumerRecord
from faststream import AckPolicy
from faststream.kafka import KafkaBroker, KafkaMessage

from routeyard.domain.errors import Recoverable
from routeyard.kafka.clients import FETCH_MAX_WAIT_MS
from routeyard.wire.record import Incoming, Position
from routeyard.wire.topics import FACTS, Carries, Topics

MAX_BATCH = 250
RETRY_FIRST_S, RETRY_MOST_S = 0.2, 10.0
log = logging.getLogger(__name__)

Take = Callable[[Sequence[Incoming]], Awaitable[None]]
Refuse = Callable[[Incoming, BaseException], Awaitable[None]]


class Intake(NamedTuple):
    """What is done with each kind of record; `refuse` with one that breaks the code itself."""

    facts: Take
    states: Take
    letters: Take
    refuse: Refuse


def subscribe(broker: KafkaBroker, topics: Topics, intake: Intake) -> None:
    """Subscribe to everything the registry reads, one consumer group for each kind."""
    carried = {
        intake.facts: FACTS,
        intake.states: (Carries.HEALTH_STATE,),
        intake.letters: (Carries.DEAD_LETTER, Carries.PARKED),
    }
    for take, carries in carried.items():
        subscriber = broker.subscriber(
            *(topics.name(c) for c in carries),
            group_id=f"{topics.namespace}-registry-{carries[0].replace('.', '-')}",
            batch=True,
            max_records=MAX_BATCH,
            batch_timeout_ms=FETCH_MAX_WAIT_MS,
            fetch_max_wait_ms=FETCH_MAX_WAIT_MS,
            auto_offset_reset="earliest",
            ack_policy=AckPolicy.MANUAL,
            parser=_unparsed,
            decoder=_undecoded,
        )
        subscriber(_handler(take, intake.refuse))


def _handler(take: Take, refuse: Refuse) -> Callable[[KafkaMessage], Awaitable[None]]:
    async def handle(message: KafkaMessage) -> None:
        raw = message.raw_message
        records = [incoming(r) for r in (raw if isinstance(raw, tuple) else (raw,))]
        await insist(take, refuse, records)
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


def incoming(record: ConsumerRecord[bytes | None, bytes | None]) -> Incoming:
    """A record as the library's code sees it."""
    return Incoming(
        Position(record.topic, record.partition, record.offset),
        record.key,
        record.value,
        tuple(record.headers),
    )


async def _unparsed(
    records: tuple[ConsumerRecord[bytes | None, bytes | None], ...],
    parse: Callable[[object], Awaitable[KafkaMessage]],
) -> KafkaMessage:
    # The framework decodes headers as UTF-8 and would fail on others before anyone sees them.
    message = await parse(tuple(dataclasses.replace(r, headers=()) for r in records))
    message.raw_message = records
    return message


async def _undecoded(message: KafkaMessage) -> object:
    # Decoding is part of judging a record; a body that is no JSON must reach the letterbox.
    return message.body
