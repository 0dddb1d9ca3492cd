"""Orders about what applies to whom."""

from typing import NamedTuple

from msgspec import structs

from routeyard.domain import events
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.tenancy import Principal
from services.registry.admission import (
    require_future,
    require_name,
    require_tenant_admin,
    require_text,
)
from services.registry.commands.recording import CARRY_OUT, Effect, Manner, Recorder, in_utc
from services.registry.commands.standing import IsThere, require_tenant


class OverrideOrders(NamedTuple):
    """Giving rules and taking them back."""

    recorder: Recorder
    is_there: IsThere

    async def set_override(
        self, caller: Principal, said: events.TenantOverridden, manner: Manner = CARRY_OUT
    ) -> Effect:
        """Give a tenant a rule."""
        require_tenant_admin(caller, said.tenant)
        require_name("name", said.name)
        require_text("target", said.target)
        require_text("reason", said.reason)
        require_future("expiresAt", said.expires_at, self.recorder.clock())
        await require_tenant(self.is_there, said.tenant)
        said = structs.replace(said, expires_at=in_utc(said.expires_at))
        override = EntityRef(Kind.OVERRIDE, f"{said.tenant}/{said.name}")
        return await self.recorder.record(caller, [said], said.reason, manner, changes=[override])

    async def remove_override(
        self, caller: Principal, said: events.TenantOverrideRemoved, manner: Manner = CARRY_OUT
    ) -> Effect | None:
        """Take a rule back; None when there is no such rule."""
        require_tenant_admin(caller, said.tenant)
        require_name("name", said.name)
        require_text("reason", said.reason)
        override = EntityRef(Kind.OVERRIDE, f"{said.tenant}/{said.name}")
        if not await self.is_there(override) and not await self.recorder.is_repeated(manner):
            return None
        effect = await self.recorder.record(caller, [said], said.reason, manner, changes=[override])
        if not any(each.ref == override and each.after is None for each in effect.changed):
            raise InvalidRequest(
                f"Another source states the override {override.id!r}; it has to take it back."
            )
        return effect
