"""Orders about what applies to whom."""

import datetime as dt
from typing import Any

import msgspec
import strawberry
from strawberry.scalars import JSON

from routeyard.domain import events
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.overrides import Author, OverrideKind
from routeyard.domain.resolution import Require
from routeyard.domain.tenancy import LimitKind, Role, TargetKind
from services.registry.graphql.changes import Committed, order
from services.registry.graphql.context import Info
from services.registry.graphql.described import Long, Money, described
from services.registry.graphql.mutations.asking import actor, caller, manner, orders
from services.registry.graphql.mutations.inputs import RolloutInput


@described
class OrdersOfOverrides:
    """Rules for a scope: everyone, a tenant class, a tenant, one of its projects or keys."""

    @order
    async def set_override(
        self,
        info: Info,
        name: str,
        kind: OverrideKind,
        reason: str,
        tenant: strawberry.ID | None = None,
        tenant_class: str | None = None,
        project: str | None = None,
        key: str | None = None,
        author: Author | None = None,
        target_kind: TargetKind | None = None,
        target: strawberry.ID | None = None,
        model: strawberry.ID | None = None,
        weight: float | None = None,
        require: JSON | None = None,
        limit: LimitKind | None = None,
        value: Money | None = None,
        rollout: RolloutInput | None = None,
        expires_at: dt.datetime | None = None,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed:
        """Give a scope a rule, in place of the one of that name.

        A tenant's admins speak for the tenant, platform admins for the platform unless `author`
        says that they speak for the tenant.
        """
        place = place_in(info, author, tenant, tenant_class)
        said: dict[str, Any] = {
            "name": name,
            "kind": kind,
            "reason": reason,
            "actor": actor(info),
            "project": project,
            "key": key,
            "target_kind": target_kind,
            "target": target,
            "model": model,
            "weight": weight,
            "require": None if require is None else requirement(require),
            "limit": limit,
            "value": value,
            "rollout": None if rollout is None else rollout.rollout(),
            "expires_at": expires_at,
        }
        given: events.TenantOverridden | events.PlatformOverridden = (
            events.PlatformOverridden(**said, **place)
            if is_platforms(info, author)
            else events.TenantOverridden(**said, **place)
        )
        done = await orders(info).overrides.set(
            caller(info), given, manner(info, dry_run, if_revision)
        )
        return Committed.of(done)

    @order
    async def remove_override(
        self,
        info: Info,
        name: str,
        reason: str,
        tenant: strawberry.ID | None = None,
        tenant_class: str | None = None,
        project: str | None = None,
        key: str | None = None,
        author: Author | None = None,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed | None:
        """Take a rule back; null when there is none. For those who may set it."""
        said = {
            "name": name,
            "reason": reason,
            "actor": actor(info),
            "project": project,
            "key": key,
            **place_in(info, author, tenant, tenant_class),
        }
        taken: events.TenantOverrideRemoved | events.PlatformOverrideRemoved = (
            events.PlatformOverrideRemoved(**said)
            if is_platforms(info, author)
            else events.TenantOverrideRemoved(**said)
        )
        done = await orders(info).overrides.remove(
            caller(info), taken, manner(info, dry_run, if_revision)
        )
        return None if done is None else Committed.of(done)


def is_platforms(info: Info, author: Author | None) -> bool:
    """Whether the caller speaks for the platform."""
    is_admin = caller(info).role is Role.PLATFORM_ADMIN
    return author is Author.PLATFORM or (author is None and is_admin)


def place_in(
    info: Info, author: Author | None, tenant: str | None, tenant_class: str | None
) -> dict[str, Any]:
    """The scope's upper part, as the event has it.

    Raises:
        InvalidRequest: a tenant's rule names no tenant.
    """
    if is_platforms(info, author):
        return {"tenant": tenant, "tenant_class": tenant_class}
    if tenant is None or tenant_class is not None:
        raise InvalidRequest("A tenant's rule is for a tenant; name it.", field="tenant")
    return {"tenant": tenant}


def requirement(given: Any) -> Require:
    """A stored requirement.

    Raises:
        InvalidRequest: it is none.
    """
    try:
        return msgspec.convert(given, Require)
    except msgspec.ValidationError as fault:
        raise InvalidRequest(f"`require` is no requirement: {fault}.", field="require") from None
