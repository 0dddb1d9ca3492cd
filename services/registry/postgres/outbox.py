"""The outbox in PostgreSQL: a session-level lock makes one relay, NOTIFY wakes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import msgspec
import psycopg
from psycopg.rows import TupleRow
from sqlalchemy.engine import make_url

from routeyard.domain.errors import Unavailable
from routeyard.domain.keys import KeyVerifier
from routeyard.wire.credential import EndpointCredential, Scheme
from services.registry.outbox import Commit, SecretTold
from services.registry.postgres.scope import PLATFORM
from services.registry.postgres.writes import NOTIFY_CHANNEL

_LOCK = 0x72656C6179
_LOCK_POLL_S = 1.0
_PAGE = 200


class PostgresOutbox:
    """See `services.registry.outbox.Outbox`."""

    def __init__(self, database_url: str) -> None:
        self._url = make_url(database_url).set(drivername="postgresql")

    @asynccontextmanager
    async def lead(self) -> AsyncIterator[PostgresLead]:
        """Wait until no other process publishes, then publish alone."""
        connection = await self._connect()
        try:
            # The connection is the relay's alone, and all its work is the platform's.
            await _execute(connection, "SELECT set_config(%s, %s, false)", *PLATFORM)
            await _lock(connection)
            await _execute(connection, f"LISTEN {NOTIFY_CHANNEL}")
            yield PostgresLead(connection)
        finally:
            await connection.close()

    async def _connect(self) -> psycopg.AsyncConnection[TupleRow]:
        try:
            return await psycopg.AsyncConnection.connect(
                self._url.render_as_string(hide_password=False),
                autocommit=True,
                connect_timeout=5,
                application_name="routeyard-relay",
                # A dead relay's lock is gone after at most half a minute.
                keepalives_idle=10,
                keepalives_interval=5,
                keepalives_count=3,
            )
        except psycopg.OperationalError as fault:
            raise Unavailable(
                f"PostgreSQL does not answer ({fault}); check it and its address."
            ) from fault


class PostgresLead:
    """See `services.registry.outbox.Lead`."""

    def __init__(self, connection: psycopg.AsyncConnection[TupleRow]) -> None:
        self._connection = connection

    async def wait(self, seconds: float) -> None:
        """Return when something was committed, or after that time."""
        try:
            async for _ in self._connection.notifies(timeout=seconds, stop_after=1):
                return
        except psycopg.OperationalError as fault:
            raise Unavailable("The relay's connection to PostgreSQL was cut.") from fault

    async def published(self) -> int:
        """The newest revision that was marked as published; 0 when none was."""
        found = await _execute(
            self._connection,
            "SELECT coalesce(max(revision), 0) FROM outbox WHERE published_at IS NOT NULL",
        )
        return int(found[0][0])

    async def after(self, revision: int) -> Sequence[Commit]:
        """The commits after a revision, in order."""
        found = await _execute(
            self._connection,
            "SELECT revision, delta FROM outbox WHERE revision > %s ORDER BY revision LIMIT %s",
            revision,
            _PAGE,
        )
        return [Commit(row[0], bytes(row[1])) for row in found]

    async def mark(self, revision: int) -> None:
        """Everything up to that revision is published."""
        await _execute(
            self._connection,
            "UPDATE outbox SET published_at = clock_timestamp() "
            "WHERE published_at IS NULL AND revision <= %s RETURNING 1",
            revision,
        )

    async def keys(self, *, all_of_them: bool) -> Sequence[KeyVerifier]:
        """Key verifiers that were not announced yet, or all."""
        found = await _execute(
            self._connection,
            "SELECT verifier::text FROM api_key WHERE %s OR announced_at IS NULL ORDER BY key_id",
            all_of_them,
        )
        return [msgspec.json.decode(row[0], type=KeyVerifier) for row in found]

    async def mark_keys(self, said: Sequence[KeyVerifier]) -> None:
        """These are announced as they are here; one that changed meanwhile is not."""
        await _execute(
            self._connection,
            "UPDATE api_key SET announced_at = clock_timestamp() "
            "FROM unnest(%s::jsonb[]) AS said(verifier) "
            "WHERE api_key.verifier = said.verifier RETURNING 1",
            [msgspec.json.encode(verifier).decode() for verifier in said],
        )

    async def secrets(self, *, all_of_them: bool) -> Sequence[SecretTold]:
        """Endpoints' secrets that were not announced yet, or all."""
        found = await _execute(
            self._connection,
            "SELECT endpoint, version, owner, scheme, header, host, sealed FROM endpoint_secret "
            "WHERE %s OR announced_at IS NULL ORDER BY endpoint",
            all_of_them,
        )
        return [_secret(row) for row in found]

    async def mark_secrets(self, said: Sequence[SecretTold]) -> None:
        """These are announced as they are here; one that changed meanwhile is not."""
        for endpoint, version, credential in said:
            await _execute(
                self._connection,
                "UPDATE endpoint_secret SET announced_at = clock_timestamp() "
                "WHERE endpoint = %s AND version = %s AND sealed IS NOT DISTINCT FROM %s::bytea",
                endpoint,
                version,
                credential.sealed if credential else None,
            )


def _secret(row: TupleRow) -> SecretTold:
    endpoint, version, owner, scheme, header, host, sealed = row
    if sealed is None:
        return SecretTold(endpoint, version, None)
    credential = EndpointCredential(
        endpoint=endpoint,
        version=version,
        owner=owner,
        scheme=Scheme(scheme),
        header=header,
        host=host,
        sealed=bytes(sealed),
    )
    return SecretTold(endpoint, version, credential)


async def _lock(connection: psycopg.AsyncConnection[TupleRow]) -> None:
    # Asked again and again, not waited for: a blocking lock would hold a snapshot open.
    while not (await _execute(connection, "SELECT pg_try_advisory_lock(%s)", _LOCK))[0][0]:  # noqa: ASYNC110 - no event tells of another process
        await asyncio.sleep(_LOCK_POLL_S)


async def _execute(
    connection: psycopg.AsyncConnection[TupleRow], statement: str, *values: object
) -> list[TupleRow]:
    try:
        cursor = await connection.execute(statement.encode(), values or None)
        return await cursor.fetchall() if cursor.description else []
    except psycopg.OperationalError as fault:
        raise Unavailable("The relay's connection to PostgreSQL was cut.") from fault
