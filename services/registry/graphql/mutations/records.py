"""Records of tenancy as orders take them: tiers, classes, tenants and projects."""

import strawberry

from routeyard.domain import events
from routeyard.domain.tenancy import STANDARD
from services.registry.graphql.described import described_input
from services.registry.graphql.mutations.inputs import LimitInput, TargetInput


@described_input
class TierInput:
    """What is sold under a name. Without `allow` everything may be used."""

    id: strawberry.ID
    name: str
    allow: list[TargetInput] | None = None
    limits: list[LimitInput] | None = None

    def said(self, *_: object) -> events.TierDefined:
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

    def said(self, *_: object) -> events.TenantClassDefined:
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

    def said(self, *_: object) -> events.TenantRegistered:
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

    def said(self, *_: object) -> events.ProjectRegistered:
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

    def said(self, *_: object) -> events.ProjectRemoved:
        """As the event has it."""
        return events.ProjectRemoved(tenant=self.tenant, project=self.project)
