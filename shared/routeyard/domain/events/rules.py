"""What applies to a scope, in its own words or in the platform's."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from routeyard.domain.overrides import Author, Override, OverrideKind, Rollout, override_id
from routeyard.domain.resolution import Require
from routeyard.domain.tenancy import LimitKind, TargetKind
from routeyard.domain.value import Value


class _Rule(Value, frozen=True):
    name: str
    kind: OverrideKind
    reason: str
    actor: str
    project: str | None = None
    key: str | None = None
    target_kind: TargetKind | None = None
    target: str | None = None
    model: str | None = None
    weight: float | None = None
    require: Require | None = None
    limit: LimitKind | None = None
    value: Decimal | None = None
    rollout: Rollout | None = None
    expires_at: datetime | None = None


class TenantOverridden(_Rule, frozen=True, kw_only=True):
    """A tenant's own rule, or one of its projects or keys: it can restrict or reorder only."""

    tenant: str


class TenantOverrideRemoved(Value, frozen=True):
    """The tenant's rule of that name no longer applies."""

    tenant: str
    name: str
    reason: str
    actor: str
    project: str | None = None
    key: str | None = None


class PlatformOverridden(_Rule, frozen=True, kw_only=True):
    """The platform's rule for the narrowest scope that is given; for everyone without any.

    Down to a tenant it may widen what the wider scopes allow.
    """

    tenant_class: str | None = None
    tenant: str | None = None


class PlatformOverrideRemoved(Value, frozen=True):
    """The platform's rule of that name no longer applies."""

    name: str
    reason: str
    actor: str
    tenant_class: str | None = None
    tenant: str | None = None
    project: str | None = None
    key: str | None = None


def override_of(data: TenantOverridden | PlatformOverridden) -> Override:
    """The override that an event states."""
    given = {name: getattr(data, name) for name in _Rule.__struct_fields__ if name != "name"}
    is_tenants = isinstance(data, TenantOverridden)
    return Override(
        id=overridden(data),
        author=Author.TENANT if is_tenants else Author.PLATFORM,
        tenant=data.tenant,
        tenant_class=None if isinstance(data, TenantOverridden) else data.tenant_class,
        **given,
    )


def overridden(
    data: TenantOverridden | TenantOverrideRemoved | PlatformOverridden | PlatformOverrideRemoved,
) -> str:
    """The id of the override that an event is about."""
    is_tenants = isinstance(data, TenantOverridden | TenantOverrideRemoved)
    return override_id(
        Author.TENANT if is_tenants else Author.PLATFORM,
        data.name,
        tenant_class=getattr(data, "tenant_class", None),
        tenant=data.tenant,
        project=data.project,
        key=data.key,
    )
