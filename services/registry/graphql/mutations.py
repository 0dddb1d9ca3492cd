"""What can be ordered. Who may is decided by the commands."""

import datetime as dt

import strawberry

from routeyard.domain import events
from routeyard.domain.tenancy import OverrideKind, Principal, Role, TargetKind
from services.registry.commands import Commands
from services.registry.graphql.context import Info
from services.registry.graphql.described import Long, described, mutation
from services.registry.graphql.operations import Committed, Letter, NewKey
from services.registry.graphql.pagination import whole_number
from services.registry.keys import WantedKey


@described
class Mutation:
    """Orders. `revision` is the one from which on a change holds."""

    @mutation
    async def register_source(
        self, info: Info, name: str, rank: int, types: list[str]
    ) -> Committed:
        """Trust a source of facts with these event types. For platform admins."""
        said = events.SourceRegistered(name=name, rank=rank, types=tuple(types))
        return _held(await _commands(info).register_source(_caller(info), said))

    @mutation
    async def register_tenant(
        self,
        info: Info,
        id: strawberry.ID,  # noqa: A002 - the name in the schema
        name: str,
        tenant_class: str = "STANDARD",
        residency: list[str] | None = None,
    ) -> Committed:
        """Let a tenant join, or replace its record. For platform admins."""
        said = events.TenantRegistered(
            tenant=id, name=name, tenant_class=tenant_class, residency=tuple(residency or ())
        )
        return _held(await _commands(info).register_tenant(_caller(info), said))

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
        id: strawberry.ID,  # noqa: A002 - the name in the schema
    ) -> Letter | None:
        """Publish a letter's original again; null when there is none. For platform admins."""
        found = await _commands(info).replay(_caller(info), whole_number(id))
        return Letter.of(found) if found else None

    @mutation
    async def set_override(  # noqa: PLR0913, PLR0917 - an override has that many parts
        self,
        info: Info,
        tenant: strawberry.ID,
        name: str,
        kind: OverrideKind,
        target_kind: TargetKind,
        target: strawberry.ID,
        reason: str,
        expires_at: dt.datetime | None = None,
    ) -> Committed:
        """Give a tenant a rule of its own. For its admins and platform admins."""
        said = events.TenantOverridden(
            tenant=tenant,
            name=name,
            kind=kind,
            target_kind=target_kind,
            target=target,
            reason=reason,
            actor=_caller(info).scope.key or "",
            expires_at=expires_at,
        )
        return _held(await _commands(info).set_override(_caller(info), said))

    @mutation
    async def remove_override(
        self, info: Info, tenant: strawberry.ID, name: str, reason: str
    ) -> Committed | None:
        """Take a rule back; null when there is none. For the same admins."""
        said = events.TenantOverrideRemoved(
            tenant=tenant, name=name, reason=reason, actor=_caller(info).scope.key or ""
        )
        revision = await _commands(info).remove_override(_caller(info), said)
        return None if revision is None else _held(revision)


def _commands(info: Info) -> Commands:
    return info.context.services.commands


def _caller(info: Info) -> Principal:
    return info.context.principal


def _held(revision: int) -> Committed:
    return Committed(revision=Long(revision))
