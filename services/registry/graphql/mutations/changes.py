"""Changes of tenancy as one order takes many of them."""

import datetime as dt
from typing import Any

import strawberry
from strawberry import UNSET
from strawberry.scalars import JSON

from routeyard.domain import events
from routeyard.domain.overrides import Author, OverrideKind
from routeyard.domain.tenancy import STANDARD, LimitKind, TargetKind
from services.registry.commands.changes import Given, Taken
from services.registry.graphql.context import Info
from services.registry.graphql.described import Money, described_choice, described_input
from services.registry.graphql.mutations.asking import actor
from services.registry.graphql.mutations.inputs import LimitInput, RolloutInput, TargetInput
from services.registry.graphql.mutations.overrides import is_platforms, place_in, requirement


@described_input
class TierInput:
    """What is sold under a name. Without `allow` everything may be used."""

    id: strawberry.ID
    name: str
    allow: list[TargetInput] | None = None
    limits: list[LimitInput] | None = None

    def said(self, *_: object) -> Given:
        """As the event has it."""
        return events.TierDefined(
            tier=self.id,
            name=self.name,
            allow=tuple(each.target() for each in self.allow or ()),
            limits={each.kind: each.value for each in self.limits or ()},
        )


@described_input
class TenantClassInput:
    """A kind of tenants, the whole record."""

    id: strawberry.ID
    name: str
    tier: str | None = None
    residency: list[str] | None = None

    def said(self, *_: object) -> Given:
        """As the event has it."""
        return events.TenantClassDefined(
            tenant_class=self.id,
            name=self.name,
            tier=self.tier,
            residency=tuple(self.residency or ()),
        )


@described_input
class TenantInput:
    """A tenant, the whole record: what is left out is as if it had never been given."""

    id: strawberry.ID
    name: str
    tenant_class: str = STANDARD
    residency: list[str] | None = None
    tier: str | None = None
    allowed_networks: list[str] | None = None

    def said(self, *_: object) -> Given:
        """As the event has it."""
        return events.TenantRegistered(
            tenant=self.id,
            name=self.name,
            tenant_class=self.tenant_class,
            residency=tuple(self.residency or ()),
            tier=self.tier,
            allowed_networks=tuple(self.allowed_networks or ()),
        )


@described_input
class ProjectInput:
    """A part of a tenant, the whole record."""

    tenant: strawberry.ID
    project: str
    name: str
    residency: list[str] | None = None

    def said(self, *_: object) -> Given:
        """As the event has it."""
        return events.ProjectRegistered(
            tenant=self.tenant,
            project=self.project,
            name=self.name,
            residency=tuple(self.residency or ()),
        )


@described_input
class ProjectName:
    """Which project."""

    tenant: strawberry.ID
    project: str

    def said(self, *_: object) -> Taken:
        """As the event has it."""
        return events.ProjectRemoved(tenant=self.tenant, project=self.project)


@described_input
class OverrideInput:
    """A rule for a scope, in place of the one of that name; as in `setOverride`.

    Without a reason of its own it is given for the order's.
    """

    name: str
    kind: OverrideKind
    reason: str | None = None
    tenant: strawberry.ID | None = None
    tenant_class: str | None = None
    project: str | None = None
    key: str | None = None
    author: Author | None = None
    target_kind: TargetKind | None = None
    target: strawberry.ID | None = None
    model: strawberry.ID | None = None
    weight: float | None = None
    require: JSON | None = None
    limit: LimitKind | None = None
    value: Money | None = None
    rollout: RolloutInput | None = None
    expires_at: dt.datetime | None = None

    def said(self, info: Info, reason: str) -> Given:
        """As the event has it."""
        said: dict[str, Any] = {
            "name": self.name,
            "kind": self.kind,
            "reason": reason if self.reason is None else self.reason,
            "actor": actor(info),
            "project": self.project,
            "key": self.key,
            "target_kind": self.target_kind,
            "target": self.target,
            "model": self.model,
            "weight": self.weight,
            "require": None if self.require is None else requirement(self.require),
            "limit": self.limit,
            "value": self.value,
            "rollout": None if self.rollout is None else self.rollout.rollout(),
            "expires_at": self.expires_at,
            **place_in(info, self.author, self.tenant, self.tenant_class),
        }
        if is_platforms(info, self.author):
            return events.PlatformOverridden(**said)
        return events.TenantOverridden(**said)


@described_input
class OverrideName:
    """Which rule, as in `removeOverride`."""

    name: str
    reason: str | None = None
    tenant: strawberry.ID | None = None
    tenant_class: str | None = None
    project: str | None = None
    key: str | None = None
    author: Author | None = None

    def said(self, info: Info, reason: str) -> Taken:
        """As the event has it."""
        said: dict[str, Any] = {
            "name": self.name,
            "reason": reason if self.reason is None else self.reason,
            "actor": actor(info),
            "project": self.project,
            "key": self.key,
            **place_in(info, self.author, self.tenant, self.tenant_class),
        }
        if is_platforms(info, self.author):
            return events.PlatformOverrideRemoved(**said)
        return events.TenantOverrideRemoved(**said)


@described_choice
class TenancyChange:
    """One change: exactly one of these.

    Records are created or replaced as a whole. Taking away what is not there changes nothing.
    """

    tier: TierInput | None = UNSET
    tenant_class: TenantClassInput | None = UNSET
    tenant: TenantInput | None = UNSET
    project: ProjectInput | None = UNSET
    override: OverrideInput | None = UNSET
    remove_tier: strawberry.ID | None = UNSET
    remove_tenant_class: strawberry.ID | None = UNSET
    remove_project: ProjectName | None = UNSET
    remove_override: OverrideName | None = UNSET

    def given(self) -> tuple[str, Any]:
        """The one that is given, with its name in the schema."""
        for name, shown in _NAMES.items():
            value = getattr(self, name)
            if value is not UNSET and value is not None:
                return shown, value
        raise AssertionError("GraphQL lets no empty choice through")

    def said(self, info: Info, reason: str) -> Given | Taken:
        """As the event has it."""
        name, value = self.given()
        if name == "removeTier":
            return events.TierRemoved(tier=value)
        if name == "removeTenantClass":
            return events.TenantClassRemoved(tenant_class=value)
        said: Given | Taken = value.said(info, reason)
        return said


_NAMES = {
    "tier": "tier",
    "tenant_class": "tenantClass",
    "tenant": "tenant",
    "project": "project",
    "override": "override",
    "remove_tier": "removeTier",
    "remove_tenant_class": "removeTenantClass",
    "remove_project": "removeProject",
    "remove_override": "removeOverride",
}
