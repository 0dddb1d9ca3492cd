"""The SELECTs of `reads`, as pure functions of what is wanted and who asks.

Only values travel as parameters; the texts are put together from the constants here.
"""

from typing import Any, NamedTuple

from routeyard.domain.claims import Kind
from services.registry.reads import Viewer, Wanted

Values = dict[str, Any]


class Look(NamedTuple):
    """With whose eyes, and at which revision; `at` None is now."""

    viewer: Viewer
    at: int | None = None


class Query(NamedTuple):
    """A statement and its parameters."""

    sql: str
    values: Values


_OWNED = "coalesce(p.body::jsonb ->> 'owner', :viewer) = :viewer"
_BODY = "e.body::jsonb"
# What a tenant sees of each kind. What is not listed here it does not see.
_TENANT_SEES = {
    Kind.PROVIDER: "true",
    Kind.PRECISION: "true",
    Kind.TENANT: "e.id = :viewer",
    Kind.OVERRIDE: f"{_BODY} ->> 'tenant' = :viewer",
    Kind.ENDPOINT: f"coalesce({_BODY} ->> 'owner', :viewer) = :viewer",
    Kind.OFFERING: (
        "EXISTS (SELECT FROM entity p WHERE p.kind = 'endpoint' AND {held_p} "
        f"AND p.id = {_BODY} ->> 'endpoint' AND {_OWNED})"
    ),
    Kind.MODEL: (
        "EXISTS (SELECT FROM entity o JOIN entity p ON p.id = o.body::jsonb ->> 'endpoint' "
        "WHERE o.kind = 'offering' AND {held_o} AND o.body::jsonb ->> 'model' = e.id "
        f"AND p.kind = 'endpoint' AND {{held_p}} AND {_OWNED})"
    ),
    Kind.RELEASE: (
        "EXISTS (SELECT FROM entity o JOIN entity p ON p.id = o.body::jsonb ->> 'endpoint' "
        "WHERE o.kind = 'offering' AND {held_o} "
        f"AND o.body::jsonb ->> 'model' = {_BODY} ->> 'model' "
        "AND o.body::jsonb ->> 'release' = e.id "
        f"AND p.kind = 'endpoint' AND {{held_p}} AND {_OWNED})"
    ),
}
_SEARCH = f"strpos(lower(concat(e.id, ' ', {_BODY} ->> 'name')), lower(:search)) > 0"
_CAPABILITY = f"CAST({_BODY} -> 'capabilities' ->> :capability AS float8) > 0"
_CONTEXT = f"CAST({_BODY} ->> 'context' AS bigint) >= :min_context"
_PROVIDER = f"{_BODY} ->> 'provider' = :provider"
_MODEL = f"{_BODY} ->> 'model' = :model"
_CONDITIONS: dict[Kind, dict[str, str]] = {
    Kind.MODEL: {
        "provider": _PROVIDER,
        "capability": _CAPABILITY,
        "min_context": _CONTEXT,
        "search": _SEARCH,
    },
    Kind.RELEASE: {"model": _MODEL, "search": _SEARCH},
    Kind.ENDPOINT: {
        "provider": _PROVIDER,
        # Bodies leave defaults out.
        "hosting": f"coalesce({_BODY} ->> 'hosting', 'public_api') = :hosting",
        "residency": f"{_BODY} -> 'residency' @> to_jsonb(CAST(:residency AS text))",
        "search": _SEARCH,
    },
    Kind.OFFERING: {
        "model": _MODEL,
        "endpoint": f"{_BODY} ->> 'endpoint' = :endpoint",
        "provider": (
            "EXISTS (SELECT FROM entity p WHERE p.kind = 'endpoint' AND {held_p} "
            f"AND p.id = {_BODY} ->> 'endpoint' AND p.body::jsonb ->> 'provider' = :provider)"
        ),
        "search": _SEARCH,
    },
    Kind.PROVIDER: {"search": _SEARCH},
    Kind.TENANT: {"search": _SEARCH},
    # The range lets the index on ids find a tenant's overrides: '0' follows '/' in ASCII.
    Kind.OVERRIDE: {
        "tenant": (
            f"{_BODY} ->> 'tenant' = :tenant AND e.id >= :tenant || '/' AND e.id < :tenant || '0'"
        )
    },
    Kind.SOURCE: {},
    Kind.PRECISION: {},
}


def page(look: Look, kind: Kind, wanted: Wanted, after: str | None, limit: int) -> Query:
    """Entities of a kind, by id."""
    given = {name: value for name, value in wanted._asdict().items() if value is not None}
    conditions = [_CONDITIONS[kind][name] for name in given]
    if after is not None:
        conditions.append("e.id > :after")
    values = {**given, "after": after, "limit": limit}
    rest = "".join(f" AND {condition}" for condition in conditions)
    return complete(
        look,
        f"SELECT e.id, e.body FROM entity e WHERE {seen(look, kind)}{rest} "  # noqa: S608
        "ORDER BY e.id LIMIT :limit",
        values,
    )


def children(look: Look, kind: Kind, by: str, parents: list[str], limit: int) -> Query:
    """The first entities of each parent, where the field `by` of their bodies names it."""
    own = f"{_BODY} ->> '{_FIELDS[by]}' = parent.id"
    return complete(
        look,
        "SELECT parent.id AS parent, found.id, found.body "  # noqa: S608
        "FROM unnest(CAST(:parents AS text[])) AS parent(id) CROSS JOIN LATERAL ("
        f"SELECT e.id, e.body FROM entity e WHERE {seen(look, kind)} AND {own} "
        "ORDER BY e.id LIMIT :limit) AS found ORDER BY parent.id, found.id",
        {"parents": parents, "limit": limit},
    )


_FIELDS = {"model": "model", "endpoint": "endpoint"}


def named(look: Look, kind: Kind, ids: list[str]) -> Query:
    """Entities by id."""
    return complete(
        look,
        f"SELECT e.id, e.body FROM entity e WHERE {seen(look, kind)} "  # noqa: S608
        "AND e.id = ANY(CAST(:ids AS text[]))",
        {"ids": ids},
    )


def counts(look: Look) -> Query:
    """How many there are of each kind."""
    each = " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, count(*) AS found FROM entity e WHERE {seen(look, kind)}"  # noqa: S608
        for kind in Kind
    )
    return complete(look, each, {})


def capabilities(look: Look) -> Query:
    """Every tag above zero, and how many models have it."""
    return complete(
        look,
        "SELECT tag.key, count(*) AS models FROM entity e "  # noqa: S608
        f"CROSS JOIN LATERAL jsonb_each_text({_BODY} -> 'capabilities') AS tag "
        f"WHERE {seen(look, Kind.MODEL)} AND CAST(tag.value AS float8) > 0 "
        "GROUP BY tag.key ORDER BY tag.key",
        {},
    )


def health(look: Look, endpoints: list[str]) -> Query:
    """The last known states of endpoints that are seen."""
    return complete(
        look,
        "SELECT h.endpoint, h.body::text AS body FROM health h "  # noqa: S608
        f"JOIN entity e ON e.id = h.endpoint WHERE {seen(look, Kind.ENDPOINT)} "
        "AND h.endpoint = ANY(CAST(:ids AS text[])) ORDER BY h.endpoint, h.zone",
        {"ids": endpoints},
    )


def health_history(look: Look, endpoint: str, limit: int) -> Query:
    """An endpoint's changes of state, newest first."""
    return complete(
        look,
        "SELECT h.zone, h.state, h.since, h.reason FROM health_change h "  # noqa: S608
        f"JOIN entity e ON e.id = h.endpoint WHERE {seen(look, Kind.ENDPOINT)} "
        "AND h.endpoint = :id ORDER BY h.since DESC, h.id DESC LIMIT :limit",
        {"id": endpoint, "limit": limit},
    )


def seen(look: Look, kind: Kind) -> str:
    """The condition for entities `e` of a kind that are there and seen."""
    here = f"e.kind = '{kind}' AND {{held_e}}"
    if look.viewer.tenant is None:
        return here
    return f"{here} AND {_TENANT_SEES.get(kind, 'false')}"


def complete(look: Look, sql: str, values: Values) -> Query:
    """A statement whose `{held_e}` says that the row `e` holds at the look's revision."""
    held = (
        "{0}.to_revision IS NULL"
        if look.at is None
        else "{0}.from_revision <= :at AND ({0}.to_revision IS NULL OR {0}.to_revision > :at)"
    )
    complete = sql.format(**{f"held_{alias}": held.format(alias) for alias in "eops"})
    return Query(complete, {**values, "viewer": look.viewer.tenant, "at": look.at})
