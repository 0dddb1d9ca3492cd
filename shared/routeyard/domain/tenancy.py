"""Who asks: tenants with their classes, tiers and projects, and the scope a key stands for."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum

from routeyard.domain.value import Value

STANDARD = "STANDARD"


class Role(StrEnum):
    """What a key may do."""

    PLATFORM_ADMIN = "platform_admin"
    TENANT_ADMIN = "tenant_admin"
    TENANT_USER = "tenant_user"
    SERVICE = "service"


class TargetKind(StrEnum):
    """What a rule points at. A provider is whoever serves a model, or whoever made it."""

    PROVIDER = "provider"
    MODEL = "model"
    RELEASE = "release"
    ENDPOINT = "endpoint"
    CAPABILITY = "capability"


class Target(Value, frozen=True):
    """One thing that rules point at."""

    kind: TargetKind
    id: str


class LimitKind(StrEnum):
    """What may be limited. Prices are US dollars per million tokens, spending is US dollars."""

    PRICE_INPUT = "price_input"
    PRICE_OUTPUT = "price_output"
    REQUESTS_PER_MINUTE = "requests_per_minute"
    TOKENS_PER_MINUTE = "tokens_per_minute"
    TOKENS_PER_DAY = "tokens_per_day"
    CONCURRENT_REQUESTS = "concurrent_requests"
    SPEND_PER_DAY = "spend_per_day"
    SPEND_PER_MONTH = "spend_per_month"


class Tier(Value, frozen=True):
    """What the platform sells under one name. Without `allow` everything may be used."""

    id: str
    name: str
    allow: tuple[Target, ...] = ()
    limits: dict[LimitKind, Decimal] = {}


class TenantClass(Value, frozen=True):
    """A kind of tenants. `residency` binds every request of theirs when set."""

    id: str
    name: str
    tier: str | None = None
    residency: tuple[str, ...] = ()


class Tenant(Value, frozen=True):
    """A customer of the platform. `residency` binds every request of the tenant when set.

    `tier` takes the place of its class's. `allowed_networks` are the private networks (CIDR) in
    which its own endpoints may lie.
    """

    id: str
    name: str
    tenant_class: str = STANDARD
    residency: tuple[str, ...] = ()
    tier: str | None = None
    allowed_networks: tuple[str, ...] = ()


class Project(Value, frozen=True):
    """A part of a tenant, `tenant/name`. `residency` binds its requests beside the tenant's."""

    id: str
    tenant: str
    name: str
    residency: tuple[str, ...] = ()


class Scope(Value, frozen=True):
    """Whose request it is; None everywhere is the platform itself."""

    tenant: str | None = None
    project: str | None = None
    key: str | None = None


class Principal(Value, frozen=True):
    """An authenticated caller."""

    role: Role
    scope: Scope
