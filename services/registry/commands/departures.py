"""What goes with a tenant that leaves: its keys, its endpoints' secrets, and its endpoints."""

from __future__ import annotations

from typing import NamedTuple

from routeyard.domain import events
from routeyard.domain.tenancy import Principal
from routeyard.runtime.clock import Clock
from services.registry.commands.standing import Standing
from services.registry.endpoint_secrets import EndpointSecrets
from services.registry.keys import Keys
from services.registry.keystore import Act
from services.registry.serving import Serving, ServingStore, departure


class Departures(NamedTuple):
    """Sees tenants off. Keys and secrets go first: after a crash the order is given again."""

    standing: Standing
    keys: Keys
    secrets: EndpointSecrets
    store: ServingStore
    clock: Clock

    async def said(self, left: events.TenantOffboarded) -> list[events.Payload]:
        """All that has to be said, so that nothing comes back with a tenant of the same name."""
        down: list[events.Payload] = []
        for endpoint in await self.standing.endpoints_of(left.tenant):
            serving = await self.store.find(endpoint) or Serving(endpoint, left.tenant)
            down += departure(serving, left.reason, left.actor)
        return [*down, left]

    async def shred(self, caller: Principal, left: events.TenantOffboarded) -> None:
        """Destroy the tenant's keys, then its secrets; nothing brings them back."""
        act = Act(caller.scope.key or "", left.reason, self.clock())
        await self.keys.shred(left.tenant, act)
        await self.secrets.drop_of_tenant(left.tenant)

    async def forget(self, tenant: str) -> None:
        """Forget what its endpoints served."""
        await self.store.drop_of_tenant(tenant)
