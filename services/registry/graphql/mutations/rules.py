"""Rules as orders take them, for everyone, a tenant class, a tenant, a project or a key."""

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
from services.registry.graphql.context import Info
from services.registry.graphql.described import Money, described_input
from services.registry.graphql.mutations.asking import actor, caller
from services.registry.graphql.mutations.inputs import RolloutInput


@described_input
class OverrideInput:
    """A rule for a scope, in place of the one of that name; as in `setOverride`.

    Without a reason of its own it is given for the order's.
    """

    name: str
    kind: OverrideKind
    reason: str | None = None
    tenant: strawberry.ID | None = None
    tenant_class: str | None = None
    project: str | None = None
    key: str | None = None
    author: Author | None = None
    target_kind: TargetKind | None = None
    target: strawberry.ID | None = None
    model: strawberry.ID | None = None
    weight: float | None = None
    require: JSON | None = None
    limit: LimitKind | None = None
    value: Money | None = None
    rollout: RolloutInput | None = None
    expires_at: dt.datetime | None = None

    def said(self, info: Info, reason: str) -> events.TenantOverridden | events.PlatformOverridden:
        """As the event has it."""
        said: dict[str, Any] = {
            "name": self.name,
            "kind": self.kind,
            "reason": reason if self.reason is None else self.reason,
            "actor": actor(info),
            "project": self.project,
            "key": self.key,
            "target_kind": self.target_kind,
            "target": self.target,
            "model": self.model,
            "weight": self.weight,
            "require": None if self.require is None else _requirement(self.require),
            "limit": self.limit,
            "value": self.value,
            "rollout": None if self.rollout is None else self.rollout.rollout(),
            "expires_at": self.expires_at,
            **_place_in(info, self.author, self.tenant, self.tenant_class),
        }
        if _is_platforms(info, self.author):
            return events.PlatformOverridden(**said)
        return events.TenantOverridden(**said)


@described_input
class OverrideName:
    """Which rule, as in `removeOverride`."""

    name: str
    reason: str | None = None
    tenant: strawberry.ID | None = None
    tenant_class: str | None = None
    project: str | None = None
    key: str | None = None
    author: Author | None = None

    def said(
        self, info: Info, reason: str
    ) -> events.TenantOverrideRemoved | events.PlatformOverrideRemoved:
        """As the event has it."""
        said: dict[str, Any] = {
            "name": self.name,
            "reason": reason if self.reason is None else self.reason,
            "actor": actor(info),
            "project": self.project,
            "key": self.key,
            **_place_in(info, self.author, self.tenant, self.tenant_class),
        }
        if _is_platforms(info, self.author):
            return events.PlatformOverrideRemoved(**said)
        return events.TenantOverrideRemoved(**said)


def _is_platforms(info: Info, author: Author | None) -> bool:
    """Whether the caller speaks for the platform."""
    is_admin = caller(info).role is Role.PLATFORM_ADMIN
    return author is Author.PLATFORM or (author is None and is_admin)


def _place_in(
    info: Info, author: Author | None, tenant: str | None, tenant_class: str | None
) -> dict[str, Any]:
    """The scope's upper part, as the event has it.

    Raises:
        InvalidRequest: a tenant's rule names no tenant.
    """
    if _is_platforms(info, author):
        return {"tenant": tenant, "tenant_class": tenant_class}
    if tenant is None or tenant_class is not None:
        raise InvalidRequest("A tenant's rule is for a tenant; name it.", field="tenant")
    return {"tenant": tenant}


def _requirement(given: Any) -> Require:
    """A stored requirement.

    Raises:
        InvalidRequest: it is none.
    """
    try:
        return msgspec.convert(given, Require)
    except msgspec.ValidationError as fault:
        raise InvalidRequest(f"`require` is no requirement: {fault}.", field="require") from None
