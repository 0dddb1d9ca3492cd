"""What can be asked about tenants and what applies to them."""

from functools import partial

import strawberry

from routeyard.domain import overrides, tenancy
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.graph import Entity
from routeyard.domain.overrides import ScopeLevel
from routeyard.domain.scopes import explained
from routeyard.domain.tenancy import Scope
from services.registry.admission import require_operator
from services.registry.graphql.context import Info, Named
from services.registry.graphql.customers import (
    Override,
    Project,
    Tenant,
    TenantClass,
    Tier,
    is_operator,
)
from services.registry.graphql.described import described, field
from services.registry.graphql.effective import EffectiveScope
from services.registry.graphql.lists import page, page_of
from services.registry.graphql.pagination import DEFAULT_FIRST, Connection, bounded, connection
from services.registry.reads import Page, Wanted


@described
class AboutTenancy:
    """Questions about tenants, their scopes and rules."""

    @field
    async def tenants(
        self,
        info: Info,
        first: int = DEFAULT_FIRST,
        after: str | None = None,
        ids: list[strawberry.ID] | None = None,
    ) -> Connection[Tenant]:
        """Tenants by id, or those of `ids`, 200 at most; a tenant's key sees its own alone."""
        if ids is None:
            found = await page_of(info, Kind.TENANT, Wanted(), first, after)
        else:
            found = await _named(info, ids)
        return connection(
            Kind.TENANT,
            found,
            wrap=lambda tenant: Tenant.of(tenant, found.revision),
            key=lambda tenant: tenant.id,
        )

    @field
    async def tenant(self, info: Info, id: strawberry.ID) -> Tenant | None:
        """One tenant; null when there is none, or none the caller may see."""
        at = (await info.context.reading.head()).revision
        info.context.spend(1)
        found = await info.context.named.load(Named(EntityRef(Kind.TENANT, id), at))
        return Tenant.of(found, at) if isinstance(found, tenancy.Tenant) else None

    @field
    async def projects(
        self,
        info: Info,
        tenant: strawberry.ID,
        first: int = DEFAULT_FIRST,
        after: str | None = None,
    ) -> Connection[Project]:
        """A tenant's projects; none when the tenant is not the caller's."""
        wanted = Wanted(tenant=tenant)
        return await page(self, info, Kind.PROJECT, wanted, first, after, Project.of)

    @field
    async def tenant_classes(
        self, info: Info, first: int = DEFAULT_FIRST, after: str | None = None
    ) -> Connection[TenantClass]:
        """Kinds of tenants. For the platform's own keys."""
        require_operator(info.context.principal)
        wanted = Wanted()
        return await page(self, info, Kind.TENANT_CLASS, wanted, first, after, TenantClass.of)

    @field
    async def tiers(
        self, info: Info, first: int = DEFAULT_FIRST, after: str | None = None
    ) -> Connection[Tier]:
        """What the platform sells. For the platform's own keys."""
        require_operator(info.context.principal)
        return await page(self, info, Kind.TIER, Wanted(), first, after, Tier.of)

    @field
    async def overrides(
        self,
        info: Info,
        tenant: strawberry.ID | None = None,
        tenant_class: str | None = None,
        level: ScopeLevel | None = None,
        first: int = DEFAULT_FIRST,
        after: str | None = None,
    ) -> Connection[Override]:
        """Rules by id, of one tenant, class or level, or all that the caller sees.

        A tenant sees what is said for it, its projects and keys; what is said for everyone or for
        its class is in `effectiveScope`.
        """
        shown = partial(Override.of, is_operator=is_operator(info))
        wanted = Wanted(tenant=tenant, tenant_class=tenant_class, level=level)
        return await page(self, info, Kind.OVERRIDE, wanted, first, after, shown)

    @field
    async def override(self, info: Info, id: strawberry.ID) -> Override | None:
        """One rule; null when there is none, or none the caller may see."""
        at = (await info.context.reading.head()).revision
        info.context.spend(1)
        found = await info.context.named.load(Named(EntityRef(Kind.OVERRIDE, id), at))
        if not isinstance(found, overrides.Override):
            return None
        return Override.of(found, is_operator=is_operator(info))

    @field
    async def effective_scope(
        self,
        info: Info,
        tenant: strawberry.ID,
        project: str | None = None,
        key: str | None = None,
    ) -> EffectiveScope | None:
        """What applies to a tenant, one of its projects or keys, and where it comes from.

        Null when there is none such, or none the caller may see.
        """
        scope = Scope(tenant=tenant, project=project, key=key)
        around = await info.context.reading.tenancy(scope)
        if around is None:
            return None
        rules = explained(around, scope, info.context.services.clock())
        return EffectiveScope.of(scope, rules, is_operator=is_operator(info))


async def _named(info: Info, ids: list[strawberry.ID]) -> Page[Entity]:
    """Those of the tenants that are there and seen, by id."""
    if ids:
        bounded(info.context, len(ids))
    at = (await info.context.reading.head()).revision
    refs = [Named(EntityRef(Kind.TENANT, each), at) for each in sorted(set(ids))]
    found = await info.context.named.load_many(refs)
    return Page([each for each in found if each is not None], has_more=False, revision=at)
