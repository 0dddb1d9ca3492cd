"""What goes with a tenant or a project that leaves: keys, and secrets of endpoints."""

from typing import NamedTuple

from routeyard.domain.tenancy import Principal
from services.registry.endpoint_secrets import EndpointSecrets
from services.registry.keys import Keys
from services.registry.keystore import Act


class Leaving(NamedTuple):
    """Shreds what would let somebody in, or would let somebody out.

    It is done before the graph forgets them, so that an order that fails half-way leaves nobody
    with a key, and again after, for keys that were issued meanwhile. Twice is as good as once.
    """

    keys: Keys
    secrets: EndpointSecrets

    async def tenant(self, caller: Principal, tenant: str, reason: str) -> None:
        """Shred a tenant's keys and secrets."""
        await self.keys.shred(tenant, self._act(caller, reason))
        await self.secrets.drop_of_tenant(tenant)

    async def project(self, caller: Principal, tenant: str, project: str, reason: str) -> None:
        """Shred the keys of a project."""
        await self.keys.shred(tenant, self._act(caller, reason), project)

    def _act(self, caller: Principal, reason: str) -> Act:
        return Act(caller.scope.key or "", reason, self.keys.clock())
