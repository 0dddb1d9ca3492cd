"""What goes with a tenant or a project that leaves: keys, endpoints, and their secrets."""

from typing import NamedTuple

from routeyard.domain.events import Payload, TenantOffboarded
from routeyard.domain.tenancy import Principal
from services.registry.commands.standing import Standing
from services.registry.endpoint_secrets import EndpointSecrets
from services.registry.keys import Keys
from services.registry.keystore import Act
from services.registry.serving import Serving, ServingStore, departure


class Leaving(NamedTuple):
    """Shreds what would let somebody in, or would let somebody out.

    It is done before the graph forgets them, so that an order that fails half-way leaves nobody
    with a key, and again after, for keys that were issued meanwhile. Twice is as good as once.
    """

    keys: Keys
    secrets: EndpointSecrets
    store: ServingStore

    async def said(self, left: TenantOffboarded, standing: Standing) -> list[Payload]:
        """All that has to be said, so that nothing comes back with a tenant of the same name."""
        down: list[Payload] = []
        for endpoint in await standing.endpoints_of(left.tenant):
            serving = await self.store.find(endpoint) or Serving(endpoint, left.tenant)
            down += departure(serving, left.reason, left.actor)
        return [*down, left]

    async def forget(self, tenant: str) -> None:
        """Forget what a tenant's endpoints served."""
        await self.store.drop_of_tenant(tenant)

    async def tenant(self, caller: Principal, tenant: str, reason: str) -> None:
        """Shred a tenant's keys and secrets."""
        await self.keys.shred(tenant, self._act(caller, reason))
        await self.secrets.drop_of_tenant(tenant)

    async def project(self, caller: Principal, tenant: str, project: str, reason: str) -> None:
        """Shred the keys of a project."""
        await self.keys.shred(tenant, self._act(caller, reason), project)

    def _act(self, caller: Principal, reason: str) -> Act:
        return Act(caller.scope.key or "", reason, self.keys.clock())
