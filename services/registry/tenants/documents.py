"""Tenants as files say them: what a folder may hold, and its JSON Schema.

The fields are the domain's, and a test holds them to it. The shapes are the files' own: a field
that is misspelt is refused here, while events let newer writers add what older readers ignore.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any, Literal

import msgspec

from routeyard.domain.overrides import OverrideKind
from routeyard.domain.resolution import Require
from routeyard.domain.tenancy import STANDARD, LimitKind, TargetKind
from routeyard.domain.value import StrictValue

VERSION = "routeyard/v1"
SCHEMA_ID = "https://routeyard.dev/schemas/tenancy.schema.json"


class Metadata(StrictValue, frozen=True):
    """What a document is about: the id of the tier, the class or the tenant."""

    name: str


class Aim(StrictValue, frozen=True):
    """One thing that rules point at."""

    kind: TargetKind
    id: str


class Share(StrictValue, frozen=True):
    """How many of a scope's units a rule is for, 0 to 100. `salt` shuffles who they are."""

    percent: float
    salt: str = ""


class Rule(StrictValue, frozen=True):
    """One deviation from the platform's catalog; which fields it has depends on its kind."""

    name: str
    kind: OverrideKind
    reason: str
    target_kind: TargetKind | None = None
    target: str | None = None
    model: str | None = None
    weight: float | None = None
    require: Require | None = None
    limit: LimitKind | None = None
    value: Decimal | None = None
    rollout: Share | None = None
    expires_at: datetime | None = None


class TenantRule(Rule, frozen=True, kw_only=True):
    """A rule for a tenant, or for one of its projects or keys (by the key's id)."""

    project: str | None = None
    key: str | None = None


class TierSpec(StrictValue, frozen=True):
    """What is sold under a name. Without `allow` everything may be used."""

    name: str
    allow: tuple[Aim, ...] = ()
    limits: dict[LimitKind, Decimal] = {}


class ClassRecord(StrictValue, frozen=True):
    """A kind of tenants."""

    name: str
    tier: str | None = None
    residency: tuple[str, ...] = ()


class TenantClassSpec(ClassRecord, frozen=True, kw_only=True):
    """A kind of tenants; with `overrides` all that the platform says for it."""

    overrides: tuple[Rule, ...] | None = None


class TenantRecord(StrictValue, frozen=True):
    """A tenant's record."""

    name: str
    tenant_class: str = STANDARD
    residency: tuple[str, ...] = ()
    tier: str | None = None
    allowed_networks: tuple[str, ...] = ()


class ProjectRecord(StrictValue, frozen=True):
    """A project's record."""

    name: str
    residency: tuple[str, ...] = ()


class ProjectSpec(ProjectRecord, frozen=True, kw_only=True):
    """A project under its id, `project`."""

    project: str


class TenantSpec(StrictValue, frozen=True):
    """A tenant. Without a name its record is left alone, and so is each list that is not there.

    `overrides` is what the platform says of the tenant, `own_overrides` what it says itself.
    """

    name: str | None = None
    tenant_class: str = STANDARD
    residency: tuple[str, ...] = ()
    tier: str | None = None
    allowed_networks: tuple[str, ...] = ()
    projects: tuple[ProjectSpec, ...] | None = None
    overrides: tuple[TenantRule, ...] | None = None
    own_overrides: tuple[TenantRule, ...] | None = None


class PlatformSpec(StrictValue, frozen=True):
    """What the platform says for everyone."""

    overrides: tuple[Rule, ...]


class _Document(StrictValue, frozen=True):
    api_version: Literal["routeyard/v1"] = msgspec.field(name="apiVersion")
    metadata: Metadata


class TierDocument(_Document, frozen=True, kw_only=True, tag_field="kind", tag="Tier"):
    """What the platform sells."""

    spec: TierSpec


class ClassDocument(_Document, frozen=True, kw_only=True, tag_field="kind", tag="TenantClass"):
    """A kind of tenants, with what is said for it."""

    spec: TenantClassSpec


class TenantDocument(_Document, frozen=True, kw_only=True, tag_field="kind", tag="Tenant"):
    """A tenant, with its projects and what is said for it."""

    spec: TenantSpec


class PlatformDocument(_Document, frozen=True, kw_only=True, tag_field="kind", tag="Platform"):
    """What is said for everyone."""

    spec: PlatformSpec


Document = TierDocument | ClassDocument | TenantDocument | PlatformDocument
KINDS = ("Tier", "TenantClass", "Tenant", "Platform")


def schema() -> dict[str, Any]:
    """The JSON Schema of one document."""
    (shape,), parts = msgspec.json.schema_components([Document], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": SCHEMA_ID,
        "title": "A tier, a tenant class, a tenant, or what is said for everyone",
        **shape,
        "$defs": parts,
    }
