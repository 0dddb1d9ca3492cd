"""What can be asked about tenants and what applies to them."""

from functools import partial

import strawberry

from routeyard.domain import tenancy
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.scopes import effective
from routeyard.domain.tenancy import Scope
from services.registry.admission import require_operator
from services.registry.graphql.context import Info, Named
from services.registry.graphql.customers import Override, Project, Tenant, TenantClass, Tier
from services.registry.graphql.described import described, field
from services.registry.graphql.effective import EffectiveScope
from services.registry.graphql.lists import page
from services.registry.graphql.pagination import DEFAULT_FIRST, Connection
from services.registry.reads import OPERATORS, Wanted


@described
class AboutTenancy:
    """Questions about tenants, their scopes and rules."""

    @field
    async def tenants(
        self, info: Info, first: int = DEFAULT_FIRST, after: str | None = None
    ) -> Connection[Tenant]:
        """Tenants by id; a tenant's key sees its own alone."""
        return await page(self, info, Kind.TENANT, Wanted(), first, after, Tenant.of)

    @field
    async def tenant(self, info: Info, id: strawberry.ID) -> Tenant | None:
        """One tenant; null when there is none, or none the caller may see."""
        at = (await info.context.reading.head()).revision
        info.context.spend(1)
        found = await info.context.named.load(Named(EntityRef(Kind.TENANT, id), at))
        return Tenant.of(found) if isinstance(found, tenancy.Tenant) else None

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
        first: int = DEFAULT_FIRST,
        after: str | None = None,
    ) -> Connection[Override]:
        """Rules by id, of one tenant or of all the caller sees.

        A tenant sees what is said for it, its projects and keys; what is said for everyone or for
        its class is in `effectiveScope`.
        """
        shown = partial(Override.of, is_operator=_is_operator(info))
        wanted = Wanted(tenant=tenant)
        return await page(self, info, Kind.OVERRIDE, wanted, first, after, shown)

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
        rules = effective(around, scope, info.context.services.clock())
        return EffectiveScope.of(scope, rules, is_operator=_is_operator(info))


def _is_operator(info: Info) -> bool:
    return info.context.principal.role in OPERATORS
