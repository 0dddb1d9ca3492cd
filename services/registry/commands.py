"""What people may order the registry to do. What they change goes in by the same door as facts."""

import uuid
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime
from typing import NamedTuple

from msgspec import structs

from routeyard.domain import events
from routeyard.domain.claims import OPERATOR, OPERATOR_RANK, EntityRef, Kind
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.events import Event, Payload
from routeyard.domain.tenancy import Principal, Role
from routeyard.runtime.clock import Clock
from services.registry.admission import (
    require_future,
    require_name,
    require_platform_admin,
    require_tenant_admin,
    require_text,
)
from services.registry.keys import Issued, Keys, WantedKey
from services.registry.ledger import Batch, Ledger
from services.registry.letters import Letter, Letters

ADMINS_ONLY = (
    events.SourceRegistered,
    events.TenantRegistered,
    events.FactCorrected,
    events.CorrectionRetracted,
)
TYPES = frozenset(name for name, payload in events.PAYLOADS.items() if payload not in ADMINS_ONLY)
TENANT_ROLES = frozenset({Role.TENANT_ADMIN, Role.TENANT_USER})

IsThere = Callable[[EntityRef], Awaitable[bool]]


class Commands(NamedTuple):
    """Orders, each checked against who gives it. `is_there` tells whether an entity exists.

    Every method raises NotAllowed when the caller may not, InvalidRequest when a field is wrong,
    and Unavailable when a component is away.
    """

    ledger: Ledger
    keys: Keys
    letters: Letters
    is_there: IsThere
    clock: Clock

    async def register_source(self, caller: Principal, said: events.SourceRegistered) -> int:
        """Trust a source, or change how; the revision that holds it."""
        require_platform_admin(caller)
        require_name("name", said.name)
        if said.name == OPERATOR or not 0 <= said.rank < OPERATOR_RANK:
            raise InvalidRequest(f"The rank must be 0 to {OPERATOR_RANK - 1}, the name not taken.")
        if unknown := sorted(set(said.types) - TYPES):
            raise InvalidRequest(f"A source cannot publish {', '.join(unknown)}.", field="types")
        return await self._record(caller, said, f"register the source {said.name}")

    async def register_tenant(self, caller: Principal, said: events.TenantRegistered) -> int:
        """Let a tenant join, or change its record; the revision that holds it."""
        require_platform_admin(caller)
        require_name("id", said.tenant)
        require_name("tenantClass", said.tenant_class)
        for jurisdiction in said.residency:
            require_name("residency", jurisdiction)
        require_text("name", said.name)
        return await self._record(caller, said, f"register the tenant {said.tenant}")

    async def set_override(self, caller: Principal, said: events.TenantOverridden) -> int:
        """Give a tenant a rule; the revision that holds it."""
        require_tenant_admin(caller, said.tenant)
        require_name("name", said.name)
        require_text("target", said.target)
        require_text("reason", said.reason)
        require_future("expiresAt", said.expires_at, self.clock())
        await self._require_tenant(said.tenant)
        said = structs.replace(said, expires_at=in_utc(said.expires_at))
        return await self._record(caller, said, said.reason)

    async def remove_override(
        self, caller: Principal, said: events.TenantOverrideRemoved
    ) -> int | None:
        """Take a rule back; the revision without it, None when there is no such rule."""
        require_tenant_admin(caller, said.tenant)
        require_name("name", said.name)
        require_text("reason", said.reason)
        override = EntityRef(Kind.OVERRIDE, f"{said.tenant}/{said.name}")
        if not await self.is_there(override):
            return None
        revision = await self._record(caller, said, said.reason)
        if await self.is_there(override):
            raise InvalidRequest(
                f"Another source states the override {override.id!r}; it has to take it back."
            )
        return revision

    async def issue_key(self, caller: Principal, wanted: WantedKey) -> Issued:
        """Make a key; it is shown this once."""
        require_platform_admin(caller)
        require_future("expiresAt", wanted.expires_at, self.clock())
        require_text("label", wanted.label)
        if (wanted.role in TENANT_ROLES) != (wanted.tenant is not None):
            raise InvalidRequest("Name a tenant for a tenant's role, and for no other.")
        if wanted.tenant is not None:
            await self._require_tenant(wanted.tenant)
        return await self.keys.issue(wanted._replace(expires_at=in_utc(wanted.expires_at)))

    async def revoke_key(self, caller: Principal, key_id: str) -> bool:
        """Make a key unusable everywhere within a second; False when there is no such key."""
        require_platform_admin(caller)
        require_name("keyId", key_id)
        return await self.keys.store.revoke(key_id)

    async def replay(self, caller: Principal, letter: int) -> Letter | None:
        """Publish a letter's original again; None when there is no such letter."""
        require_platform_admin(caller)
        return await self.letters.replay(letter)

    async def _require_tenant(self, tenant: str) -> None:
        if not await self.is_there(EntityRef(Kind.TENANT, tenant)):
            raise InvalidRequest(f"There is no tenant {tenant!r}; register it first.")

    async def _record(self, caller: Principal, said: Payload, reason: str) -> int:
        if found := events.faults(said):
            raise InvalidRequest(f"The request makes no sense: {'; '.join(found)}.")
        actor = caller.scope.key or ""
        event = Event(
            id=uuid.uuid4().hex,
            source=OPERATOR,
            observed_at=self.clock(),
            data=said,
            actor=actor,
        )
        receipt = await self.ledger.record(Batch([event], actor=actor, reason=reason))
        return receipt.head.revision


def in_utc(time: datetime | None) -> datetime | None:
    """The same time, written one way, so that equal facts have equal bytes."""
    return None if time is None else time.astimezone(UTC)
