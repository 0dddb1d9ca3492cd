"""The SELECTs of `reads` about what there is, as functions of what is wanted and who asks."""

from routeyard.domain.claims import Kind
from services.registry.postgres.conditions import Where, of_tenant
from services.registry.postgres.sight import Look, Query
from services.registry.reads import Order, Place, Wanted

_CHILD_OF = {
    "model": "e.model = parent.id",
    "endpoint": "e.endpoint = parent.id",
    "tenant": f"e.doc ->> 'tenant' = parent.id AND {of_tenant('parent.id')}",
}


def page(  # noqa: PLR0913, PLR0917 - what, of which, in which order, from where, how many
    look: Look, kind: Kind, wanted: Wanted, order: Order, place: Place | None, limit: int
) -> Query:
    """Entities of a kind, sorted; `sorted_by` is by what, as text."""
    where = Where(look, kind, wanted)
    key, type_, join = where.sort_key(order)
    clause = where.clause()
    condition, by = _after(order, place, type_)
    values = {
        "limit": limit,
        "after": place and place.id,
        "after_key": place and place.key,
        **where.values,
    }
    return Query(
        "SELECT id, body, CAST(key AS text) AS sorted_by FROM "
        f"(SELECT e.id, e.body, {key} AS key FROM entity e{join} WHERE {clause}) AS found "
        f"WHERE {condition} ORDER BY {by} LIMIT :limit",
        values,
    )


def _after(order: Order, place: Place | None, type_: str) -> tuple[str, str]:
    """What comes after a place, and in which order. What has no key comes last."""
    way, beyond = ("DESC", "<") if order.is_descending else ("ASC", ">")
    if order.is_by_id:
        return ("true" if place is None else f"id {beyond} :after"), f"id {way}"
    by = f"key IS NULL, key {way}, id"
    if place is None:
        return "true", by
    if place.key is None:
        return "key IS NULL AND id > :after", by
    here = f"CAST(:after_key AS {type_})"
    return f"(key {beyond} {here} OR (key = {here} AND id > :after) OR key IS NULL)", by


def children(look: Look, kind: Kind, by: str, parents: list[str], limit: int) -> Query:
    """The first entities of each parent, where the field `by` of their bodies names it."""
    return Query(
        "SELECT parent.id AS parent, found.id, found.body "
        "FROM unnest(CAST(:parents AS text[])) AS parent(id) CROSS JOIN LATERAL ("
        f"SELECT e.id, e.body FROM entity e WHERE {look.seen(kind, 'e')} AND {_CHILD_OF[by]} "
        "ORDER BY e.id LIMIT :limit) AS found ORDER BY parent.id, found.id",
        {"parents": parents, "limit": limit, **look.values},
    )


def named(look: Look, kind: Kind, ids: list[str]) -> Query:
    """Entities by id."""
    return Query(
        f"SELECT e.id, e.body FROM entity e WHERE {look.seen(kind, 'e')} "
        "AND e.id = ANY(CAST(:ids AS text[]))",
        {"ids": ids, **look.values},
    )


def counts(look: Look) -> Query:
    """How many there are of each kind."""
    each = " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, count(*) AS found FROM entity e WHERE {look.seen(kind, 'e')}"
        for kind in Kind
    )
    return Query(each, look.values)


def capabilities(look: Look) -> Query:
    """Every tag that is defined or that a model has above zero, and how many models have it."""
    return Query(
        "SELECT coalesce(used.tag, e.id) AS tag, coalesce(used.models, 0) AS models, e.body "
        'FROM (SELECT level.key COLLATE "C" AS tag, count(*) AS models FROM entity e '
        "CROSS JOIN LATERAL jsonb_each_text(e.doc -> 'capabilities') AS level "
        f"WHERE {look.seen(Kind.MODEL, 'e')} AND CAST(level.value AS float8) > 0 "
        "GROUP BY level.key) AS used FULL JOIN "
        f"(SELECT e.id, e.body FROM entity e WHERE {look.seen(Kind.CAPABILITY, 'e')}) AS e "
        "ON e.id = used.tag ORDER BY tag",
        look.values,
    )


def health(look: Look, endpoints: list[str]) -> Query:
    """The last known states of endpoints that are seen."""
    return Query(
        "SELECT h.endpoint, h.body::text AS body FROM health h "
        f"JOIN entity e ON e.id = h.endpoint WHERE {look.seen(Kind.ENDPOINT, 'e')} "
        "AND h.endpoint = ANY(CAST(:ids AS text[])) ORDER BY h.endpoint, h.zone",
        {"ids": endpoints, **look.values},
    )


def health_history(look: Look, endpoint: str, limit: int) -> Query:
    """An endpoint's changes of state, newest first."""
    return Query(
        "SELECT h.zone, h.state, h.since, h.reason FROM health_change h "
        f"JOIN entity e ON e.id = h.endpoint WHERE {look.seen(Kind.ENDPOINT, 'e')} "
        "AND h.endpoint = :id ORDER BY h.since DESC, h.id DESC LIMIT :limit",
        {"id": endpoint, "limit": limit, **look.values},
    )
