"""The SELECTs of `reads` about what was, and what changed."""

from collections.abc import Sequence
from datetime import datetime

from routeyard.domain.claims import EntityRef, Kind
from services.registry.postgres.sight import Held, Look, Query, tenant_sees, told
from services.registry.reads import Viewer


def moment(revision: int) -> Query:
    """The commit that made a revision."""
    return Query(
        "SELECT revision, committed_at FROM moment WHERE revision = :revision",
        {"revision": revision},
    )


def concerned(revision: int) -> Query:
    """What a viewer may see otherwise since a revision: what changed, and what hangs on that.

    To a tenant an offering comes and goes with its endpoint, a model and a release with their
    offerings.
    """
    offered = (
        "SELECT o.id, o.model, o.doc ->> 'release' AS release FROM moved m JOIN entity o "
        "ON o.kind = 'offering' AND {on} WHERE m.kind = '{kind}' AND o.from_revision <= :revision "
        "AND (o.to_revision IS NULL OR o.to_revision >= :revision)"
    )
    offerings = offered.format(on="o.id = m.id", kind=Kind.OFFERING)
    at_endpoints = offered.format(on="o.endpoint = m.id", kind=Kind.ENDPOINT)
    return Query(
        "WITH moved AS (SELECT kind, id FROM entity WHERE from_revision = :revision "
        "UNION SELECT kind, id FROM entity WHERE to_revision = :revision), "
        f"offered AS ({offerings} UNION {at_endpoints}) "
        "SELECT kind, id FROM moved UNION SELECT 'offering', id FROM offered "
        "UNION SELECT 'model', model FROM offered UNION SELECT 'release', release FROM offered",
        {"revision": revision},
    )


def made(revision: int) -> Query:
    """Who made a revision, when and why; `tenant` is whose key it was."""
    return Query(
        "SELECT m.committed_at, c.actor, c.reason, k.verifier ->> 'tenant' AS tenant "
        "FROM moment m LEFT JOIN admin_audit c ON c.revision = m.revision "
        "LEFT JOIN api_key k ON k.key_id = c.actor WHERE m.revision = :revision",
        {"revision": revision},
    )


def moment_at(at: datetime) -> Query:
    """The last commit until a time."""
    return Query(
        "SELECT revision, committed_at FROM moment WHERE committed_at <= :at "
        "ORDER BY committed_at DESC, revision DESC LIMIT 1",
        {"at": at},
    )


def checksum(revision: int) -> Query:
    """What routers had to come to at a revision, as the graph log told it."""
    return Query("SELECT checksum FROM moment WHERE revision = :revision", {"revision": revision})


def differences(
    old: Look, new: Look, kinds: Sequence[Kind], after: EntityRef | None, limit: int
) -> Query:
    """Entities that are not the same at both looks, by kind and id, with both bodies.

    `revisions` are those in between at which the entity itself changed.
    """
    # Of a tenant's view a part may come or go although it did not change itself: its endpoint did.
    is_all = old.viewer.tenant is not None
    sides = [_side(old, new, kind, "" if is_all else f" AND {_moved(kind)}") for kind in kinds]
    return _told(old, new, sides, after, limit)


def step(old: Look, new: Look, refs: Sequence[EntityRef], limit: int) -> Query:
    """As `differences`, of these entities alone."""
    ids: dict[Kind, list[str]] = {}
    for ref in refs:
        ids.setdefault(ref.kind, []).append(ref.id)
    sides = [_side(old, new, kind, f" AND e.id = ANY(:{kind}_ids)") for kind in sorted(ids)]
    told = _told(old, new, sides, None, limit)
    return Query(told.sql, {**told.values, **{f"{kind}_ids": ids[kind] for kind in ids}})


def _told(old: Look, new: Look, sides: Sequence[str], after: EntityRef | None, limit: int) -> Query:
    place = "" if after is None else "WHERE (kind, id) > (:after_kind, :after_id) "
    return Query(
        "SELECT found.*, ARRAY(SELECT DISTINCT r FROM entity v "
        "CROSS JOIN LATERAL (VALUES (v.from_revision), (v.to_revision)) AS at(r) "
        "WHERE v.kind = found.kind AND v.id = found.id AND r > :old AND r <= :new ORDER BY r) "
        "AS revisions FROM ("
        f"SELECT * FROM ({' UNION ALL '.join(sides)}) AS side {place}"
        "ORDER BY kind, id LIMIT :limit) AS found ORDER BY kind, id",
        {
            **old.values,
            **new.values,
            "after_kind": after and after.kind.value,
            "after_id": after and after.id,
            "limit": limit,
        },
    )


def _side(old: Look, new: Look, kind: Kind, of: str) -> str:
    body = told(old.viewer, kind, "e")
    return (
        "SELECT coalesce(b.kind, a.kind) AS kind, coalesce(b.id, a.id) AS id, "
        "b.body AS before, a.body AS after FROM "
        f"(SELECT e.kind, e.id, {body} AS body FROM entity e WHERE {old.seen(kind, 'e')}{of}) AS b "
        "FULL JOIN "
        f"(SELECT e.kind, e.id, {body} AS body FROM entity e WHERE {new.seen(kind, 'e')}{of}) AS a "
        "ON a.id = b.id WHERE a.body IS DISTINCT FROM b.body"
    )


def _moved(kind: Kind) -> str:
    return (
        f"e.id IN (SELECT v.id FROM entity v WHERE v.kind = '{kind}' "
        "AND (v.from_revision > :old AND v.from_revision <= :new "
        "OR v.to_revision > :old AND v.to_revision <= :new))"
    )


def versions(viewer: Viewer, ref: EntityRef, before: int | None, limit: int) -> Query:
    """What an entity was before and after each change, newest first.

    A version is seen when the viewer saw it at any time while it held.
    """
    seen = "" if viewer.tenant is None else f" AND {tenant_sees(ref.kind, 'e', _met(ref.kind))}"
    return Query(
        "WITH version AS (SELECT e.from_revision, e.to_revision, "
        f"{told(viewer, ref.kind, 'e')} AS body FROM entity e "
        f"WHERE e.kind = :kind AND e.id = :id{seen}) "
        "SELECT change.*, m.committed_at, c.actor, c.reason FROM ("
        "SELECT n.from_revision AS revision, p.body AS before, n.body AS after "
        "FROM version n LEFT JOIN version p ON p.to_revision = n.from_revision "
        "WHERE n.body IS DISTINCT FROM p.body "
        "UNION ALL SELECT p.to_revision, p.body, NULL FROM version p "
        "WHERE p.to_revision IS NOT NULL "
        "AND NOT EXISTS (SELECT FROM version n WHERE n.from_revision = p.to_revision)"
        ") AS change JOIN moment m ON m.revision = change.revision "
        # A tenant sees who made the commits that changed something of its own, and no others.
        "LEFT JOIN admin_audit c ON c.revision = change.revision "
        "WHERE CAST(:before AS bigint) IS NULL OR change.revision < :before "
        "ORDER BY change.revision DESC LIMIT :limit",
        {
            "kind": ref.kind.value,
            "id": ref.id,
            "viewer": viewer.tenant,
            "before": before,
            "limit": limit,
        },
    )


def _met(kind: Kind) -> Held:
    """The condition for what held while `e` did. Three that meet in pairs meet all at once."""

    def met(alias: str) -> str:
        both = _meets(alias, "e")
        is_via_offering = alias == "sp" and kind in {Kind.MODEL, Kind.RELEASE}
        return f"{both} AND {_meets(alias, 'so')}" if is_via_offering else both

    return met


def _meets(one: str, other: str) -> str:
    return (
        f"({other}.to_revision IS NULL OR {one}.from_revision < {other}.to_revision) "
        f"AND ({one}.to_revision IS NULL OR {one}.to_revision > {other}.from_revision)"
    )


def statements(ref: EntityRef, revisions: Sequence[int]) -> Query:
    """What was said of an entity at these revisions and just before them.

    And what began then to be said of what it needs, and that again needs, and of sources: that
    may move it too.
    """
    return Query(
        "WITH RECURSIVE told AS (SELECT s.* FROM statement s "
        "WHERE s.kind = :kind AND s.entity = :id "
        "AND EXISTS (SELECT FROM unnest(CAST(:revisions AS bigint[])) AS r "
        "WHERE s.from_revision <= r AND (s.to_revision IS NULL OR s.to_revision >= r))), "
        "needed (kind, id) AS (SELECT needs_kind, needs_id FROM told WHERE needs_id IS NOT NULL "
        "UNION SELECT s.needs_kind, s.needs_id FROM needed "
        "JOIN statement s ON s.kind = needed.kind AND s.entity = needed.id "
        "WHERE s.needs_id IS NOT NULL), "
        "cause AS (SELECT kind, id FROM needed UNION SELECT 'source', source FROM told) "
        "SELECT from_revision, to_revision, body::text AS body FROM told "
        "UNION ALL SELECT s.from_revision, s.to_revision, s.body::text FROM statement s "
        "JOIN cause ON s.kind = cause.kind AND s.entity = cause.id "
        "WHERE s.from_revision = ANY(CAST(:revisions AS bigint[]))",
        {"kind": ref.kind.value, "id": ref.id, "revisions": list(revisions)},
    )


def events(keys: Sequence[tuple[str, str]]) -> Query:
    """Accepted events by (source, id). The actor and the reason may stand in the body."""
    return Query(
        "SELECT source, event_id, type, observed_at, accepted_at, "
        "coalesce(nullif(actor, ''), body ->> 'actor', '') AS actor, "
        "coalesce(body ->> 'reason', '') AS reason FROM inbox WHERE (source, event_id) IN "
        "(SELECT * FROM unnest(CAST(:sources AS text[]), CAST(:ids AS text[])))",
        {"sources": [source for source, _ in keys], "ids": [event for _, event in keys]},
    )
