"""The health of endpoints in PostgreSQL."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routeyard.domain.health import EndpointHealth
from services.registry.health import Seen
from services.registry.postgres.engine import transaction
from services.registry.postgres.scope import PLATFORM

_UPDATE = (
    "INSERT INTO health (endpoint, zone, state, observed_at, since, body) "
    "VALUES (:endpoint, :zone, :state, :observed_at, :since, CAST(:body AS jsonb)) "
    "ON CONFLICT (endpoint, zone) DO UPDATE SET state = excluded.state, "
    "observed_at = excluded.observed_at, since = excluded.since, body = excluded.body "
    "WHERE excluded.observed_at > health.observed_at"
)
# A state is published again and again; its history has one row for each time it began.
_REMEMBER = (
    "INSERT INTO health_change (endpoint, zone, state, since, reason) "
    "VALUES (:endpoint, :zone, :state, :since, :reason) "
    "ON CONFLICT (endpoint, zone, since) DO NOTHING"
)
_FORGET = "DELETE FROM health WHERE endpoint = :endpoint AND zone = :zone"


class PostgresHealth:
    """See `services.registry.health.HealthStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def update(self, states: Sequence[EndpointHealth], gone: Sequence[Seen]) -> None:
        """Take over states that are newer than the known ones, and forget those that are gone."""
        async with transaction(self._engine, PLATFORM) as connection:
            if states:
                await _write(connection, states)
            if gone:
                await connection.execute(text(_FORGET), [place._asdict() for place in gone])


async def _write(connection: AsyncConnection, states: Sequence[EndpointHealth]) -> None:
    # In one order everywhere, so that two replicas never wait for each other's rows.
    rows = [
        {
            "endpoint": state.endpoint,
            "zone": state.zone,
            "state": state.state,
            "observed_at": state.observed_at,
            "since": state.since,
            "reason": state.reason,
            "body": msgspec.json.encode(state).decode(),
        }
        for state in sorted(states, key=lambda state: (state.endpoint, state.zone))
    ]
    await connection.execute(text(_REMEMBER), rows)
    await connection.execute(text(_UPDATE), rows)
