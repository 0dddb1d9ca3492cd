"""A registry's database in which two tenants have everything there is to have.

Built the same way every time: the ids of keys and events do not vary. `more` gives the other
tenant more of everything in the same commits, so that what a tenant is told can be compared.
"""

import asyncio
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncEngine

from routeyard.domain.events import Event
from routeyard.domain.health import EndpointHealth, HealthState
from routeyard.wire.record import Position
from services.registry.ledger import Batch
from services.registry.letters import Fate, Letter
from services.registry.postgres import schema
from services.registry.postgres.engine import connect
from services.registry.postgres.health import PostgresHealth
from services.registry.postgres.ledger import PostgresLedger
from services.registry.postgres.letters import PostgresLetters
from tests.builders import at
from tests.components.databases import as_service
from tests.services.registry.scoping.customers import OTHER, OWN, PLATFORM, Customer
from tests.services.registry.scoping.facts import Step, steps
from tests.services.registry.scoping.holders import issued
from tests.services.registry.scoping.probed import set_up


class World(NamedTuple):
    """A filled database, and keys by who holds them."""

    database: str
    keys: dict[str, str]


def build(database: str, now: datetime, more: int = 0) -> World:
    """Fill an empty database; `now` is when keys were made and states were seen."""
    schema.migrate(database)
    return World(database, asyncio.run(_fill(database, now, more)))


async def _fill(database: str, now: datetime, more: int) -> dict[str, str]:
    pool = connect(as_service(database))
    try:
        ledger = PostgresLedger(pool)
        for number, step in enumerate(steps(now, more)):
            receipt = await ledger.record(_batch(number, step))
            assert receipt.is_new_revision or step.source == "scores", step
        await _states(pool, now)
        await _letters(pool)
        await set_up(pool, now, more)
        return await issued(pool, now)
    finally:
        await pool.dispose()


def _batch(number: int, step: Step) -> Batch:
    events = [
        Event(
            id=f"{'event' if step.actor == PLATFORM else step.actor}-{number}-{place}",
            source=step.source,
            observed_at=at(number),
            data=said,
            actor=step.actor,
        )
        for place, said in enumerate(step.said)
    ]
    return Batch(events, actor=step.actor, reason=step.reason)


async def _states(pool: AsyncEngine, now: datetime) -> None:
    over = now + timedelta(days=1)
    for number, state in enumerate((HealthState.HEALTHY, HealthState.UNHEALTHY)):
        await PostgresHealth(pool).update(
            [
                _state(name, who, state, number, over)
                for who in (OWN, OTHER)
                for name in (who.endpoint, who.dedicated, who.rack)
            ],
            [],
        )


def _state(
    name: str, who: Customer, state: HealthState, number: int, over: datetime
) -> EndpointHealth:
    return EndpointHealth(
        endpoint=name,
        zone=f"{who.word}-zone",
        state=state,
        observed_at=at(number),
        since=at(number),
        expires_at=over,
        latency_ms=8.0,
        reason=f"{who.word} looked",
        is_declared=True,
    )


async def _letters(pool: AsyncEngine) -> None:
    letters = [
        Letter(
            fate=fate,
            origin=Position("routeyard.model-release.v1", 0, number),
            key=who.word.encode(),
            value=f'{{"provider": "{who.word}"}}'.encode(),
            headers=(("ce_source", who.word.encode()),),
            code="invalid_event",
            error=f"{PLATFORM} does not know {who.word}",
            consumer="registry",
            received_at=at(number),
        )
        for number, who in enumerate((OWN, OTHER))
        for fate in Fate
    ]
    await PostgresLetters(pool).keep(letters)
