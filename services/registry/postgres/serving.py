"""What endpoints serve, in PostgreSQL."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routeyard.domain.events import Served
from routeyard.domain.matching import Listed
from services.registry.postgres.engine import transaction
from services.registry.postgres.scope import PLATFORM
from services.registry.serving import Serving

_LISTED = msgspec.json.Decoder(tuple[Listed, ...])
_SERVED = msgspec.json.Decoder(tuple[Served, ...])
_FIND = (
    "SELECT endpoint, owner, declared::text AS declared, found::text AS found, "
    "served::text AS served, version FROM endpoint_serving WHERE endpoint = :endpoint"
)
_DECLARE = (
    "INSERT INTO endpoint_serving "
    "(endpoint, owner, declared, found, served, version, created_at, ask_at) VALUES "
    "(:endpoint, :owner, CAST(:declared AS jsonb), CAST(:found AS jsonb), "
    "CAST(:served AS jsonb), 1, :at, :at)"
)
_CHANGE = (
    "UPDATE endpoint_serving SET declared = CAST(:declared AS jsonb), "
    "found = CAST(:found AS jsonb), served = CAST(:served AS jsonb), version = version + 1 "
    "WHERE endpoint = :endpoint AND version = :version"
)
_DUE = (
    "UPDATE endpoint_serving SET ask_at = :again_at WHERE endpoint IN ("
    "SELECT endpoint FROM endpoint_serving WHERE ask_at <= :now "
    "ORDER BY ask_at LIMIT :most FOR UPDATE SKIP LOCKED) RETURNING endpoint"
)
_OLDER = (
    "SELECT endpoint FROM endpoint_serving WHERE endpoint > :after AND created_at < :at "
    "ORDER BY endpoint LIMIT :most"
)


class PostgresServing:
    """See `services.registry.serving.ServingStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find(self, endpoint: str) -> Serving | None:
        """What is known; None of an endpoint that was not set up here."""
        async with transaction(self._engine, PLATFORM) as connection:
            found = await connection.execute(text(_FIND), {"endpoint": endpoint})
            row = found.one_or_none()
        if row is None:
            return None
        return Serving(
            endpoint=row.endpoint,
            owner=row.owner,
            declared=_LISTED.decode(row.declared),
            found=_LISTED.decode(row.found),
            served=_SERVED.decode(row.served),
            version=row.version,
        )

    async def change(self, serving: Serving) -> bool:
        """Keep what became of it; False when it is not of that version any more."""
        return await self._write(_CHANGE, _written(serving)) > 0

    async def drop(self, endpoint: str) -> None:
        """Forget an endpoint."""
        async with transaction(self._engine, PLATFORM) as connection:
            await drop(connection, endpoint)

    async def drop_of_tenant(self, owner: str) -> None:
        """Forget a tenant's endpoints."""
        await self._write("DELETE FROM endpoint_serving WHERE owner = :owner", {"owner": owner})

    async def ask_at(self, endpoint: str, at: datetime) -> None:
        """Have it asked then."""
        ask = "UPDATE endpoint_serving SET ask_at = :at WHERE endpoint = :endpoint"
        await self._write(ask, {"endpoint": endpoint, "at": at})

    async def due(self, now: datetime, again_at: datetime, most: int) -> Sequence[str]:
        """Endpoints that are to be asked now, and then again; each is handed out once."""
        return await self._names(_DUE, {"now": now, "again_at": again_at, "most": most})

    async def older_than(self, at: datetime, after: str, most: int) -> Sequence[str]:
        """Endpoints that were set up before then, in order, from the one after `after` on."""
        return await self._names(_OLDER, {"at": at, "after": after, "most": most})

    async def _names(self, statement: str, values: dict[str, Any]) -> Sequence[str]:
        async with transaction(self._engine, PLATFORM) as connection:
            found = await connection.execute(text(statement), values)
            return [row.endpoint for row in found]

    async def _write(self, statement: str, values: dict[str, Any]) -> int:
        async with transaction(self._engine, PLATFORM) as connection:
            done = await connection.execute(text(statement), values)
        return max(done.rowcount, 0)


async def put(connection: AsyncConnection, serving: Serving, at: datetime) -> bool:
    """Keep a record in the place of that of its version; False when that is not there any more.

    Version 0 is that of a new endpoint, which is asked at once; what was left of one before goes.
    """
    if serving.version == 0:
        await drop(connection, serving.endpoint)
    statement = _CHANGE if serving.version else _DECLARE
    done = await connection.execute(text(statement), {**_written(serving), "at": at})
    return done.rowcount > 0


async def drop(connection: AsyncConnection, endpoint: str) -> None:
    """Forget an endpoint."""
    forget = "DELETE FROM endpoint_serving WHERE endpoint = :endpoint"
    await connection.execute(text(forget), {"endpoint": endpoint})


def _written(serving: Serving) -> dict[str, Any]:
    lists = {
        name: msgspec.json.encode(getattr(serving, name)).decode()
        for name in ("declared", "found", "served")
    }
    return {**lists, **{n: getattr(serving, n) for n in ("endpoint", "owner", "version")}}
