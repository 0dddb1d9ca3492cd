"""Requests under keys in PostgreSQL: one row each, taken by whoever comes first."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from services.registry.idempotency import (
    KEPT_S,
    Answered,
    Begun,
    Found,
    Held,
    Keyed,
    Other,
)
from services.registry.postgres.engine import transaction
from services.registry.postgres.scope import PLATFORM

_OLD = "clock_timestamp() - make_interval(secs => :kept)"
_FREE = "r.answered_at IS NULL AND r.held_until <= clock_timestamp() AND r.digest = :digest"
_BEGIN = f"""
INSERT INTO idempotency AS r (scope, key, digest, sealed, begun_at, held_until)
VALUES (:scope, :key, :digest, :seed, clock_timestamp(),
    clock_timestamp() + make_interval(secs => :held))
ON CONFLICT (scope, key) DO UPDATE SET
    digest = excluded.digest,
    sealed = CASE WHEN r.begun_at < {_OLD} THEN excluded.sealed ELSE r.sealed END,
    begun_at = CASE WHEN r.begun_at < {_OLD} THEN excluded.begun_at ELSE r.begun_at END,
    held_until = excluded.held_until,
    answered_at = NULL
WHERE r.begun_at < {_OLD} OR ({_FREE})
RETURNING sealed
"""


class PostgresRequests:
    """See `services.registry.idempotency.RequestStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def begin(self, keyed: Keyed, sealed_seed: bytes, held_s: float) -> Found:
        """Take a request that is new, or whose holder's time is over."""
        values = {**keyed._asdict(), "seed": sealed_seed, "held": held_s, "kept": KEPT_S}
        async with transaction(self._engine, PLATFORM) as connection:
            begun = (await connection.execute(text(_BEGIN), values)).one_or_none()
            return Begun(bytes(begun.sealed)) if begun else await _held(connection, keyed)

    async def answer(self, keyed: Keyed, sealed: bytes) -> None:
        """Keep its answer; the first one counts."""
        async with transaction(self._engine, PLATFORM) as connection:
            await connection.execute(
                text(
                    "UPDATE idempotency SET sealed = :sealed, answered_at = clock_timestamp() "
                    "WHERE scope = :scope AND key = :key AND digest = :digest "
                    "AND answered_at IS NULL"
                ),
                {**keyed._asdict(), "sealed": sealed},
            )

    async def let_go(self, keyed: Keyed) -> None:
        """It was not carried out to the end: whoever comes next goes on."""
        async with transaction(self._engine, PLATFORM) as connection:
            await connection.execute(
                text(
                    "UPDATE idempotency SET held_until = clock_timestamp() "
                    "WHERE scope = :scope AND key = :key AND answered_at IS NULL"
                ),
                {"scope": keyed.scope, "key": keyed.key},
            )

    async def prune(self) -> int:
        """Forget what is older than KEPT_S; how many."""
        async with transaction(self._engine, PLATFORM) as connection:
            gone = await connection.execute(
                text(f"DELETE FROM idempotency WHERE begun_at < {_OLD} RETURNING 1"),
                {"kept": KEPT_S},
            )
            return len(gone.all())


async def _held(connection: AsyncConnection, keyed: Keyed) -> Found:
    found = await connection.execute(
        text(
            "SELECT digest, sealed, answered_at FROM idempotency "
            "WHERE scope = :scope AND key = :key"
        ),
        {"scope": keyed.scope, "key": keyed.key},
    )
    row = found.one_or_none()
    if row is None:  # it was pruned just now
        return Held()
    if bytes(row.digest) != keyed.digest:
        return Other()
    return Held() if row.answered_at is None else Answered(bytes(row.sealed))
