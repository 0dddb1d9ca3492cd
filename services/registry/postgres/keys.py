"""Key verifiers in PostgreSQL; NOTIFY wakes the relay, which announces what is new."""

from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routeyard.domain.keys import KeyVerifier
from services.registry.postgres.engine import transaction
from services.registry.postgres.ledger import NOTIFY_CHANNEL

_VERIFIER = msgspec.json.Decoder(KeyVerifier)


class PostgresKeys:
    """See `services.registry.keys.KeyStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, verifier: KeyVerifier, at: datetime) -> None:
        """Keep a verifier, and have it announced to the routers."""
        async with transaction(self._engine) as connection:
            await connection.execute(
                text(
                    "INSERT INTO api_key (key_id, verifier, created_at) "
                    "VALUES (:key_id, CAST(:verifier AS jsonb), :at) "
                    "ON CONFLICT (key_id) DO NOTHING"
                ),
                {
                    "key_id": verifier.key_id,
                    "verifier": msgspec.json.encode(verifier).decode(),
                    "at": at,
                },
            )
            await _announce(connection)

    async def find(self, key_id: str) -> KeyVerifier | None:
        """The verifier of a key."""
        async with transaction(self._engine) as connection:
            found = await connection.execute(
                text("SELECT verifier::text FROM api_key WHERE key_id = :key_id"),
                {"key_id": key_id},
            )
            row = found.one_or_none()
        return _VERIFIER.decode(row[0]) if row else None

    async def revoke(self, key_id: str) -> bool:
        """Make a key unusable, and have that announced; False when there is no such key."""
        async with transaction(self._engine) as connection:
            found = await connection.execute(
                text(
                    "UPDATE api_key SET announced_at = NULL, "
                    """verifier = jsonb_set(verifier, '{revoked}', 'true') """
                    "WHERE key_id = :key_id RETURNING key_id"
                ),
                {"key_id": key_id},
            )
            is_known = found.one_or_none() is not None
            await _announce(connection)
        return is_known

    async def labelled(self, label: str) -> list[KeyVerifier]:
        """The verifiers with a label that are not revoked."""
        async with transaction(self._engine) as connection:
            found = await connection.execute(
                text(
                    "SELECT verifier::text FROM api_key WHERE verifier->>'label' = :label "
                    "AND NOT coalesce(CAST(verifier->>'revoked' AS boolean), false) "
                    "ORDER BY created_at, key_id"
                ),
                {"label": label},
            )
            return [_VERIFIER.decode(row[0]) for row in found]


async def _announce(connection: AsyncConnection) -> None:
    await connection.execute(text("SELECT pg_notify(:channel, '')"), {"channel": NOTIFY_CHANNEL})
