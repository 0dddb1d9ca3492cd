"""SELECTs about what sources say, and about how models stand to one another."""

from routeyard.domain.claims import Kind
from routeyard.domain.validation import RELATIONS
from services.registry.postgres.sight import Look, Query, complete, owned, seen
from services.registry.reads import Span

_BODY = "e.doc"
# What is said of a model under another tenant's endpoint tells of that endpoint.
_NOT_ABOUT_OTHERS = (
    " AND NOT EXISTS (SELECT FROM entity p WHERE p.kind = 'endpoint' AND {held_p} "
    f"AND NOT {owned('p')} AND starts_with({{0}}.native, p.id || '/'))"
)


_OFFERINGS = (
    f"(SELECT count(*) FROM entity e WHERE {{seen}} AND {_BODY} ->> 'model' = ending.model "
    f"AND (ending.kind <> 'release' OR {_BODY} ->> 'release' = ending.id) "
    "AND (ending.kind <> 'offering' OR e.id = ending.id)) AS offerings"
)
_OVERRIDES = (
    f"ARRAY(SELECT e.id FROM entity e WHERE {{seen}} "
    f"AND ({_BODY} ->> 'target_kind', {_BODY} ->> 'target') "
    "IN (('model', ending.model), ('release', ending.id)) ORDER BY e.id LIMIT 100) AS overrides"
)


def statements(look: Look, kinds: list[str], ids: list[str]) -> Query:
    """What sources say of the entities."""
    return complete(
        look,
        "SELECT s.body::text AS body FROM statement s WHERE {held_s} AND (s.kind, s.entity) IN "
        "(SELECT * FROM unnest(CAST(:kinds AS text[]), CAST(:ids AS text[])))"
        + ("" if look.viewer.tenant is None else _NOT_ABOUT_OTHERS.replace("{0}", "s")),
        {"kinds": kinds, "ids": ids},
    )


def sources(look: Look) -> Query:
    """How much each source counts, which is no secret; the rest of its record is."""
    if look.viewer.tenant is not None:
        return Query("SELECT id, rank FROM source_ranks(CAST(:at AS bigint))", {"at": look.at})
    return complete(
        look,
        f"SELECT e.id, CAST({_BODY} ->> 'rank' AS bigint) AS rank FROM entity e "
        "WHERE e.kind = 'source' AND {held_e}",
        {},
    )


def related(look: Look, relation: str, targets: list[str]) -> Query:
    """The models that a relation leads from, to one of the targets.

    `relation` is one of RELATIONS, never a caller's text.
    """
    if relation not in RELATIONS:
        raise ValueError(relation)
    target = f"{_BODY} ->> '{relation}'"
    return complete(
        look,
        f"SELECT {target} AS target, e.id, e.body FROM entity e "
        f"WHERE {seen(look, Kind.MODEL)} AND {target} = ANY(CAST(:ids AS text[])) ORDER BY e.id",
        {"ids": targets},
    )


def waiting(look: Look, after: tuple[str, str] | None, limit: int) -> Query:
    """The statements about entities that are not in the graph, by kind and id.

    `limit` counts entities. Entities that all who announced them have withdrawn do not wait.
    """
    return complete(
        look,
        "WITH held AS (SELECT s.kind, s.entity FROM statement s WHERE {held_s} "
        "AND s.body -> 'announced' -> 0 IS DISTINCT FROM 'false' "
        "AND (s.body -> 'announced' -> 0 = 'true' OR s.body ->> 'fields' <> '{{}}') "
        "AND NOT EXISTS (SELECT FROM entity e "
        "WHERE e.kind = s.kind AND e.id = s.entity AND {held_e}) "
        "AND (s.kind, s.entity) > (:after_kind, :after_id) "
        "GROUP BY s.kind, s.entity ORDER BY s.kind, s.entity LIMIT :limit) "
        "SELECT s.body::text AS body FROM statement s JOIN held USING (kind, entity) "
        "WHERE {held_s} ORDER BY s.kind, s.entity, s.source, s.native",
        {
            "after_kind": after[0] if after else "",
            "after_id": after[1] if after else "",
            "limit": limit,
        },
    )


def endings(look: Look, span: Span, limit: int) -> Query:
    """The days on which something is deprecated or retires, and how much hangs on it."""
    after = span.after or (span.since, "", "", "")
    each = " UNION ALL ".join(
        "SELECT CAST({body} ->> '{field}' AS date) AS day, '{field}' AS field, e.kind, e.id, "
        "coalesce({body} ->> 'model', e.id) AS model, {body} ->> 'succeeded_by' AS successor "
        "FROM entity e WHERE {seen} AND {body} ->> '{field}' IS NOT NULL".replace("{body}", _BODY)
        .replace("{field}", field)
        .replace("{seen}", seen(look, kind))
        for field in ("deprecated_on", "retires_on")
        for kind in (Kind.MODEL, Kind.RELEASE, Kind.OFFERING)
    )
    return complete(
        look,
        f"SELECT ending.*, {_OFFERINGS.replace('{seen}', seen(look, Kind.OFFERING))}, "
        f"{_OVERRIDES.replace('{seen}', seen(look, Kind.OVERRIDE))} "
        f"FROM ({each}) AS ending WHERE day BETWEEN :since AND :until "
        "AND (day, field, kind, id) > (:day, :field, :kind, :id) "
        "ORDER BY day, field, kind, id LIMIT :limit",
        {
            "since": span.since,
            "until": span.until,
            "day": after[0],
            "field": after[1],
            "kind": after[2],
            "id": after[3],
            "limit": limit,
        },
    )
