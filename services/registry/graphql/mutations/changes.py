"""Changes of tenancy as one order takes many of them."""

from typing import Any

import strawberry
from strawberry import UNSET

from routeyard.domain import events
from services.registry.commands.changes import Given, Taken
from services.registry.graphql.context import Info
from services.registry.graphql.described import described_choice
from services.registry.graphql.mutations.records import (
    ProjectInput,
    ProjectName,
    TenantClassInput,
    TenantInput,
    TierInput,
)
from services.registry.graphql.mutations.rules import OverrideInput, OverrideName


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
