"""Orders about kinds of tenants, and about what the platform sells."""

from typing import NamedTuple

from routeyard.domain import events
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.tenancy import STANDARD, Principal
from services.registry.admission import require_name, require_platform_admin, require_text
from services.registry.commands.recording import CARRY_OUT, Effect, Manner, Recorder
from services.registry.commands.standing import Standing, require_unused
from services.registry.commands.tenants import require_places, require_tier

MOST_TARGETS = 500


class KindOrders(NamedTuple):
    """Defining tenant classes and tiers, and taking them away."""

    recorder: Recorder
    standing: Standing

    async def define_class(
        self, caller: Principal, said: events.TenantClassDefined, manner: Manner = CARRY_OUT
    ) -> Effect:
        """Define a kind of tenants, or change its record."""
        said = await self.checked_class(caller, said)
        reason = f"define the tenant class {said.tenant_class}"
        return await self.recorder.record(caller, [said], reason, manner)

    async def checked_class(
        self, caller: Principal, said: events.TenantClassDefined
    ) -> events.TenantClassDefined:
        """A class's record, if the caller may give it and it makes sense."""
        require_platform_admin(caller)
        require_name("id", said.tenant_class)
        require_text("name", said.name)
        require_places(said.residency)
        await require_tier(self.standing, said.tier)
        return said

    async def remove_class(
        self, caller: Principal, said: events.TenantClassRemoved, manner: Manner = CARRY_OUT
    ) -> Effect | None:
        """Take a kind of tenants away; None when there is none."""
        if await self.checked_class_removal(caller, said) is None:
            return None
        reason = f"remove the tenant class {said.tenant_class}"
        return await self.recorder.record(caller, [said], reason, manner)

    async def checked_class_removal(
        self, caller: Principal, said: events.TenantClassRemoved
    ) -> events.TenantClassRemoved | None:
        """A removal of a class that nobody is of; None when there is no such class."""
        require_platform_admin(caller)
        if not await self.standing.is_there(EntityRef(Kind.TENANT_CLASS, said.tenant_class)):
            return None
        if said.tenant_class == STANDARD:
            raise InvalidRequest(f"The class {STANDARD} stays: tenants are of it by default.")
        await require_unused(self.standing, "tenant_class", said.tenant_class)
        return said

    async def define_tier(
        self, caller: Principal, said: events.TierDefined, manner: Manner = CARRY_OUT
    ) -> Effect:
        """Define what is sold under a name, or change it."""
        said = await self.checked_tier(caller, said)
        return await self.recorder.record(caller, [said], f"define the tier {said.tier}", manner)

    async def checked_tier(self, caller: Principal, said: events.TierDefined) -> events.TierDefined:
        """A tier, if the caller may define it and it makes sense."""
        require_platform_admin(caller)
        require_name("id", said.tier)
        require_text("name", said.name)
        if len(said.allow) > MOST_TARGETS:
            raise InvalidRequest(f"A tier allows at most {MOST_TARGETS} targets.", field="allow")
        for target in said.allow:
            require_text("allow.id", target.id)
        return said

    async def remove_tier(
        self, caller: Principal, said: events.TierRemoved, manner: Manner = CARRY_OUT
    ) -> Effect | None:
        """Sell nothing under that name any more; None when nothing was."""
        if await self.checked_tier_removal(caller, said) is None:
            return None
        return await self.recorder.record(caller, [said], f"remove the tier {said.tier}", manner)

    async def checked_tier_removal(
        self, caller: Principal, said: events.TierRemoved
    ) -> events.TierRemoved | None:
        """A removal of a tier that nobody has; None when there is no such tier."""
        require_platform_admin(caller)
        if not await self.standing.is_there(EntityRef(Kind.TIER, said.tier)):
            return None
        await require_unused(self.standing, "tier", said.tier)
        return said
