"""The guard of each endpoint, by whose it is and what the newest graph permits them."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from routeyard.domain.catalog import Endpoint
from routeyard.domain.tenancy import Tenant
from routeyard.guard.owners import permission_for
from routeyard.guard.permission import Permission
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
        permission = permission_for(endpoint.owner, self._platform, self._tenants())
        return Guard(permission, self._resolve)
