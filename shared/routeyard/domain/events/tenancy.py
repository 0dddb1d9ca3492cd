"""What is said of tenants, their classes, tiers and projects."""

from __future__ import annotations

from decimal import Decimal

from routeyard.domain.tenancy import STANDARD, LimitKind, Target
from routeyard.domain.value import Value


class TierDefined(Value, frozen=True):
    """What the platform sells under one name. Said by operators only."""

    tier: str
    name: str
    allow: tuple[Target, ...] = ()
    limits: dict[LimitKind, Decimal] = {}


class TierRemoved(Value, frozen=True):
    """Nothing is sold under that name any more. Said by operators only."""

    tier: str


class TenantClassDefined(Value, frozen=True):
    """A kind of tenants, or its record changes. Said by operators only."""

    tenant_class: str
    name: str
    tier: str | None = None
    residency: tuple[str, ...] = ()


class TenantClassRemoved(Value, frozen=True):
    """The kind of tenants is no more, and what was said for it. Said by operators only."""

    tenant_class: str


class TenantRegistered(Value, frozen=True):
    """A tenant joins the platform, or its record changes. Said by operators only."""

    tenant: str
    name: str
    tenant_class: str = STANDARD
    residency: tuple[str, ...] = ()
    tier: str | None = None
    allowed_networks: tuple[str, ...] = ()


class TenantOffboarded(Value, frozen=True):
    """A tenant leaves, with its projects, overrides and own endpoints. Said by operators only."""

    tenant: str
    reason: str
    actor: str


class ProjectRegistered(Value, frozen=True):
    """A tenant has a project, or its record changes. Said by operators only."""

    tenant: str
    project: str
    name: str
    residency: tuple[str, ...] = ()


class ProjectRemoved(Value, frozen=True):
    """The project is no more, and what was said for it. Said by operators only."""

    tenant: str
    project: str
