"""A registry's database in which two tenants have everything there is to have.

Built the same way every time: the ids of keys and events do not vary. `more` gives the other
tenant more of everything in the same commits, so that what a tenant is told can be compared.
"""

import asyncio
from base64 import b32decode, b64decode
from datetime import timedelta
from typing import NamedTuple

from sqlalchemy.ext.asyncio import AsyncEngine

from routeyard.domain.events import Event
from routeyard.domain.health import EndpointHealth, HealthState
from routeyard.domain.tenancy import Role
from routeyard.runtime.clock import utc_now
from routeyard.wire.record import Position
from services.registry.keys import Keys, WantedKey
from services.registry.ledger import Batch
from services.registry.letters import Fate, Letter
from services.registry.postgres import schema
from services.registry.postgres.engine import connect
from services.registry.postgres.health import PostgresHealth
from services.registry.postgres.keys import PostgresKeys
from services.registry.postgres.ledger import PostgresLedger
from services.registry.postgres.letters import PostgresLetters
from tests.builders import at
from tests.services.registry.graphql.conftest import SECRET
from tests.services.registry.scoping.customers import OTHER, OWN, PLATFORM, Customer
from tests.services.registry.scoping.facts import Step, steps

SECRET_BYTES = bytes(range(32))


class World(NamedTuple):
    """A filled database, and keys by who holds them."""

    database: str
    keys: dict[str, str]


def build(database: str, more: int = 0) -> World:
    """Fill an empty database."""
    schema.migrate(database)
    return World(database, asyncio.run(_fill(database, more)))


async def _fill(database: str, more: int) -> dict[str, str]:
    pool = connect(database)
    try:
        ledger = PostgresLedger(pool)
        for number, step in enumerate(steps(more)):
            receipt = await ledger.record(_batch(number, step))
            assert receipt.is_new_revision or step.source == "scores", step
        await _states(pool)
        await _letters(pool)
        return await _keys(pool)
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


async def _states(pool: AsyncEngine) -> None:
    for number, state in enumerate((HealthState.HEALTHY, HealthState.UNHEALTHY)):
        await PostgresHealth(pool).update(
            [
                _state(name, f"{who.word}-zone", state, number, f"{who.word} looked")
                for who in (OWN, OTHER)
                for name in (who.endpoint, who.dedicated)
            ],
            [],
        )


def _state(name: str, zone: str, state: HealthState, number: int, reason: str) -> EndpointHealth:
    return EndpointHealth(
        endpoint=name,
        zone=zone,
        state=state,
        observed_at=at(number),
        since=at(number),
        expires_at=utc_now() + timedelta(days=1),
        latency_ms=8.0,
        reason=reason,
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


async def _keys(pool: AsyncEngine) -> dict[str, str]:
    wanted = {
        "admin": ("platformadmin222", WantedKey(Role.PLATFORM_ADMIN, label=PLATFORM)),
        **_of("own", OWN),
        **_of("other", OTHER),
    }
    made: dict[str, str] = {}
    for holder, (key_id, each) in wanted.items():
        entropy = b32decode(key_id.upper()) + SECRET_BYTES
        keys = Keys(PostgresKeys(pool), b64decode(SECRET), utc_now, lambda _, e=entropy: e)  # type: ignore[misc]
        made[holder] = (await keys.issue(each)).key
    return made


def _of(holder: str, who: Customer) -> dict[str, tuple[str, WantedKey]]:
    label = f"{who.word} key"
    return {
        f"{holder} admin": (who.key, WantedKey(Role.TENANT_ADMIN, who.word, label)),
        f"{holder} user": (who.user_key, WantedKey(Role.TENANT_USER, who.word, label)),
    }
