"""Folding everything a registry ever took over again, from nothing and in another order."""

import random

import msgspec
import psycopg

from routeyard.domain.events import PAYLOADS, Event
from services.registry.ledger import Batch
from tests.fakes.ledger import MemoryLedger

QUERY = "SELECT source, event_id, type, observed_at, sequence, actor, body::text FROM inbox"


def taken_over(database: str) -> list[Event]:
    """Every event in the inbox."""
    with psycopg.connect(database) as connection:
        connection.execute("SET LOCAL ROLE routeyard_platform")
        found = connection.execute(QUERY).fetchall()
    return [
        Event(
            id=event_id,
            source=source,
            observed_at=observed_at,
            data=msgspec.json.decode(body, type=PAYLOADS[event_type]),
            sequence=sequence,
            actor=actor,
        )
        for source, event_id, event_type, observed_at, sequence, actor, body in found
    ]


async def refold(events: list[Event], seed: int, size: int = 100) -> str:
    """The checksum after these events, shuffled, in batches.

    What decides how sources are weighed goes first, as it did when the registry was set up.
    """
    shuffled = [e for e in events if e.source != "operator"]
    random.Random(seed).shuffle(shuffled)  # noqa: S311 - a seed makes it repeatable
    ledger = MemoryLedger()
    await ledger.record(Batch([e for e in events if e.source == "operator"]))
    for start in range(0, len(shuffled), size):
        await ledger.record(Batch(shuffled[start : start + size]))
    return (await ledger.head()).checksum
