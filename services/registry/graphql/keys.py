"""Keys as they are listed, and what became of them: for those who may decide on them."""

import datetime as dt
from functools import partial

import strawberry

from routeyard.domain.errors import NotAllowed
from routeyard.domain.tenancy import Principal, Role
from services.registry.graphql.context import Info
from services.registry.graphql.described import described, field
from services.registry.graphql.pagination import (
    DEFAULT_FIRST,
    Connection,
    bounded,
    connection,
    read_cursor,
    whole_number,
)
from services.registry.keystore import KeyChange, KeyEntry, Whose
from services.registry.keystore import KeyEvent as Noted
from services.registry.reads import OPERATORS, Page, viewer

KEYS, HISTORY = "key", "key_event"


@described
class Key:
    """A key, without anything that could be used as one. The platform's own have no tenant.

    `rotates` is the key in whose place it came. It works until `expiresAt`, unless it was revoked.
    """

    id: strawberry.ID
    label: str
    role: Role
    tenant: strawberry.ID | None
    project: str | None
    created_at: dt.datetime
    expires_at: dt.datetime | None
    revoked_at: dt.datetime | None
    rotates: strawberry.ID | None

    @classmethod
    def of(cls, entry: KeyEntry) -> "Key":
        """As GraphQL shows it."""
        verifier = entry.verifier
        return cls(
            id=strawberry.ID(verifier.key_id),
            label=verifier.label,
            role=verifier.role,
            tenant=None if verifier.tenant is None else strawberry.ID(verifier.tenant),
            project=verifier.project,
            created_at=entry.created_at,
            expires_at=verifier.expires_at,
            revoked_at=entry.revoked_at,
            rotates=None if entry.rotates is None else strawberry.ID(entry.rotates),
        )


@described
class KeyEvent:
    """Who issued, rotated, revoked or shredded a key, and why.

    `actor` is a key's id, a token's subject, or bootstrap; a tenant is told of its own keys alone.
    """

    key_id: strawberry.ID
    tenant: strawberry.ID | None
    change: KeyChange
    actor: str | None
    reason: str
    at: dt.datetime

    @classmethod
    def of(cls, event: Noted, *, is_platforms: bool) -> "KeyEvent":
        """As GraphQL shows it; who speaks for the platform is for its own keys to know."""
        return cls(
            key_id=strawberry.ID(event.key_id),
            tenant=None if event.tenant is None else strawberry.ID(event.tenant),
            change=event.change,
            actor=event.act.actor if event.is_own or is_platforms else None,
            reason=event.act.reason,
            at=event.act.at,
        )


@described
class AboutKeys:
    """Keys."""

    @field
    async def keys(
        self,
        info: Info,
        tenant: strawberry.ID | None = None,
        first: int = DEFAULT_FIRST,
        after: str | None = None,
    ) -> Connection[Key]:
        """Keys by id: a tenant's, or all the caller may decide on. For admins.

        None when the tenant is not the caller's.
        """
        caller = info.context.principal
        whose = _whose(caller, Whose(tenant))
        most, place = bounded(info.context, first), read_cursor(KEYS, after)
        last, store = place and place.id, info.context.services.keys
        found = (
            [] if whose is None else await store.page(viewer(caller).tenant, whose, last, most + 1)
        )
        page = Page(found[:most], len(found) > most, (await info.context.reading.head()).revision)
        return connection(KEYS, page, wrap=Key.of, key=lambda entry: entry.verifier.key_id)

    @field
    async def key_history(
        self,
        info: Info,
        tenant: strawberry.ID | None = None,
        key_id: strawberry.ID | None = None,
        first: int = DEFAULT_FIRST,
        after: str | None = None,
    ) -> Connection[KeyEvent]:
        """What became of a key, of a tenant's, or of all, newest first. For the same admins."""
        caller = info.context.principal
        whose = _whose(caller, Whose(tenant, key_id=key_id))
        most, place = bounded(info.context, first), read_cursor(HISTORY, after)
        before = whole_number(place.id) if place else None
        store = info.context.services.keys
        found = (
            []
            if whose is None
            else await store.history(viewer(caller).tenant, whose, before, most + 1)
        )
        page = Page(found[:most], len(found) > most, (await info.context.reading.head()).revision)
        wrap = partial(KeyEvent.of, is_platforms=info.context.principal.role in OPERATORS)
        return connection(HISTORY, page, wrap=wrap, key=lambda event: event.number)


def _whose(caller: Principal, asked: Whose) -> Whose | None:
    """What is asked for, within what the caller may see; None when that is nothing."""
    if "\x00" in f"{asked.tenant}{asked.key_id}":
        return None
    if caller.role is Role.PLATFORM_ADMIN:
        return asked
    if caller.role is not Role.TENANT_ADMIN:
        raise NotAllowed("Only an admin's key may see keys.")
    own = caller.scope
    if own.tenant is None or asked.tenant not in (None, own.tenant):
        return None
    return asked._replace(tenant=own.tenant, project=own.project)
