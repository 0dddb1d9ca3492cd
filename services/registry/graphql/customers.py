"""Tenants, their classes, tiers and projects, and the rules that are set for them."""

import datetime as dt
from collections.abc import Callable
from functools import partial
from typing import Any

import msgspec
import strawberry
from strawberry.scalars import JSON

from routeyard.domain import overrides, tenancy
from routeyard.domain.claims import Kind
from routeyard.domain.overrides import Author, OverrideKind, ScopeLevel
from routeyard.domain.tenancy import LimitKind, TargetKind
from services.registry.graphql.context import Children, Info
from services.registry.graphql.described import described, field
from services.registry.graphql.pagination import DEFAULT_FIRST, Connection, bounded, connection
from services.registry.graphql.values import amount
from services.registry.reads import OPERATORS

At = strawberry.Private[int]


@described
class Target:
    """What a rule points at."""

    kind: TargetKind
    id: strawberry.ID

    @classmethod
    def of(cls, target: tenancy.Target) -> "Target":
        """As GraphQL shows it."""
        return cls(kind=target.kind, id=strawberry.ID(target.id))


@described
class Limit:
    """The most of something."""

    kind: LimitKind
    value: str


@described
class Tier:
    """What the platform sells under one name. Without `allow` everything may be used."""

    id: strawberry.ID
    name: str
    allow: list[Target]
    limits: list[Limit]

    @classmethod
    def of(cls, tier: tenancy.Tier) -> "Tier":
        """As GraphQL shows it."""
        return cls(
            id=strawberry.ID(tier.id),
            name=tier.name,
            allow=[Target.of(each) for each in tier.allow],
            limits=[
                Limit(kind=kind, value=str(most)) for kind, most in sorted(tier.limits.items())
            ],
        )


@described
class TenantClass:
    """A kind of tenants. `residency` binds every request of theirs when set."""

    id: strawberry.ID
    name: str
    tier: str | None
    residency: list[str]

    @classmethod
    def of(cls, of_tenants: tenancy.TenantClass) -> "TenantClass":
        """As GraphQL shows it."""
        return cls(
            id=strawberry.ID(of_tenants.id),
            name=of_tenants.name,
            tier=of_tenants.tier,
            residency=list(of_tenants.residency),
        )


@described
class Tenant:
    """A customer of the platform. `residency` binds every request of the tenant when set.

    `tier` takes the place of its class's. `allowedNetworks` are the private networks in which its
    own endpoints may lie. Ask `projects` and `overrides` at the root for further pages.
    """

    id: strawberry.ID
    name: str
    tenant_class: str
    residency: list[str]
    tier: str | None
    allowed_networks: list[str]
    at: At

    @classmethod
    def of(cls, tenant: tenancy.Tenant, at: int) -> "Tenant":
        """As GraphQL shows it."""
        return cls(
            id=strawberry.ID(tenant.id),
            name=tenant.name,
            tenant_class=tenant.tenant_class,
            residency=list(tenant.residency),
            tier=tenant.tier,
            allowed_networks=list(tenant.allowed_networks),
            at=at,
        )

    @field
    async def projects(self, info: Info, first: int = DEFAULT_FIRST) -> Connection["Project"]:
        """The tenant's projects."""
        return await _of_tenant(self, info, Kind.PROJECT, first, Project.of)

    @field
    async def overrides(self, info: Info, first: int = DEFAULT_FIRST) -> Connection["Override"]:
        """What is said for the tenant, its projects and keys, by itself or by the platform."""
        wrap = partial(Override.of, is_operator=is_operator(info))
        return await _of_tenant(self, info, Kind.OVERRIDE, first, wrap)


@described
class Project:
    """A part of a tenant, `tenant/name`. `residency` binds its requests besides."""

    id: strawberry.ID
    tenant: str
    name: str
    residency: list[str]

    @classmethod
    def of(cls, project: tenancy.Project) -> "Project":
        """As GraphQL shows it."""
        return cls(
            id=strawberry.ID(project.id),
            tenant=project.tenant,
            name=project.name,
            residency=list(project.residency),
        )


@described
class Rollout:
    """How many of a scope's units a rule is for, 0 to 100. `salt` shuffles who they are."""

    percent: float
    salt: str

    @classmethod
    def of(cls, rollout: overrides.Rollout) -> "Rollout":
        """As GraphQL shows it."""
        return cls(percent=rollout.percent, salt=rollout.salt)


@described
class Override:
    """One deviation from the platform's catalog; gone after `expiresAt`.

    `author`: what a tenant says only restricts, the platform may also widen. `level` is the scope,
    named by `tenantClass`, or `tenant` with `project` or `key`. The rest is what its kind has.
    """

    id: strawberry.ID
    name: str
    author: Author
    level: ScopeLevel
    tenant_class: str | None
    tenant: str | None
    project: str | None
    key: str | None
    kind: OverrideKind
    target_kind: TargetKind | None
    target: str | None
    model: str | None
    weight: float | None
    require: JSON | None
    limit: LimitKind | None
    value: str | None
    rollout: Rollout | None
    reason: str
    actor: str
    expires_at: dt.datetime | None

    @classmethod
    def of(cls, override: overrides.Override, *, is_operator: bool) -> "Override":
        """As GraphQL shows it. Who speaks for the platform is its own affair."""
        rollout = override.rollout
        is_told = is_operator or override.author is Author.TENANT
        return cls(
            id=strawberry.ID(override.id),
            name=override.name,
            author=override.author,
            level=override.level,
            tenant_class=override.tenant_class,
            tenant=override.tenant,
            project=override.project,
            key=override.key,
            kind=override.kind,
            target_kind=override.target_kind,
            target=override.target,
            model=override.model,
            weight=override.weight,
            require=None if override.require is None else msgspec.to_builtins(override.require),
            limit=override.limit,
            value=amount(override.value),
            rollout=None if rollout is None else Rollout.of(rollout),
            reason=override.reason,
            actor=override.actor if is_told else "",
            expires_at=override.expires_at,
        )


def is_operator(info: Info) -> bool:
    """Whether the caller speaks for the platform."""
    return info.context.principal.role in OPERATORS


async def _of_tenant(
    tenant: Tenant, info: Info, kind: Kind, first: int, wrap: Callable[[Any], Any]
) -> Connection[Any]:
    asked = Children(kind, "tenant", tenant.id, bounded(info.context, first), tenant.at)
    found = await info.context.children.load(asked)
    return connection(kind, found, wrap=wrap, key=lambda entity: entity.id)
