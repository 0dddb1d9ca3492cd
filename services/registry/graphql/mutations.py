"""What can be ordered. Who may is decided by the commands."""

import datetime as dt

import strawberry
from strawberry.scalars import JSON

from routeyard.domain import events
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.identity import UNDATED
from routeyard.domain.tenancy import OverrideKind, Principal, Role, TargetKind
from services.registry.commands import Commands, Manner
from services.registry.graphql.changes import Committed
from services.registry.graphql.context import Info
from services.registry.graphql.described import described, mutation
from services.registry.graphql.operations import Letter, NewKey
from services.registry.graphql.pagination import whole_number
from services.registry.graphql.rehearsal import Corrected, EventInput
from services.registry.keys import WantedKey


@described
class Mutation:
    """Orders. `revision` is the one from which on a change holds."""

    @mutation
    async def register_source(
        self,
        info: Info,
        name: str,
        rank: int,
        types: list[str],
        entities: list[str] | None = None,
        public_keys: list[str] | None = None,
        dry_run: bool = False,
    ) -> Committed:
        """Trust a source of facts with these event types. For platform admins.

        Entities and keys that are left out stay as they are registered; empty lists lift them.
        """
        said = events.SourceRegistered(
            name=name,
            rank=rank,
            types=tuple(types),
            entities=tuple(entities or ()),
            public_key=" ".join(public_keys) if public_keys else None,
        )
        given = {"entities": entities, "public_key": public_keys}
        keeps = {field for field, value in given.items() if value is None}
        done = await _commands(info).register_source(
            _caller(info), said, Manner(dry_run), keeps=keeps
        )
        return Committed.of(done)

    @mutation
    async def register_tenant(
        self,
        info: Info,
        id: strawberry.ID,
        name: str,
        tenant_class: str = "STANDARD",
        residency: list[str] | None = None,
        dry_run: bool = False,
    ) -> Committed:
        """Let a tenant join, or replace its record. For platform admins."""
        said = events.TenantRegistered(
            tenant=id, name=name, tenant_class=tenant_class, residency=tuple(residency or ())
        )
        done = await _commands(info).register_tenant(_caller(info), said, Manner(dry_run))
        return Committed.of(done)

    @mutation
    async def issue_key(
        self,
        info: Info,
        role: Role,
        label: str,
        tenant: strawberry.ID | None = None,
        expires_at: dt.datetime | None = None,
    ) -> NewKey:
        """Make an API key; it is shown this once. For platform admins."""
        wanted = WantedKey(role=role, tenant=tenant, label=label, expires_at=expires_at)
        return NewKey.of(await _commands(info).issue_key(_caller(info), wanted))

    @mutation
    async def revoke_key(self, info: Info, key_id: str) -> bool:
        """Make a key unusable; false when there is no such key. For platform admins."""
        return await _commands(info).revoke_key(_caller(info), key_id)

    @mutation
    async def replay_dead_letter(
        self,
        info: Info,
        id: strawberry.ID,
    ) -> Letter | None:
        """Publish a letter's original again; null when there is none. For platform admins."""
        found = await _commands(info).replay(_caller(info), whole_number(id))
        return Letter.of(found) if found else None

    @mutation
    async def set_override(
        self,
        info: Info,
        tenant: strawberry.ID,
        name: str,
        kind: OverrideKind,
        target_kind: TargetKind,
        target: strawberry.ID,
        reason: str,
        expires_at: dt.datetime | None = None,
        dry_run: bool = False,
    ) -> Committed:
        """Give a tenant a rule of its own. For its admins and platform admins."""
        said = events.TenantOverridden(
            tenant=tenant,
            name=name,
            kind=kind,
            target_kind=target_kind,
            target=target,
            reason=reason,
            actor=_actor(info),
            expires_at=expires_at,
        )
        done = await _commands(info).set_override(_caller(info), said, Manner(dry_run))
        return Committed.of(done)

    @mutation
    async def remove_override(
        self,
        info: Info,
        tenant: strawberry.ID,
        name: str,
        reason: str,
        dry_run: bool = False,
    ) -> Committed | None:
        """Take a rule back; null when there is none. For the same admins."""
        said = events.TenantOverrideRemoved(
            tenant=tenant, name=name, reason=reason, actor=_actor(info)
        )
        done = await _commands(info).remove_override(_caller(info), said, Manner(dry_run))
        return None if done is None else Committed.of(done)

    @mutation
    async def correct(
        self,
        info: Info,
        kind: Corrected,
        id: strawberry.ID,
        fields: JSON,
        reason: str,
        dry_run: bool = False,
    ) -> Committed:
        """Let your word count on fields of an entity, in place of its earlier correction.

        Maps are written by member (`capabilities.tool_use`); null says that a field is unknown.
        For platform admins.
        """
        if not isinstance(fields, dict):
            raise InvalidRequest("`fields` is an object: field names to values.", field="fields")
        said = events.FactCorrected(
            kind=kind.value, entity=id, fields=fields, reason=reason, actor=_actor(info)
        )
        return Committed.of(await _commands(info).correct(_caller(info), said, Manner(dry_run)))

    @mutation
    async def retract_correction(
        self,
        info: Info,
        kind: Corrected,
        id: strawberry.ID,
        reason: str,
        dry_run: bool = False,
    ) -> Committed:
        """Let the sources' word count on an entity again. For platform admins."""
        said = events.CorrectionRetracted(
            kind=kind.value, entity=id, reason=reason, actor=_actor(info)
        )
        return Committed.of(await _commands(info).retract(_caller(info), said, Manner(dry_run)))

    @mutation
    async def assign_name(
        self,
        info: Info,
        offering: strawberry.ID,
        model: strawberry.ID,
        reason: str,
        release: strawberry.ID | None = None,
        dry_run: bool = False,
    ) -> Committed:
        """Say which model, and release, an offering's own name stands for. For platform admins.

        It holds for all that is said under that name, before and after.
        """
        said = events.NameAssigned(
            offering=offering,
            model=model,
            release=release or f"{model}@{UNDATED}",
            reason=reason,
            actor=_actor(info),
        )
        done = await _commands(info).assign_name(_caller(info), said, Manner(dry_run))
        return Committed.of(done)

    @mutation
    async def rehearse(self, info: Info, events: list[EventInput]) -> Committed:
        """What events would change if they came from Kafka now. For the platform's own keys."""
        clock = info.context.services.clock
        told = [each.event(number, clock()) for number, each in enumerate(events)]
        return Committed.of(await _commands(info).rehearse(_caller(info), told))


def _commands(info: Info) -> Commands:
    return info.context.services.commands


def _caller(info: Info) -> Principal:
    return info.context.principal


def _actor(info: Info) -> str:
    return _caller(info).scope.key or ""
