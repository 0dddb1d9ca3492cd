"""Orders about tenants."""

import strawberry

from routeyard.domain import events
from services.registry.graphql.changes import Committed
from services.registry.graphql.context import Info
from services.registry.graphql.described import Long, described, mutation
from services.registry.graphql.mutations.asking import caller, manner, orders


@described
class OrdersOfTenants:
    """Who the customers are."""

    @mutation
    async def register_tenant(
        self,
        info: Info,
        id: strawberry.ID,
        name: str,
        tenant_class: str = "STANDARD",
        residency: list[str] | None = None,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed:
        """Let a tenant join, or replace its record. For platform admins."""
        said = events.TenantRegistered(
            tenant=id, name=name, tenant_class=tenant_class, residency=tuple(residency or ())
        )
        done = await orders(info).tenants.register_tenant(
            caller(info), said, manner(info, dry_run, if_revision)
        )
        return Committed.of(done)
