"""The ledger's statements in SQL, one function each.

Bulk writes are one INSERT from arrays: where rows have policies PostgreSQL refuses COPY.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection

from routeyard.domain import graph
from routeyard.domain.catalog import Model, Naming, Source
from routeyard.domain.claims import OPERATOR, OPERATOR_RANK, EntityRef, Kind, Statement
from routeyard.domain.errors import Unavailable
from routeyard.domain.events import PAYLOADS, Event
from routeyard.domain.graph import Op
from routeyard.domain.validation import RELATIONS
from services.registry.ledger import Batch, Changed, Head, commit_time

_STATEMENT = msgspec.json.Decoder(Statement)
_RELATED = ", ".join(f"(e.body::jsonb ->> '{relation}')" for relation in RELATIONS)
_LED_TO = (
    "WITH RECURSIVE way (id) AS (SELECT unnest(CAST(:ids AS text[])) UNION "
    "SELECT next.id FROM way JOIN entity e "
    "ON e.kind = 'model' AND e.id = way.id AND e.to_revision IS NULL "
    f"CROSS JOIN LATERAL (VALUES {_RELATED}) AS next (id) WHERE next.id IS NOT NULL) "
    "SELECT e.id, e.body FROM way JOIN entity e "
    "ON e.kind = 'model' AND e.id = way.id AND e.to_revision IS NULL"
)
_WANTED = "(SELECT * FROM unnest(CAST(:kinds AS text[]), CAST(:ids AS text[])))"


class Commit(NamedTuple):
    """A revision with its checksum and time; `has_changes`: the event asked for made it."""

    revision: int
    checksum: str
    committed_at: datetime
    has_changes: bool


async def head(connection: AsyncConnection) -> Head:
    """The newest commit."""
    return await _one_head(connection, "SELECT epoch, revision, checksum, committed_at FROM head")


async def lock_head(connection: AsyncConnection) -> tuple[Head, datetime]:
    """The newest commit, kept from moving until this transaction ends, and the next one's time.

    Times rise strictly, whatever the clock does: after every commit, and after every order.
    """
    locked = await _one_head(
        connection, "SELECT epoch, revision, checksum, committed_at FROM head FOR UPDATE"
    )
    asked = await connection.execute(text("SELECT clock_timestamp(), ordered_at FROM head"))
    clock, ordered_at = asked.one()
    return locked, commit_time(clock, max(locked.committed_at, ordered_at))


async def _one_head(connection: AsyncConnection, query: str) -> Head:
    row = (await connection.execute(text(query))).one_or_none()
    if row is None:
        raise Unavailable("The database has no head row; run `routeyard migrate` first.")
    return Head(*row)


async def advance(connection: AsyncConnection, consumed: Mapping[tuple[str, int], int]) -> None:
    """Note how far the topics are read. It may go back: a broker that forgot begins anew."""
    if consumed:
        await connection.execute(
            text(
                "INSERT INTO consumed (topic, partition, next_offset) "
                "VALUES (:topic, :partition, :next) ON CONFLICT (topic, partition) "
                "DO UPDATE SET next_offset = excluded.next_offset"
            ),
            [{"topic": t, "partition": p, "next": n} for (t, p), n in sorted(consumed.items())],
        )


async def inbox_digests(
    connection: AsyncConnection, keys: Sequence[tuple[str, str]]
) -> dict[tuple[str, str], bytes]:
    """The digests of those events that were taken over before."""
    found = await connection.execute(
        text(
            "SELECT source, event_id, digest FROM inbox WHERE (source, event_id) IN "
            "(SELECT * FROM unnest(CAST(:sources AS text[]), CAST(:ids AS text[])))"
        ),
        {"sources": [source for source, _ in keys], "ids": [event for _, event in keys]},
    )
    return {(row.source, row.event_id): bytes(row.digest) for row in found}


async def note_order(connection: AsyncConnection, at: datetime) -> None:
    """Remember when the last order was given, one that changed nothing included."""
    await connection.execute(text("UPDATE head SET ordered_at = :at"), {"at": at})


async def changed_at(
    connection: AsyncConnection, refs: Iterable[EntityRef]
) -> dict[EntityRef, int]:
    """The revisions at which entities came, changed or went last."""
    found = await connection.execute(
        text(
            "SELECT kind, id, max(greatest(from_revision, coalesce(to_revision, 0))) AS revision "
            f"FROM entity WHERE (kind, id) IN {_WANTED} GROUP BY kind, id"
        ),
        _refs(refs),
    )
    return {EntityRef(Kind(row.kind), row.id): row.revision for row in found}


async def commit_of(connection: AsyncConnection, source: str, event: str) -> Commit | None:
    """The newest commit when an event was taken over; None before the first."""
    # Times of commits rise strictly, so a commit of the same time is the same commit.
    found = await connection.execute(
        text(
            "SELECT a.revision, a.committed_at, "
            "convert_from(o.delta, 'UTF8')::jsonb ->> 'checksum' AS checksum, "
            "a.committed_at = i.accepted_at AS has_changes "
            "FROM inbox i JOIN admin_audit a ON a.revision = i.revision "
            "JOIN outbox o ON o.revision = a.revision "
            "WHERE i.source = :source AND i.event_id = :event"
        ),
        {"source": source, "event": event},
    )
    row = found.one_or_none()
    return (
        None
        if row is None
        else Commit(row.revision, row.checksum, row.committed_at, row.has_changes)
    )


async def changes_at(connection: AsyncConnection, revision: int) -> list[Changed]:
    """What a revision changed, with the bodies before and after."""
    found = await connection.execute(
        text(
            "SELECT coalesce(a.kind, b.kind) AS kind, coalesce(a.id, b.id) AS id, "
            "b.body AS before, a.body AS after "
            "FROM (SELECT kind, id, body FROM entity WHERE to_revision = :revision) AS b "
            "FULL JOIN (SELECT kind, id, body FROM entity WHERE from_revision = :revision) AS a "
            "ON a.kind = b.kind AND a.id = b.id"
        ),
        {"revision": revision},
    )
    changed = [
        Changed(EntityRef(Kind(row.kind), row.id), encoded(row.before), encoded(row.after))
        for row in found
    ]
    return sorted(changed, key=lambda each: each.ref)


def encoded(body: str | None) -> bytes | None:
    """A body's bytes."""
    return None if body is None else body.encode()


async def sources(connection: AsyncConnection) -> dict[str, Source]:
    """The registered sources by id."""
    found = await connection.execute(
        text("SELECT id, body FROM entity WHERE kind = 'source' AND to_revision IS NULL")
    )
    return {row.id: msgspec.json.decode(row.body, type=Source) for row in found}


async def ranks(connection: AsyncConnection) -> dict[str, int]:
    """How much each source counts where sources disagree."""
    registered = await sources(connection)
    return {OPERATOR: OPERATOR_RANK} | {
        s.id: min(s.rank, OPERATOR_RANK - 1) for s in registered.values()
    }


async def statements(connection: AsyncConnection, refs: AbstractSet[EntityRef]) -> list[Statement]:
    """All current statements about the entities."""
    found = await connection.execute(
        text(
            "SELECT body::text FROM statement WHERE to_revision IS NULL AND (kind, entity) IN "
            + _WANTED
        ),
        _refs(refs),
    )
    return [_STATEMENT.decode(row[0]) for row in found]


async def bodies(
    connection: AsyncConnection, refs: AbstractSet[EntityRef]
) -> dict[EntityRef, bytes]:
    """The current bodies of those entities that are in the graph."""
    found = await connection.execute(
        text(
            "SELECT kind, id, body FROM entity WHERE to_revision IS NULL AND (kind, id) IN "
            + _WANTED
        ),
        _refs(refs),
    )
    return {EntityRef(Kind(row.kind), row.id): row.body.encode() for row in found}


async def dependents(connection: AsyncConnection, needed: Iterable[EntityRef]) -> set[EntityRef]:
    """The entities that need one of these."""
    needed = list(needed)
    if not needed:
        return set()
    found = await connection.execute(
        text(
            "SELECT DISTINCT kind, entity FROM statement "
            "WHERE to_revision IS NULL AND needs_id IS NOT NULL AND (needs_kind, needs_id) IN "
            + _WANTED
        ),
        _refs(needed),
    )
    return {EntityRef(Kind(row.kind), row.entity) for row in found}


async def spoken_of(connection: AsyncConnection, sources: Iterable[str]) -> set[EntityRef]:
    """The entities that one of the sources says something about."""
    names = list(sources)
    if not names:
        return set()
    found = await connection.execute(
        text(
            "SELECT DISTINCT kind, entity FROM statement "
            "WHERE to_revision IS NULL AND source = ANY(CAST(:sources AS text[]))"
        ),
        {"sources": names},
    )
    return {EntityRef(Kind(row.kind), row.entity) for row in found}


async def namings(connection: AsyncConnection, offerings: AbstractSet[str]) -> dict[str, Naming]:
    """What operators say that the offerings' own names stand for."""
    if not offerings:
        return {}
    found = await connection.execute(
        text(
            "SELECT id, body FROM entity WHERE kind = 'naming' AND to_revision IS NULL "
            "AND id = ANY(CAST(:ids AS text[]))"
        ),
        {"ids": sorted(offerings)},
    )
    return {row.id: msgspec.json.decode(row.body, type=Naming) for row in found}


async def said_under(connection: AsyncConnection, natives: Iterable[str]) -> list[Statement]:
    """The current statements about models, releases and offerings under sources' own names."""
    found = await connection.execute(
        text(
            "SELECT body::text FROM statement WHERE to_revision IS NULL "
            "AND kind IN ('model', 'release', 'offering') "
            "AND native = ANY(CAST(:natives AS text[]))"
        ),
        {"natives": sorted(natives)},
    )
    return [_STATEMENT.decode(row[0]) for row in found]


async def events_under(connection: AsyncConnection, offering: str) -> list[Event]:
    """Every event that spoke by an offering's own name."""
    found = await connection.execute(
        text(
            "SELECT source, event_id, type, observed_at, sequence, actor, body::text AS body "
            "FROM inbox WHERE type LIKE 'routeyard.model.%' AND "
            "coalesce(body ->> 'endpoint', body ->> 'provider') || '/' || (body ->> 'native_id') "
            "= :offering"
        ),
        {"offering": offering},
    )
    return [
        Event(
            id=row.event_id,
            source=row.source,
            observed_at=row.observed_at,
            data=msgspec.json.decode(row.body, type=PAYLOADS[row.type]),
            sequence=row.sequence,
            actor=row.actor,
        )
        for row in found
    ]


async def defined(connection: AsyncConnection, tags: AbstractSet[str]) -> set[str]:
    """Those of the capabilities that are defined."""
    if not tags:
        return set()
    found = await connection.execute(
        text(
            "SELECT id FROM entity WHERE kind = 'capability' AND to_revision IS NULL "
            "AND id = ANY(CAST(:ids AS text[]))"
        ),
        {"ids": sorted(tags)},
    )
    return {row.id for row in found}


async def led_to(connection: AsyncConnection, models: AbstractSet[str]) -> dict[str, Model]:
    """The models, and all that their relations lead to, through others as well."""
    if not models:
        return {}
    found = await connection.execute(text(_LED_TO), {"ids": sorted(models)})
    return {row.id: msgspec.json.decode(row.body, type=Model) for row in found}


async def entities(connection: AsyncConnection) -> list[Op]:
    """The whole graph, in a stable order."""
    found = await connection.execute(
        text("SELECT kind, id, body FROM entity WHERE to_revision IS NULL ORDER BY kind, id")
    )
    return [graph.put(EntityRef(Kind(row.kind), row.id), row.body.encode()) for row in found]


async def write_statements(
    connection: AsyncConnection, revision: int, changed: Iterable[Statement]
) -> None:
    """Make these the current statements from `revision` on, and end the ones they replace."""
    changed = list(changed)
    keys = {
        name: [str(key[index]) for key in (s.key for s in changed)]
        for index, name in enumerate(("kinds", "ids", "sources", "natives"))
    }
    match = (
        "s.to_revision IS NULL AND (s.kind, s.entity, s.source, s.native) IN (SELECT * FROM "
        "unnest(CAST(:kinds AS text[]), CAST(:ids AS text[]), "
        "CAST(:sources AS text[]), CAST(:natives AS text[])))"
    )
    # One that began with the coming revision has held at no revision yet: nothing to remember.
    await connection.execute(
        text(f"DELETE FROM statement s WHERE s.from_revision = :revision AND {match}"),
        keys | {"revision": revision},
    )
    await connection.execute(
        text(f"UPDATE statement s SET to_revision = :revision WHERE {match}"),
        keys | {"revision": revision},
    )
    await _insert(
        connection,
        "statement",
        {
            "kind": "text",
            "entity": "text",
            "source": "text",
            "native": "text",
            "needs_kind": "text",
            "needs_id": "text",
            "from_revision": "bigint",
            "body": "jsonb",
        },
        (
            (*s.key, s.needs and s.needs.kind, s.needs and s.needs.id, revision, _json(s))
            for s in changed
        ),
    )


async def write_entities(connection: AsyncConnection, revision: int, ops: Iterable[Op]) -> None:
    """Put and remove entities as of `revision`."""
    ops = list(ops)
    await connection.execute(
        text(
            "UPDATE entity SET to_revision = :revision "
            "WHERE to_revision IS NULL AND (kind, id) IN " + _WANTED
        ),
        _refs(op.ref for op in ops) | {"revision": revision},
    )
    await _insert(
        connection,
        "entity",
        {"kind": "text", "id": "text", "from_revision": "bigint", "body": "text"},
        ((op.kind, op.id, revision, bytes(op.body).decode()) for op in ops if not op.is_removal),
    )


async def write_commit(
    connection: AsyncConnection, new: Head, delta: bytes, batch: Batch, op_count: int
) -> None:
    """Move the head, and leave the commit in the outbox and in the audit."""
    values = {
        **new._asdict(),
        "delta": delta,
        "actor": batch.actor,
        "reason": batch.reason,
        "ops": op_count,
    }
    for statement in (
        (
            "WITH moved AS (UPDATE head SET revision = :revision, checksum = :checksum, "
            "committed_at = :committed_at RETURNING revision, committed_at, checksum) "
            "INSERT INTO moment (revision, committed_at, checksum) SELECT * FROM moved"
        ),
        "INSERT INTO outbox (revision, delta) VALUES (:revision, :delta)",
        (
            "INSERT INTO admin_audit (revision, actor, reason, ops, committed_at) "
            "VALUES (:revision, :actor, :reason, :ops, :committed_at)"
        ),
    ):
        await connection.execute(text(statement), values)


async def write_inbox(
    connection: AsyncConnection, fresh: Iterable[tuple[Event, bytes]], revision: int, now: datetime
) -> None:
    """Remember the events themselves."""
    await _insert(
        connection,
        "inbox",
        {
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
        },
        (
            (
                e.source,
                e.id,
                digest,
                e.type,
                e.observed_at,
                e.sequence,
                e.actor,
                _json(e.data),
                revision,
                now,
            )
            for e, digest in fresh
        ),
    )


def _refs(refs: Iterable[EntityRef]) -> dict[str, Any]:
    refs = list(refs)
    return {"kinds": [ref.kind.value for ref in refs], "ids": [ref.id for ref in refs]}


def _json(value: Any) -> str:
    return msgspec.json.encode(value).decode()


async def _insert(
    connection: AsyncConnection,
    table: str,
    columns: Mapping[str, str],
    values: Iterable[tuple[Any, ...]],
) -> None:
    """Rows of these columns, each with its type in SQL."""
    arrays = [list(array) for array in zip(*values, strict=True)]
    if not arrays:
        return
    driver = (await connection.get_raw_connection()).driver_connection
    assert driver is not None  # noqa: S101 - a checked-out connection has one
    # In binary: as text, each quote in a body would have to be escaped.
    given = ", ".join(
        f"%b::{'text[]::jsonb' if type_ == 'jsonb' else type_}[]" for type_ in columns.values()
    )
    await driver.execute(
        f"INSERT INTO {table} ({', '.join(columns)}) SELECT * FROM unnest({given})", arrays
    )
