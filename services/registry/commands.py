"""What people may order the registry to do. What they change goes in by the same door as facts."""

import uuid
from collections.abc import Awaitable, Callable, Sequence
from collections.abc import Set as AbstractSet
from datetime import UTC, datetime
from typing import NamedTuple

from msgspec import structs

from routeyard.domain import events
from routeyard.domain.authority import OPERATORS_ONLY, authorize, public_keys
from routeyard.domain.claims import OPERATOR, OPERATOR_RANK, EntityRef, Kind
from routeyard.domain.correction import checked
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.events import Event, Payload
from routeyard.domain.subjects import pattern_fault
from routeyard.domain.tenancy import Principal, Role
from routeyard.domain.validation import Finding
from routeyard.runtime.clock import Clock
from services.registry.admission import (
    require_canonical,
    require_future,
    require_name,
    require_operator,
    require_platform_admin,
    require_tenant_admin,
    require_text,
)
from services.registry.keys import Issued, Keys, WantedKey
from services.registry.ledger import Batch, Changed, Ledger, Receipt
from services.registry.letters import Letter, Letters

TYPES = frozenset(
    name for name, payload in events.PAYLOADS.items() if payload not in OPERATORS_ONLY
)
TENANT_ROLES = frozenset({Role.TENANT_ADMIN, Role.TENANT_USER})

IsThere = Callable[[EntityRef], Awaitable[bool]]


class Effect(NamedTuple):
    """What an order changed, or would change when it is rehearsed: then `findings` refuse it."""

    revision: int
    changed: Sequence[Changed]
    findings: Sequence[Finding]


class Manner(NamedTuple):
    """How an order is carried out. `is_dry_run`: find out what it would change, and leave it."""

    is_dry_run: bool = False


CARRY_OUT = Manner()


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

    async def register_source(
        self,
        caller: Principal,
        said: events.SourceRegistered,
        manner: Manner = CARRY_OUT,
        *,
        keeps: AbstractSet[str] = frozenset(),
    ) -> Effect:
        """Trust a source, or change how; the fields in `keeps` stay as they are registered."""
        require_platform_admin(caller)
        require_name("name", said.name)
        if said.name == OPERATOR or not 0 <= said.rank < OPERATOR_RANK:
            raise InvalidRequest(f"The rank must be 0 to {OPERATOR_RANK - 1}, the name not taken.")
        if unknown := sorted(set(said.types) - TYPES):
            raise InvalidRequest(f"A source cannot publish {', '.join(unknown)}.", field="types")
        if found := [fault for each in said.entities if (fault := pattern_fault(each))]:
            raise InvalidRequest(found[0], field="entities")
        if said.public_key is not None:
            public_keys(said.public_key)
        known = (await self.ledger.sources()).get(said.name)
        if known is not None:
            said = structs.replace(said, **{name: getattr(known, name) for name in keeps})
        return await self._record(caller, said, f"register the source {said.name}", manner)

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
        return await self._record(caller, said, f"register the tenant {said.tenant}", manner)

    async def correct(
        self, caller: Principal, said: events.FactCorrected, manner: Manner = CARRY_OUT
    ) -> Effect:
        """Let the operator's word count on fields of an entity, in place of an earlier one."""
        require_platform_admin(caller)
        require_text("reason", said.reason)
        kind = Kind(said.kind)
        said = structs.replace(said, fields=checked(kind, said.fields))
        if not await self.is_there(EntityRef(kind, said.entity)):
            raise InvalidRequest(f"There is no {kind} {said.entity!r} to correct.", field="id")
        return await self._record(caller, said, said.reason, manner)

    async def retract(
        self, caller: Principal, said: events.CorrectionRetracted, manner: Manner = CARRY_OUT
    ) -> Effect:
        """Let the sources' word count on an entity again."""
        require_platform_admin(caller)
        require_text("reason", said.reason)
        return await self._record(caller, said, said.reason, manner)

    async def assign_name(
        self, caller: Principal, said: events.NameAssigned, manner: Manner = CARRY_OUT
    ) -> Effect:
        """Say what an offering's own name stands for, for what was said under it before, too."""
        require_platform_admin(caller)
        require_text("reason", said.reason)
        require_canonical(said.model, said.release)
        if not await self.is_there(EntityRef(Kind.OFFERING, said.offering)):
            raise InvalidRequest(f"There is no offering {said.offering!r}.", field="offering")
        return await self._record(caller, said, said.reason, manner)

    async def rehearse(self, caller: Principal, told: Sequence[Event]) -> Effect:
        """What events would change if they came from Kafka now; nothing is kept."""
        require_operator(caller)
        sources = await self.ledger.sources()
        for event in told:
            if found := events.faults(event.data):
                raise InvalidRequest(f"The event makes no sense: {'; '.join(found)}.")
            if event.source != OPERATOR:
                authorize(event, sources)
        return _effect(await self.ledger.record(Batch(told, is_dry_run=True)))

    async def set_override(
        self, caller: Principal, said: events.TenantOverridden, manner: Manner = CARRY_OUT
    ) -> Effect:
        """Give a tenant a rule."""
        require_tenant_admin(caller, said.tenant)
        require_name("name", said.name)
        require_text("target", said.target)
        require_text("reason", said.reason)
        require_future("expiresAt", said.expires_at, self.clock())
        await self._require_tenant(said.tenant)
        said = structs.replace(said, expires_at=in_utc(said.expires_at))
        return await self._record(caller, said, said.reason, manner)

    async def remove_override(
        self, caller: Principal, said: events.TenantOverrideRemoved, manner: Manner = CARRY_OUT
    ) -> Effect | None:
        """Take a rule back; None when there is no such rule."""
        require_tenant_admin(caller, said.tenant)
        require_name("name", said.name)
        require_text("reason", said.reason)
        override = EntityRef(Kind.OVERRIDE, f"{said.tenant}/{said.name}")
        if not await self.is_there(override):
            return None
        effect = await self._record(caller, said, said.reason, manner)
        if not any(each.ref == override and each.after is None for each in effect.changed):
            raise InvalidRequest(
                f"Another source states the override {override.id!r}; it has to take it back."
            )
        return effect

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

    async def _record(
        self, caller: Principal, said: Payload, reason: str, manner: Manner
    ) -> Effect:
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
        batch = Batch([event], actor=actor, reason=reason, is_dry_run=manner.is_dry_run)
        return _effect(await self.ledger.record(batch))


def _effect(receipt: Receipt) -> Effect:
    return Effect(receipt.head.revision, receipt.changed, receipt.findings)


def in_utc(time: datetime | None) -> datetime | None:
    """The same time, written one way, so that equal facts have equal bytes."""
    return None if time is None else time.astimezone(UTC)
