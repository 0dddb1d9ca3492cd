"""Whose endpoint an order is about, and whether the caller may decide on it."""

from __future__ import annotations

from routeyard.domain.catalog import Endpoint
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import NotAllowed
from routeyard.domain.tenancy import Principal, Role, Tenant
from services.registry.commands.standing import Standing, require_tenant


def owner_of(caller: Principal, tenant: str | None) -> str | None:
    """Who is to own what a caller sets up; None is the platform.

    A tenant's admin sets up for the own tenant alone, whatever else is named.

    Raises:
        NotAllowed: the caller is no admin, or names another tenant.
    """
    if caller.role is Role.PLATFORM_ADMIN:
        return tenant
    own = admins_tenant(caller)
    if tenant not in (None, own):
        raise NotAllowed("Only an admin's key of this tenant may do this.")
    return own


def admins_tenant(caller: Principal) -> str:
    """The tenant that a caller is an admin of, as a whole.

    Raises:
        NotAllowed: of none.
    """
    scope = caller.scope
    if caller.role is Role.TENANT_ADMIN and scope.tenant and scope.project is None:
        return scope.tenant
    raise NotAllowed("Only an admin's key of the platform or of a whole tenant may do this.")


async def own_endpoint(caller: Principal, endpoint: str, standing: Standing) -> Endpoint | None:
    """An endpoint that the caller may decide on; None when there is none, whatever the reason.

    Raises:
        NotAllowed: the caller may decide on no endpoint at all.
    """
    is_platforms = caller.role is Role.PLATFORM_ADMIN
    own = None if is_platforms else admins_tenant(caller)
    if "\x00" in endpoint:
        return None
    found = await standing.find(EntityRef(Kind.ENDPOINT, endpoint))
    if not isinstance(found, Endpoint) or (not is_platforms and found.owner != own):
        return None
    return found


async def record_of(owner: str | None, standing: Standing) -> Tenant | None:
    """The owner's record; None of the platform.

    Raises:
        InvalidRequest: there is no such tenant.
    """
    if owner is None:
        return None
    await require_tenant(standing.is_there, owner)
    found = await standing.find(EntityRef(Kind.TENANT, owner))
    return found if isinstance(found, Tenant) else None
