"""Orders about tenants and their projects."""

import strawberry
from strawberry import UNSET

from routeyard.domain import events
from routeyard.domain.tenancy import STANDARD
from services.registry.graphql.changes import Committed, order
from services.registry.graphql.context import Info
from services.registry.graphql.described import Long, described, mutation
from services.registry.graphql.mutations.asking import actor, caller, manner, orders
from services.registry.graphql.mutations.inputs import given, listed
from services.registry.graphql.mutations.records import ProjectInput, ProjectName, TenantInput


@described
class OrdersOfTenants:
    """Who the customers are."""

    @order
    async def create_tenant(
        self,
        info: Info,
        id: strawberry.ID,
        name: str,
        tenant_class: str = STANDARD,
        residency: list[str] | None = None,
        tier: str | None = None,
        allowed_networks: list[str] | None = None,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed:
        """Let a tenant join. For platform admins."""
        record = TenantInput(
            id=id,
            name=name,
            tenant_class=tenant_class,
            residency=residency,
            tier=tier,
            allowed_networks=allowed_networks,
        )
        done = await orders(info).tenants.create(
            caller(info), record.said(), manner(info, dry_run, if_revision)
        )
        return Committed.of(done)

    @order
    async def update_tenant(
        self,
        info: Info,
        id: strawberry.ID,
        name: str | None = UNSET,
        tenant_class: str | None = UNSET,
        residency: list[str] | None = UNSET,
        tier: str | None = UNSET,
        allowed_networks: list[str] | None = UNSET,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed:
        """Change what is given of a tenant's record; the rest stays. For platform admins.

        Without a `tier` it goes by its class's again.
        """
        fields = given(
            name=name,
            tenant_class=tenant_class,
            residency=listed(residency),
            tier=tier,
            allowed_networks=listed(allowed_networks),
        )
        done = await orders(info).tenants.update(
            caller(info), id, fields, manner(info, dry_run, if_revision)
        )
        return Committed.of(done)

    # Not told again after a crash, as the removal of a project: more than a commit belongs to it.
    @mutation
    async def offboard_tenant(
        self,
        info: Info,
        id: strawberry.ID,
        reason: str,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed:
        """Let a tenant leave, with its projects, rules, keys, secrets and own endpoints.

        Its keys and secrets are destroyed; nothing brings them back. For platform admins.
        """
        said = events.TenantOffboarded(tenant=id, reason=reason, actor=actor(info))
        done = await orders(info).tenants.offboard(
            caller(info), said, manner(info, dry_run, if_revision)
        )
        return Committed.of(done)

    @order
    async def create_project(
        self,
        info: Info,
        tenant: strawberry.ID,
        project: str,
        name: str,
        residency: list[str] | None = None,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed:
        """Give a tenant a project, or replace its record. For its admins and platform admins."""
        record = ProjectInput(tenant=tenant, project=project, name=name, residency=residency)
        done = await orders(info).tenants.create_project(
            caller(info), record.said(), manner(info, dry_run, if_revision)
        )
        return Committed.of(done)

    @mutation
    async def remove_project(
        self,
        info: Info,
        tenant: strawberry.ID,
        project: str,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed | None:
        """Take a project away; null when there is none. For the same admins."""
        named = ProjectName(tenant=tenant, project=project)
        done = await orders(info).tenants.remove_project(
            caller(info), named.said(), manner(info, dry_run, if_revision)
        )
        return None if done is None else Committed.of(done)
