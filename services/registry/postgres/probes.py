"""What healthcheck saw, in PostgreSQL, for as long as somebody may wait for it."""

from datetime import datetime

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from routeyard.wire.probe import ProbeResult
from services.registry.postgres.engine import transaction
from services.registry.postgres.scope import PLATFORM

_RESULT = msgspec.json.Decoder(ProbeResult)
_KEEP = (
    "INSERT INTO probe_result (ask, owner, body, at) VALUES "
    "(:ask, :owner, CAST(:body AS jsonb), :at) ON CONFLICT (ask) DO NOTHING"
)


class PostgresProbes:
    """See `services.registry.probes.ProbeStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def keep(self, result: ProbeResult, owner: str | None) -> None:
        """Keep a result; one that is there already stays."""
        # PostgreSQL's jsonb holds no zero bytes; whatever has one is no name of a model.
        body = msgspec.json.encode(result).decode().replace("\\u0000", "\\ufffd")
        values = {"ask": result.ask, "owner": owner, "body": body, "at": result.at}
        async with transaction(self._engine, PLATFORM) as connection:
            await connection.execute(text(_KEEP), values)

    async def find(self, ask: str) -> ProbeResult | None:
        """The result of an ask."""
        found = "SELECT body::text FROM probe_result WHERE ask = :ask"
        async with transaction(self._engine, PLATFORM) as connection:
            row = (await connection.execute(text(found), {"ask": ask})).one_or_none()
        return _RESULT.decode(row[0]) if row else None

    async def prune(self, before: datetime) -> int:
        """Forget results that were told before then; how many."""
        forget = "DELETE FROM probe_result WHERE at < :before"
        async with transaction(self._engine, PLATFORM) as connection:
            done = await connection.execute(text(forget), {"before": before})
        return max(done.rowcount, 0)
