"""Orders about who the platform's customers are."""

from typing import NamedTuple

from routeyard.domain import events
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.tenancy import Principal
from services.registry.admission import require_name, require_platform_admin, require_text
from services.registry.commands.recording import CARRY_OUT, Effect, Manner, Recorder


class TenantOrders(NamedTuple):
    """Letting tenants join."""

    recorder: Recorder

    async def register_tenant(
        self, caller: Principal, said: events.TenantRegistered, manner: Manner = CARRY_OUT
    ) -> Effect:
        """Let a tenant join, or change its record."""
        require_platform_admin(caller)
        require_name("id", said.tenant)
        require_name("tenantClass", said.tenant_class)
        for jurisdiction in said.residency:
            require_name("residency", jurisdiction)
        require_text("name", said.name)
        tenant = EntityRef(Kind.TENANT, said.tenant)
        reason = f"register the tenant {said.tenant}"
        return await self.recorder.record(caller, [said], reason, manner, changes=[tenant])
