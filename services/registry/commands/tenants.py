"""Orders about who the platform's customers are."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec import structs

from routeyard.domain import events
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.tenancy import STANDARD, Principal, Tenant
from routeyard.guard.permission import read_networks
from services.registry.admission import (
    require_name,
    require_platform_admin,
    require_tenant_admin,
    require_text,
)
from services.registry.commands.leaving import Leaving
from services.registry.commands.recording import CARRY_OUT, Effect, Manner, Recorder
from services.registry.commands.standing import Standing, require_tenant
from services.registry.ledger import TooMany

MOST_NETWORKS = 16
MOST_PLACES = 32


class TenantOrders(NamedTuple):
    """Letting tenants join and leave, and their projects come and go."""

    recorder: Recorder
    standing: Standing
    leaving: Leaving

    async def create(
        self, caller: Principal, said: events.TenantRegistered, manner: Manner = CARRY_OUT
    ) -> Effect:
        """Let a tenant join."""
        said = await self.checked(caller, said)
        if await self.standing.is_there(EntityRef(Kind.TENANT, said.tenant)):
            raise InvalidRequest(
                f"There is a tenant {said.tenant!r} already; change it with updateTenant.",
                field="id",
            )
        return await self.recorder.record(
            caller, [said], f"create the tenant {said.tenant}", manner
        )

    async def checked(
        self, caller: Principal, said: events.TenantRegistered
    ) -> events.TenantRegistered:
        """A tenant's record, if the caller may give it and it makes sense."""
        require_platform_admin(caller)
        require_name("id", said.tenant)
        await self._check(said)
        return said

    async def update(
        self,
        caller: Principal,
        tenant: str,
        given: Mapping[str, Any],
        manner: Manner = CARRY_OUT,
    ) -> Effect:
        """Change what is given of a tenant's record; the rest stays."""
        require_platform_admin(caller)
        for field in ("name", "tenant_class"):
            if given.get(field, "") is None:
                raise InvalidRequest(
                    f"A tenant has a {field}; leave it out to keep it.", field=field
                )

        async def say() -> events.TenantRegistered:
            held = await self.standing.find(EntityRef(Kind.TENANT, tenant))
            if not isinstance(held, Tenant):
                raise InvalidRequest(f"There is no tenant {tenant!r}.", field="id")
            said = registered(structs.replace(held, **given))
            await self._check(said)
            return said

        return await self.recorder.revise(caller, say, f"change the tenant {tenant}", manner)

    async def offboard(
        self, caller: Principal, said: events.TenantOffboarded, manner: Manner = CARRY_OUT
    ) -> Effect:
        """Let a tenant leave, with its projects, rules and endpoints, its keys and secrets."""
        require_platform_admin(caller)
        require_text("reason", said.reason)
        await require_tenant(self.standing.is_there, said.tenant)
        rehearsal = await self._rehearsed(caller, said, said.reason, manner)
        if manner.is_dry_run:
            return rehearsal
        await self.leaving.tenant(caller, said.tenant, said.reason)
        effect = await self._left(caller, said, manner)
        await self.leaving.tenant(caller, said.tenant, said.reason)
        await self.leaving.forget(said.tenant)
        return effect

    async def _left(
        self, caller: Principal, said: events.TenantOffboarded, manner: Manner
    ) -> Effect:
        """In one commit where that is not too large; the tenant itself leaves last."""
        tenant = [EntityRef(Kind.TENANT, said.tenant)]
        *down, left = await self.leaving.said(said, self.standing)
        try:
            # The tenant first: its event tells a repeated request what came of it.
            return await self.recorder.record(
                caller, [left, *down], said.reason, manner, changes=tenant
            )
        except TooMany:
            for each in down:
                await self.recorder.record(caller, [each], said.reason)
            return await self.recorder.record(caller, [left], said.reason, manner)

    async def create_project(
        self, caller: Principal, said: events.ProjectRegistered, manner: Manner = CARRY_OUT
    ) -> Effect:
        """Give a tenant a project, or change its record."""
        said = await self.checked_project(caller, said)
        reason = f"register the project {said.tenant}/{said.project}"
        return await self.recorder.record(caller, [said], reason, manner)

    async def checked_project(
        self, caller: Principal, said: events.ProjectRegistered
    ) -> events.ProjectRegistered:
        """A project's record, if the caller may give it and it makes sense."""
        require_tenant_admin(caller, said.tenant)
        require_name("project", said.project)
        require_text("name", said.name)
        require_places(said.residency)
        await require_tenant(self.standing.is_there, said.tenant)
        return said

    async def remove_project(
        self, caller: Principal, said: events.ProjectRemoved, manner: Manner = CARRY_OUT
    ) -> Effect | None:
        """Take a project away, with its keys; None when there is none."""
        if await self.checked_project_removal(caller, said) is None:
            return None
        reason = f"remove the project {said.tenant}/{said.project}"
        rehearsal = await self._rehearsed(caller, said, reason, manner)
        if manner.is_dry_run:
            return rehearsal
        await self.leaving.project(caller, said.tenant, said.project, reason)
        effect = await self.recorder.record(caller, [said], reason, manner)
        await self.leaving.project(caller, said.tenant, said.project, reason)
        return effect

    async def checked_project_removal(
        self, caller: Principal, said: events.ProjectRemoved
    ) -> events.ProjectRemoved | None:
        """A removal, if the caller may order it; None when there is no such project."""
        require_tenant_admin(caller, said.tenant)
        project = EntityRef(Kind.PROJECT, f"{said.tenant}/{said.project}")
        return said if await self.standing.is_there(project) else None

    async def _rehearsed(
        self,
        caller: Principal,
        said: events.TenantOffboarded | events.ProjectRemoved,
        reason: str,
        manner: Manner,
    ) -> Effect:
        """What it would change; an order that is refused, as a conflict, must shred nothing."""
        return await self.recorder.record(caller, [said], reason, manner._replace(is_dry_run=True))

    async def _check(self, said: events.TenantRegistered) -> None:
        require_text("name", said.name)
        require_name("tenantClass", said.tenant_class)
        require_places(said.residency)
        if len(said.allowed_networks) > MOST_NETWORKS:
            raise InvalidRequest(
                f"A tenant has at most {MOST_NETWORKS} networks.", field="allowedNetworks"
            )
        read_networks(said.allowed_networks)
        of_class = EntityRef(Kind.TENANT_CLASS, said.tenant_class)
        if said.tenant_class != STANDARD and not await self.standing.is_there(of_class):
            raise InvalidRequest(
                f"There is no tenant class {said.tenant_class!r}; define it first.",
                field="tenantClass",
            )
        await require_tier(self.standing, said.tier)


def registered(tenant: Tenant) -> events.TenantRegistered:
    """A tenant's record as it is said."""
    fields = structs.asdict(tenant)
    return events.TenantRegistered(tenant=fields.pop("id"), **fields)


async def require_tier(standing: Standing, tier: str | None) -> None:
    """Refuse a tier that is not defined."""
    if tier is not None and not await standing.is_there(EntityRef(Kind.TIER, tier)):
        raise InvalidRequest(f"There is no tier {tier!r}; define it first.", field="tier")


def require_places(residency: tuple[str, ...]) -> None:
    """Refuse what cannot be jurisdictions."""
    if len(residency) > MOST_PLACES:
        raise InvalidRequest(f"Name at most {MOST_PLACES} jurisdictions.", field="residency")
    for jurisdiction in residency:
        require_name("residency", jurisdiction)
