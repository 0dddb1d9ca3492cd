"""What is said for a scope and for those around it, read from PostgreSQL."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncConnection

from routeyard.domain import graph
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.graph import Entity
from routeyard.domain.overrides import Override
from routeyard.domain.policies.policy import Policy
from routeyard.domain.scopes import Tenancy, by_place
from routeyard.domain.tenancy import Project, Scope, Tenant, TenantClass, Tier

_NAMED = (
    "SELECT e.kind, e.id, e.body FROM entity e WHERE e.to_revision IS NULL AND (e.kind, e.id) IN "
    "(SELECT * FROM unnest(CAST(:kinds AS text[]), CAST(:ids AS text[])))"
)
# Ids are in byte order: those that begin with a prefix lie side by side.
# Range by range: joined at once, the planner would read every rule there is.
_RULES = (
    "SELECT e.kind, e.id, e.body FROM unnest(CAST(:lows AS text[]), CAST(:highs AS text[])) "
    "AS r(low, high) CROSS JOIN LATERAL (SELECT o.kind, o.id, o.body FROM entity o "
    "WHERE o.kind = 'override' AND o.to_revision IS NULL "
    'AND o.id >= r.low COLLATE "C" AND o.id < r.high COLLATE "C" OFFSET 0) AS e'
)
_OWN = (
    "SELECT e.id FROM entity e WHERE e.kind = 'endpoint' AND e.to_revision IS NULL "
    'AND e.id >= :low COLLATE "C" AND e.id < :high COLLATE "C" ORDER BY e.id'
)
# 'A' follows '@' in ASCII: what a name's versions begin with.
_VERSIONS = (
    "SELECT e.kind, e.id, e.body FROM entity e WHERE e.kind = 'policy' AND e.to_revision IS NULL "
    'AND e.id >= :low COLLATE "C" AND e.id < :high COLLATE "C"'
)
_USERS = (
    "SELECT e.kind, e.id FROM entity e WHERE e.to_revision IS NULL "
    "AND e.kind IN ('tenant', 'tenant_class') AND e.doc ->> :field = :name "
    "AND (e.kind, e.id) NOT IN "
    "(SELECT * FROM unnest(CAST(:kinds AS text[]), CAST(:ids AS text[]))) "
    "ORDER BY e.kind, e.id LIMIT 3"
)


async def around(connection: AsyncConnection, scope: Scope) -> Tenancy | None:
    """A scope's tenant, class, tiers and project, and all rules on the way; None without them."""
    tenant = await _one(connection, Kind.TENANT, scope.tenant or "")
    if not isinstance(tenant, Tenant):
        return None
    named = [EntityRef(Kind.TENANT_CLASS, tenant.tenant_class)]
    if scope.project is not None:
        named.append(EntityRef(Kind.PROJECT, f"{tenant.id}/{scope.project}"))
    found = await _entities(connection, named)
    classes = [each for each in found if isinstance(each, TenantClass)]
    projects = [each for each in found if isinstance(each, Project)]
    if scope.project is not None and not projects:
        return None
    names = {tenant.tier, *(each.tier for each in classes)} - {None}
    sold = await _entities(connection, [EntityRef(Kind.TIER, str(name)) for name in names])
    return Tenancy(
        tenants={tenant.id: tenant},
        classes={each.id: each for each in classes},
        tiers={each.id: each for each in sold if isinstance(each, Tier)},
        projects={each.id: each for each in projects},
        rules=by_place(await _rules(connection, tenant)),
    )


async def endpoints_of(connection: AsyncConnection, owner: str) -> list[str]:
    """A tenant's own endpoints, by id."""
    # '0' follows '/' in ASCII.
    values = {"low": f"{owner}/", "high": f"{owner}0"}
    return [row.id for row in await connection.execute(text(_OWN), values)]


async def policies_of(
    connection: AsyncConnection, tenant: str | None, name: str | None
) -> list[Policy]:
    """Every version of a policy, or of all of them, the first one first."""
    before = "" if tenant is None else f"{tenant}/"
    low, high = (
        (before, f"{before[:-1]}0" if before else "~")
        if name is None
        else (f"{before}{name}@", f"{before}{name}A")
    )
    found = _decoded((await connection.execute(text(_VERSIONS), {"low": low, "high": high})).all())
    versions = [each for each in found if isinstance(each, Policy) and each.tenant == tenant]
    return sorted(versions, key=lambda each: (each.name, each.version))


async def users(
    connection: AsyncConnection, field: str, name: str, leaving_out: Collection[EntityRef]
) -> list[str]:
    """The first tenants and classes whose `tier` or `tenant_class` is of that name."""
    values = {
        "field": field,
        "name": name,
        "kinds": [ref.kind.value for ref in leaving_out],
        "ids": [ref.id for ref in leaving_out],
    }
    found = await connection.execute(text(_USERS), values)
    return [f"{row.kind.replace('_', ' ')} {row.id}" for row in found]


async def _rules(connection: AsyncConnection, tenant: Tenant) -> list[Override]:
    prefixes = [
        "platform:*/",
        f"platform:class:{tenant.tenant_class}/",
        f"platform:{tenant.id}/",
        f"{tenant.id}/",
    ]
    # '0' follows '/' in ASCII.
    highs = [f"{prefix[:-1]}0" for prefix in prefixes]
    found = await connection.execute(text(_RULES), {"lows": prefixes, "highs": highs})
    return [each for each in _decoded(found.all()) if isinstance(each, Override)]


async def _one(connection: AsyncConnection, kind: Kind, name: str) -> Entity | None:
    found = await _entities(connection, [EntityRef(kind, name)])
    return found[0] if found else None


async def _entities(connection: AsyncConnection, refs: Sequence[EntityRef]) -> list[Entity]:
    if not refs:
        return []
    values = {"kinds": [ref.kind.value for ref in refs], "ids": [ref.id for ref in refs]}
    return _decoded((await connection.execute(text(_NAMED), values)).all())


def _decoded(rows: Sequence[Row[Any]]) -> list[Entity]:
    return [graph.decode(Kind(row.kind), row.body.encode()) for row in rows]
