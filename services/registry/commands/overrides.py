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
    require_platform_admin,
    require_tenant_admin,
    require_text,
)
from services.registry.commands.recording import CARRY_OUT, Effect, Manner, Recorder, in_utc
from services.registry.commands.standing import Standing, require_tenant

Given = events.TenantOverridden | events.PlatformOverridden
Taken = events.TenantOverrideRemoved | events.PlatformOverrideRemoved


class OverrideOrders(NamedTuple):
    """Giving rules and taking them back."""

    recorder: Recorder
    standing: Standing

    async def set(self, caller: Principal, said: Given, manner: Manner = CARRY_OUT) -> Effect:
        """Give a scope a rule, in place of the one of that name."""
        said = await self.checked(caller, said)
        return await self.recorder.record(caller, [said], said.reason, manner)

    async def checked(self, caller: Principal, said: Given) -> Given:
        """The rule as it is kept, if the caller may give it."""
        require_author(caller, said)
        require_name("name", said.name)
        require_text("reason", said.reason)
        for field, value in (("target", said.target), ("model", said.model)):
            if value is not None:
                require_text(field, value)
        require_future("expiresAt", said.expires_at, self.recorder.clock())
        await self._require_scope(said)
        return structs.replace(said, expires_at=in_utc(said.expires_at))

    async def remove(
        self, caller: Principal, said: Taken, manner: Manner = CARRY_OUT
    ) -> Effect | None:
        """Take a rule back; None when there is no such rule."""
        if await self.checked_removal(caller, said) is None:
            return None
        override = EntityRef(Kind.OVERRIDE, events.overridden(said))
        effect = await self.recorder.record(caller, [said], said.reason, manner)
        if not any(each.ref == override and each.after is None for each in effect.changed):
            raise stated_elsewhere(override.id)
        return effect

    async def checked_removal(self, caller: Principal, said: Taken) -> Taken | None:
        """A removal, if the caller may order it; None when there is no such rule."""
        require_author(caller, said)
        require_name("name", said.name)
        require_text("reason", said.reason)
        override = EntityRef(Kind.OVERRIDE, events.overridden(said))
        return said if await self.standing.is_there(override) else None

    async def _require_scope(self, said: Given) -> None:
        if said.key is not None:
            require_name("key", said.key)
        if said.tenant is not None:
            await require_tenant(self.standing.is_there, said.tenant)
        tenant_class = getattr(said, "tenant_class", None)
        places = (
            ("tenantClass", EntityRef(Kind.TENANT_CLASS, tenant_class or ""), tenant_class),
            ("project", EntityRef(Kind.PROJECT, f"{said.tenant}/{said.project}"), said.project),
        )
        for field, ref, name in places:
            if name is not None and not await self.standing.is_there(ref):
                what = ref.kind.replace("_", " ")
                raise InvalidRequest(f"There is no {what} {name!r}; create it first.", field=field)


def stated_elsewhere(override: str) -> InvalidRequest:
    """That a rule stays though its operator took it back."""
    return InvalidRequest(
        f"Another source states the override {override!r}; it has to take it back."
    )


def require_author(caller: Principal, said: Given | Taken) -> None:
    """Refuse who may not speak for the platform, or for that tenant."""
    if isinstance(said, events.PlatformOverridden | events.PlatformOverrideRemoved):
        require_platform_admin(caller)
    else:
        require_tenant_admin(caller, said.tenant)
