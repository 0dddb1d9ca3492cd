"""Orders about kinds of tenants and what the platform sells."""

import strawberry

from routeyard.domain import events
from services.registry.graphql.changes import Committed, order
from services.registry.graphql.context import Info
from services.registry.graphql.described import Long, described
from services.registry.graphql.mutations.asking import caller, manner, orders
from services.registry.graphql.mutations.inputs import LimitInput, TargetInput
from services.registry.graphql.mutations.records import TenantClassInput, TierInput


@described
class OrdersOfKinds:
    """Tenant classes and tiers."""

    @order
    async def define_tenant_class(
        self,
        info: Info,
        id: strawberry.ID,
        name: str,
        tier: str | None = None,
        residency: list[str] | None = None,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed:
        """Define a kind of tenants, or replace its record. For platform admins."""
        record = TenantClassInput(id=id, name=name, tier=tier, residency=residency)
        done = await orders(info).kinds.define_class(
            caller(info), record.said(), manner(info, dry_run, if_revision)
        )
        return Committed.of(done)

    @order
    async def remove_tenant_class(
        self,
        info: Info,
        id: strawberry.ID,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed | None:
        """Take a kind of tenants away that nobody is of; null when there is none."""
        said = events.TenantClassRemoved(tenant_class=id)
        done = await orders(info).kinds.remove_class(
            caller(info), said, manner(info, dry_run, if_revision)
        )
        return None if done is None else Committed.of(done)

    @order
    async def define_tier(
        self,
        info: Info,
        id: strawberry.ID,
        name: str,
        allow: list[TargetInput] | None = None,
        limits: list[LimitInput] | None = None,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed:
        """Define what is sold under a name, or replace it. For platform admins.

        Without `allow` everything may be used.
        """
        record = TierInput(id=id, name=name, allow=allow, limits=limits)
        done = await orders(info).kinds.define_tier(
            caller(info), record.said(), manner(info, dry_run, if_revision)
        )
        return Committed.of(done)

    @order
    async def remove_tier(
        self,
        info: Info,
        id: strawberry.ID,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed | None:
        """Sell nothing under a name any more that nobody has; null when there is none."""
        said = events.TierRemoved(tier=id)
        done = await orders(info).kinds.remove_tier(
            caller(info), said, manner(info, dry_run, if_revision)
        )
        return None if done is None else Committed.of(done)
