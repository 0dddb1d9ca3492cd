"""Who asks: tenants, their overrides, and the scope a key stands for."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from routeyard.domain.value import Value


class Role(StrEnum):
    """What a key may do."""

    PLATFORM_ADMIN = "platform_admin"
    TENANT_ADMIN = "tenant_admin"
    TENANT_USER = "tenant_user"
    SERVICE = "service"


class Tenant(Value, frozen=True):
    """A customer of the platform. `residency` binds every request of the tenant when set."""

    id: str
    name: str
    tenant_class: str = "STANDARD"
    residency: tuple[str, ...] = ()


class OverrideKind(StrEnum):
    """What an override does to its target. A tenant's own overrides only restrict or reorder."""

    DENY = "deny"
    ALLOW_ONLY = "allow_only"
    PREFER = "prefer"


class TargetKind(StrEnum):
    """What an override points at."""

    PROVIDER = "provider"
    MODEL = "model"
    RELEASE = "release"
    ENDPOINT = "endpoint"


class Override(Value, frozen=True):
    """One tenant's deviation from the platform's catalog; gone after `expires_at`."""

    id: str
    tenant: str
    kind: OverrideKind
    target_kind: TargetKind
    target: str
    reason: str
    actor: str
    expires_at: datetime | None = None


class Scope(Value, frozen=True):
    """Whose request it is; None everywhere is the platform itself."""

    tenant: str | None = None
    project: str | None = None
    key: str | None = None


class Principal(Value, frozen=True):
    """An authenticated caller."""

    role: Role
    scope: Scope
