"""Whose networks an endpoint may be in: the platform's, or those permitted to its tenant."""

from __future__ import annotations

from collections.abc import Mapping

from routeyard.domain.tenancy import Tenant
from routeyard.guard.permission import Permission, read_networks


def permission_for(
    owner: str | None, platform: Permission, tenants: Mapping[str, Tenant]
) -> Permission:
    """What an owner's endpoints may be besides public; the platform's networks are its own.

    Raises:
        InvalidRequest: the tenant's networks are none that can be permitted.
    """
    if owner is None:
        return platform
    networks = networks_permitted_to(tenants.get(owner))
    return Permission(read_networks(networks), platform.is_plain_allowed)


def networks_permitted_to(tenant: Tenant | None) -> tuple[str, ...]:
    """The private networks in which a tenant's own endpoints may be; none for a stranger."""
    return () if tenant is None else tenant.allowed_networks
