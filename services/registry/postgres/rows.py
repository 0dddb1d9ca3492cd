"""What the ledger asks in SQL, one function each; what it writes is in `writes`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from routeyard.domain import graph
from routeyard.domain.catalog import Model, Naming, Source
from routeyard.domain.claims import OPERATOR, OPERATOR_RANK, EntityRef, Kind, Statement
from routeyard.domain.errors import Unavailable
from routeyard.domain.events import PAYLOADS, Event
from routeyard.domain.graph import Op
from routeyard.domain.validation import RELATIONS
from services.registry.ledger import Changed, Head, commit_time

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
    asked = await connection.execute(
        text("SELECT epoch, revision, checksum, committed_at FROM head")
    )
    return Head(*_required(asked.one_or_none()))


async def lock_head(connection: AsyncConnection) -> tuple[Head, datetime]:
    """The newest commit, kept from moving until this transaction ends, and the next one's time.

    Times rise strictly, whatever the clock does: after every commit, and after every order.
    """
    # The clock is asked once the row is locked, however long that took.
    asked = await connection.execute(
        text(
            "WITH locked AS MATERIALIZED (SELECT epoch, revision, checksum, committed_at, "
            "ordered_at FROM head FOR UPDATE) SELECT *, clock_timestamp() FROM locked"
        )
    )
    *found, ordered_at, clock = _required(asked.one_or_none())
    locked = Head(*found)
    return locked, commit_time(clock, max(locked.committed_at, ordered_at))


def _required(head: Row[Any] | None) -> Sequence[Any]:
    if head is None:
        raise Unavailable("The database has no head row; run `routeyard migrate` first.")
    return head


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


def _refs(refs: Iterable[EntityRef]) -> dict[str, Any]:
    refs = list(refs)
    return {"kinds": [ref.kind.value for ref in refs], "ids": [ref.id for ref in refs]}
