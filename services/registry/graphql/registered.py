"""Entities that stand for themselves: providers, sources, tenants and what is set for them."""

import datetime as dt

import strawberry

from routeyard.domain import catalog, tenancy
from routeyard.domain.tenancy import OverrideKind, TargetKind
from services.registry.graphql.described import described


@described
class Provider:
    """An organisation that makes models or serves them."""

    id: strawberry.ID
    name: str
    home: str | None

    @classmethod
    def of(cls, provider: catalog.Provider) -> "Provider":
        """As GraphQL shows it."""
        return cls(id=strawberry.ID(provider.id), name=provider.name, home=provider.home)


@described
class PrecisionFloor:
    """The quality scores that `precision: low | standard | high` stand for, for one task."""

    task: strawberry.ID
    low: float
    standard: float
    high: float

    @classmethod
    def of(cls, floor: catalog.PrecisionFloor) -> "PrecisionFloor":
        """As GraphQL shows it."""
        return cls(
            task=strawberry.ID(floor.id), low=floor.low, standard=floor.standard, high=floor.high
        )


@described
class Source:
    """Who may state facts: which event types, and with what weight where sources disagree.

    `entities` are patterns of what it may speak of, none for everything. A source with
    `publicKeys` (Ed25519, base64) signs all it says.
    """

    id: strawberry.ID
    rank: int
    types: list[str]
    entities: list[str]
    public_keys: list[str]

    @classmethod
    def of(cls, source: catalog.Source) -> "Source":
        """As GraphQL shows it."""
        return cls(
            id=strawberry.ID(source.id),
            rank=source.rank,
            types=list(source.types),
            entities=list(source.entities),
            public_keys=(source.public_key or "").split(),
        )


@described
class Tenant:
    """A customer of the platform. `residency` binds every request of the tenant when set."""

    id: strawberry.ID
    name: str
    tenant_class: str
    residency: list[str]

    @classmethod
    def of(cls, tenant: tenancy.Tenant) -> "Tenant":
        """As GraphQL shows it."""
        return cls(
            id=strawberry.ID(tenant.id),
            name=tenant.name,
            tenant_class=tenant.tenant_class,
            residency=list(tenant.residency),
        )


@described
class Override:
    """One tenant's deviation from the platform's catalog; gone after `expiresAt`."""

    id: strawberry.ID
    tenant: str
    kind: OverrideKind
    target_kind: TargetKind
    target: str
    reason: str
    actor: str
    expires_at: dt.datetime | None

    @classmethod
    def of(cls, override: tenancy.Override) -> "Override":
        """As GraphQL shows it."""
        return cls(
            id=strawberry.ID(override.id),
            tenant=override.tenant,
            kind=override.kind,
            target_kind=override.target_kind,
            target=override.target,
            reason=override.reason,
            actor=override.actor,
            expires_at=override.expires_at,
        )
