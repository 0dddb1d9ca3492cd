"""What the ledger writes in SQL, one function each.

All of a commit goes out in one pipeline: its statements wait for the server once, not each. Rows
are inserted from arrays: where rows have policies PostgreSQL refuses COPY.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import msgspec
import psycopg
from sqlalchemy.ext.asyncio import AsyncConnection

from routeyard.domain.claims import Statement
from routeyard.domain.events import Event
from routeyard.domain.graph import Op
from services.registry.ledger import Batch, Head
from services.registry.postgres.engine import driver_of

NOTIFY_CHANNEL = "routeyard_graph"
_MOVE_HEAD = (
    "WITH moved AS (UPDATE head SET revision = %s, checksum = %s, committed_at = %s "
    "RETURNING revision, committed_at, checksum) "
    "INSERT INTO moment (revision, committed_at, checksum) SELECT * FROM moved"
)
_AUDIT = (
    "INSERT INTO admin_audit (revision, actor, reason, ops, committed_at) "
    "VALUES (%s, %s, %s, %s, %s)"
)
_CONSUMED = (
    "INSERT INTO consumed (topic, partition, next_offset) "
    "SELECT * FROM unnest(%b::text[], %b::int[], %b::bigint[]) "
    "ON CONFLICT (topic, partition) DO UPDATE SET next_offset = excluded.next_offset"
)
_HELD = (
    "s.to_revision IS NULL AND (s.kind, s.entity, s.source, s.native) IN "
    "(SELECT * FROM unnest(%b::text[], %b::text[], %b::text[], %b::text[]))"
)
_STATEMENT = {
    "kind": "text",
    "entity": "text",
    "source": "text",
    "native": "text",
    "needs_kind": "text",
    "needs_id": "text",
    "from_revision": "bigint",
    "body": "jsonb",
}
_ENTITY = {"kind": "text", "id": "text", "from_revision": "bigint", "body": "text"}
_INBOX = {
    "source": "text",
    "event_id": "text",
    "digest": "bytea",
    "type": "text",
    "observed_at": "timestamptz",
    "sequence": "bigint",
    "actor": "text",
    "body": "jsonb",
    "revision": "bigint",
    "accepted_at": "timestamptz",
}
Driver = psycopg.AsyncConnection[Any]


@asynccontextmanager
async def writing(connection: AsyncConnection) -> AsyncIterator[Driver]:
    """Where to write; at the end all of it was done."""
    driver = await driver_of(connection)
    async with driver.pipeline():
        yield driver


async def advance(driver: Driver, consumed: Mapping[tuple[str, int], int]) -> None:
    """Note how far the topics are read. It may go back: a broker that forgot begins anew."""
    if consumed:
        read = sorted((topic, partition, to) for (topic, partition), to in consumed.items())
        await driver.execute(_CONSUMED, _arrays(read))


async def order(driver: Driver, at: datetime) -> None:
    """Remember when the last order was given, one that changed nothing included."""
    await driver.execute("UPDATE head SET ordered_at = %s", (at,))


async def statements(driver: Driver, revision: int, changed: Iterable[Statement]) -> None:
    """Make these the current statements from `revision` on, and end the ones they replace."""
    changed = list(changed)
    keys = _arrays([tuple(map(str, each.key)) for each in changed]) or [[]] * 4
    # One that began with the coming revision has held at no revision yet: nothing to remember.
    await driver.execute(
        f"DELETE FROM statement s WHERE s.from_revision = %b AND {_HELD}", (revision, *keys)
    )
    await driver.execute(
        f"UPDATE statement s SET to_revision = %b WHERE {_HELD}", (revision, *keys)
    )
    rows = [
        (*s.key, s.needs and s.needs.kind, s.needs and s.needs.id, revision, _json(s))
        for s in changed
    ]
    await _insert(driver, "statement", _STATEMENT, rows)


async def entities(driver: Driver, revision: int, ops: Iterable[Op]) -> None:
    """Put and remove entities as of `revision`."""
    ops = list(ops)
    await driver.execute(
        "UPDATE entity SET to_revision = %b WHERE to_revision IS NULL "
        "AND (kind, id) IN (SELECT * FROM unnest(%b::text[], %b::text[]))",
        (revision, [op.kind.value for op in ops], [op.id for op in ops]),
    )
    rows = [(op.kind, op.id, revision, bytes(op.body).decode()) for op in ops if not op.is_removal]
    await _insert(driver, "entity", _ENTITY, rows)


async def commit(driver: Driver, new: Head, delta: bytes, batch: Batch, op_count: int) -> None:
    """Move the head, leave the commit in the outbox and in the audit, and wake who waits for it."""
    await driver.execute(_MOVE_HEAD, (new.revision, new.checksum, new.committed_at))
    await driver.execute(
        "INSERT INTO outbox (revision, delta) VALUES (%s, %b)", (new.revision, delta)
    )
    audited = (new.revision, batch.actor, batch.reason, op_count, new.committed_at)
    await driver.execute(_AUDIT, audited)
    await driver.execute("SELECT pg_notify(%s, %s)", (NOTIFY_CHANNEL, str(new.revision)))


async def inbox(
    driver: Driver, fresh: Iterable[tuple[Event, bytes]], revision: int, now: datetime
) -> None:
    """Remember the events themselves."""
    taken = (revision, now)
    rows = [
        (e.source, e.id, digest, e.type, e.observed_at, e.sequence, e.actor, _json(e.data), *taken)
        for e, digest in fresh
    ]
    await _insert(driver, "inbox", _INBOX, rows)


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


def _arrays(rows: Sequence[tuple[Any, ...]]) -> list[list[Any]]:
    return [list(column) for column in zip(*rows, strict=True)]


async def _insert(
    driver: Driver, table: str, columns: Mapping[str, str], rows: Sequence[tuple[Any, ...]]
) -> None:
    """Rows of these columns, each with its type in SQL."""
    if not rows:
        return
    # In binary: as text, each quote in a body would have to be escaped.
    given = ", ".join(
        f"%b::{'text[]::jsonb' if type_ == 'jsonb' else type_}[]" for type_ in columns.values()
    )
    await driver.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM unnest({given})", _arrays(rows)
    )
