"""Endpoints' sealed secrets in PostgreSQL; NOTIFY wakes the relay, which announces what is new."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routeyard.wire.credential import EndpointCredential, Scheme
from services.registry.endpoint_secrets import Held
from services.registry.postgres.engine import transaction
from services.registry.postgres.notice import announce
from services.registry.postgres.scope import PLATFORM

_COLUMNS = "endpoint, owner, version, scheme, header, host, sealed"
# The version after the one that is there, of the same owner, or of anybody once it was dropped.
_PUT = (
    f"INSERT INTO endpoint_secret ({_COLUMNS}, changed_at) "
    "VALUES (:endpoint, :owner, :version, :scheme, :header, :host, :sealed, :at) "
    "ON CONFLICT (endpoint) DO UPDATE SET owner = excluded.owner, version = excluded.version, "
    "scheme = excluded.scheme, header = excluded.header, host = excluded.host, "
    "sealed = excluded.sealed, changed_at = excluded.changed_at, announced_at = NULL "
    "WHERE endpoint_secret.version = excluded.version - 1 AND (endpoint_secret.sealed IS NULL "
    "OR endpoint_secret.owner IS NOT DISTINCT FROM excluded.owner) RETURNING 1"
)
# A version of its own, so that no announcement of the secret is taken for one of its end.
_DROP = (
    "UPDATE endpoint_secret SET version = version + 1, scheme = NULL, header = NULL, host = NULL, "
    "sealed = NULL, changed_at = :at, announced_at = NULL WHERE sealed IS NOT NULL AND "
)


class PostgresSecrets:
    """See `services.registry.endpoint_secrets.SecretStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def find(self, endpoint: str) -> Held:
        """What is known of an endpoint's secret."""
        async with transaction(self._engine, PLATFORM) as connection:
            found = await connection.execute(
                text(f"SELECT {_COLUMNS} FROM endpoint_secret WHERE endpoint = :endpoint"),
                {"endpoint": endpoint},
            )
            row = found.one_or_none()
        if row is None:
            return Held()
        return Held(row.version, None if row.sealed is None else _credential(row))

    async def drop_version(self, endpoint: str, version: int, at: datetime) -> bool:
        """Forget a secret if it is still of that version; False when it is not."""
        drop = f"{_DROP} endpoint = :endpoint AND version = :version"
        return await self._write(drop, {"endpoint": endpoint, "version": version, "at": at}) > 0

    async def older_than(self, at: datetime, after: str, most: int) -> Sequence[EndpointCredential]:
        """Secrets that were set before then, by endpoint, from the one after `after` on."""
        async with transaction(self._engine, PLATFORM) as connection:
            found = await connection.execute(
                text(
                    f"SELECT {_COLUMNS} FROM endpoint_secret WHERE endpoint > :after "
                    "AND sealed IS NOT NULL AND changed_at < :at ORDER BY endpoint LIMIT :most"
                ),
                {"after": after, "at": at, "most": most},
            )
            return [_credential(row) for row in found]

    async def drop_of_tenant(self, owner: str, at: datetime) -> int:
        """Forget a tenant's secrets; how many there were."""
        return await self._write(f"{_DROP} owner = :owner", {"owner": owner, "at": at})

    async def sealed_otherwise(
        self, head: bytes, after: str, most: int
    ) -> Sequence[EndpointCredential]:
        """Secrets that begin with other bytes, by endpoint, from the one after `after` on."""
        async with transaction(self._engine, PLATFORM) as connection:
            found = await connection.execute(
                text(
                    f"SELECT {_COLUMNS} FROM endpoint_secret WHERE endpoint > :after "
                    "AND sealed IS NOT NULL AND substring(sealed FOR :length) <> :head "
                    "ORDER BY endpoint LIMIT :most"
                ),
                {"after": after, "length": len(head), "head": head, "most": most},
            )
            return [_credential(row) for row in found]

    async def replace(self, old: EndpointCredential, new: EndpointCredential) -> bool:
        """Keep the same version in other bytes; False when it is not as it was."""
        replace = (
            "UPDATE endpoint_secret SET sealed = :new, announced_at = NULL "
            "WHERE endpoint = :endpoint AND version = :version AND sealed = :old"
        )
        values = {"endpoint": old.endpoint, "version": old.version, "old": old.sealed}
        return await self._write(replace, {**values, "new": new.sealed}) > 0

    async def _write(self, statement: str, values: dict[str, Any]) -> int:
        async with transaction(self._engine, PLATFORM) as connection:
            return await _write(connection, statement, values)


def _credential(row: Row[Any]) -> EndpointCredential:
    values = {**row._mapping, "scheme": Scheme(row.scheme), "sealed": bytes(row.sealed)}  # noqa: SLF001 - SQLAlchemy's name for it
    return EndpointCredential(**values)


def _values(credential: EndpointCredential) -> dict[str, Any]:
    return {name: getattr(credential, name) for name in _COLUMNS.split(", ")}


async def put(connection: AsyncConnection, credential: EndpointCredential, at: datetime) -> bool:
    """Keep a secret; False when its version is not the next, or the one there is another's."""
    return await _write(connection, _PUT, {**_values(credential), "at": at}) > 0


async def drop(connection: AsyncConnection, endpoint: str, at: datetime) -> None:
    """Forget a secret, if there is one."""
    await _write(connection, f"{_DROP} endpoint = :endpoint", {"endpoint": endpoint, "at": at})


async def _write(connection: AsyncConnection, statement: str, values: dict[str, Any]) -> int:
    done = await connection.execute(text(statement), values)
    await announce(connection)
    return max(done.rowcount, 0)
