"""Whose networks an endpoint may be in: the platform's, or those permitted to its tenant."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from routeyard.domain.catalog import Endpoint
from routeyard.domain.tenancy import Tenant
from routeyard.guard.permission import Permission, read_networks
from routeyard.guard.vet import Guard, Resolve

Tenants = Callable[[], Mapping[str, Tenant]]


class Permits:
    """Guards for endpoints. `platform` is what its own endpoints may be besides public."""

    def __init__(self, platform: Permission, tenants: Tenants, resolve: Resolve) -> None:
        self._platform = platform
        self._tenants = tenants
        self._resolve = resolve

    def guard_for(self, endpoint: Endpoint) -> Guard:
        """The guard of whoever the endpoint belongs to.

        Raises:
            InvalidRequest: the tenant's networks are none that can be permitted.
        """
        return Guard(self._permission_of(endpoint.owner), self._resolve)

    def _permission_of(self, owner: str | None) -> Permission:
        if owner is None:
            return self._platform
        networks = networks_permitted_to(self._tenants().get(owner))
        return Permission(read_networks(networks), self._platform.is_plain_allowed)


def networks_permitted_to(tenant: Tenant | None) -> tuple[str, ...]:
    """The private networks in which a tenant's own endpoints may be; none for a stranger."""
    return tuple(getattr(tenant, "allowed_networks", ()))
