"""Overrides: what differs from the catalog for a scope, and who says so."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from decimal import Decimal
from enum import IntEnum, StrEnum

from routeyard.domain.resolution import Require
from routeyard.domain.tenancy import LimitKind, Target, TargetKind
from routeyard.domain.value import Value

MAX_WEIGHT = 1_000.0
MAX_LIMIT = Decimal(10) ** 15
EVERYWHERE = "*"
_PLATFORMS = "platform:"


class ScopeLevel(IntEnum):
    """The scopes, widest first: each lies within the one before it."""

    PLATFORM = 0
    CLASS = 1
    TENANT = 2
    PROJECT = 3
    KEY = 4


class Author(StrEnum):
    """Who says so. What a tenant says only restricts; the platform may also widen."""

    PLATFORM = "platform"
    TENANT = "tenant"


class OverrideKind(StrEnum):
    """What an override does.

    `allow`: only its targets may be used. `deny`: they may not. `pin`: of its model, only this
    release, or only at this endpoint. `prefer`: rank them higher. `weight`: their share among the
    endpoints of a release. `alias`: another name for a model or a release. `profile`: a stored
    requirement under a name. `limit`: the most that may be asked, used or spent.
    """

    ALLOW = "allow"
    DENY = "deny"
    PIN = "pin"
    PREFER = "prefer"
    WEIGHT = "weight"
    ALIAS = "alias"
    PROFILE = "profile"
    LIMIT = "limit"

    @classmethod
    def _missing_(cls, value: object) -> OverrideKind | None:
        # What the first version wrote, in graphs and on topics.
        return cls.ALLOW if value == "allow_only" else None


class Rollout(Value, frozen=True):
    """How many of a scope's units an override is for, 0 to 100. `salt` shuffles who they are."""

    percent: float
    salt: str = ""


class Override(Value, frozen=True):
    """One deviation from the platform's catalog; gone after `expires_at`.

    Its scope is the narrowest of `tenant_class`, `tenant`, `project` and `key` that is given, the
    platform without any. Which of the other fields it has depends on its kind.
    """

    id: str
    kind: OverrideKind
    reason: str
    actor: str
    author: Author = Author.TENANT
    tenant_class: str | None = None
    tenant: str | None = None
    project: str | None = None
    key: str | None = None
    target_kind: TargetKind | None = None
    target: str | None = None
    model: str | None = None
    weight: float | None = None
    require: Require | None = None
    limit: LimitKind | None = None
    value: Decimal | None = None
    rollout: Rollout | None = None
    expires_at: datetime | None = None

    @property
    def level(self) -> ScopeLevel:
        """The scope it is for."""
        return level_of(self.tenant_class, self.tenant, self.project, self.key)

    @property
    def name(self) -> str:
        """What tells it from others of the same scope; what an alias or a profile is called."""
        return self.id.rpartition("/")[2]

    @property
    def aim(self) -> Target | None:
        """What it points at."""
        if self.target_kind is None or self.target is None:
            return None
        return Target(kind=self.target_kind, id=self.target)


def level_of(
    tenant_class: str | None, tenant: str | None, project: str | None, key: str | None
) -> ScopeLevel:
    """The narrowest scope that is given."""
    if key is not None:
        return ScopeLevel.KEY
    if project is not None:
        return ScopeLevel.PROJECT
    if tenant is not None:
        return ScopeLevel.TENANT
    return ScopeLevel.PLATFORM if tenant_class is None else ScopeLevel.CLASS


def override_id(  # noqa: PLR0913 - a name has as many parts as there are scopes
    author: Author,
    name: str,
    *,
    tenant_class: str | None = None,
    tenant: str | None = None,
    project: str | None = None,
    key: str | None = None,
) -> str:
    """`acme/name`, `acme/project:web/name`, `platform:class:LEGAL/name`, `platform:*/name`.

    What the platform says has ids of its own: nobody else can take its words' place.
    """
    place = {
        ScopeLevel.PLATFORM: EVERYWHERE,
        ScopeLevel.CLASS: f"class:{tenant_class}",
        ScopeLevel.TENANT: f"{tenant}",
        ScopeLevel.PROJECT: f"{tenant}/project:{project}",
        ScopeLevel.KEY: f"{tenant}/key:{key}",
    }[level_of(tenant_class, tenant, project, key)]
    return f"{_PLATFORMS if author is Author.PLATFORM else ''}{place}/{name}"


def author_of(override: str) -> Author:
    """Who said the override of that id."""
    return Author.PLATFORM if override.startswith(_PLATFORMS) else Author.TENANT


_AIMED = {
    OverrideKind.ALLOW: frozenset(TargetKind),
    OverrideKind.DENY: frozenset(TargetKind),
    OverrideKind.PREFER: frozenset(TargetKind),
    OverrideKind.PIN: frozenset({TargetKind.RELEASE, TargetKind.ENDPOINT}),
    OverrideKind.WEIGHT: frozenset({TargetKind.ENDPOINT}),
    OverrideKind.ALIAS: frozenset({TargetKind.MODEL, TargetKind.RELEASE}),
}
_NEEDS = {
    "target_kind": frozenset(_AIMED),
    "target": frozenset(_AIMED),
    "weight": frozenset({OverrideKind.WEIGHT}),
    "require": frozenset({OverrideKind.PROFILE}),
    "limit": frozenset({OverrideKind.LIMIT}),
    "value": frozenset({OverrideKind.LIMIT}),
}
_MAY_HAVE = _NEEDS | {
    "weight": frozenset({OverrideKind.WEIGHT, OverrideKind.PREFER}),
    "model": frozenset({OverrideKind.PIN}),
}


def faults_of(said: Override) -> Iterator[str]:
    """What is wrong with an override, sentence by sentence."""
    for field, kinds in _MAY_HAVE.items():
        if getattr(said, field) is not None and said.kind not in kinds:
            yield f"{field} is no part of an override of kind {said.kind}"
    for field, kinds in _NEEDS.items():
        if getattr(said, field) is None and said.kind in kinds:
            yield f"an override of kind {said.kind} needs {field}"
    aims = _AIMED.get(said.kind)
    if aims and said.target_kind is not None and said.target_kind not in aims:
        yield f"an override of kind {said.kind} points at a {' or a '.join(sorted(aims))}"
    yield from _number_faults(said)


def _number_faults(said: Override) -> Iterator[str]:
    if said.weight is not None and not 0 <= said.weight <= MAX_WEIGHT:
        yield f"weight is {said.weight}, outside 0..{MAX_WEIGHT:g}"
    if said.value is not None and not (said.value.is_finite() and 0 <= said.value <= MAX_LIMIT):
        yield f"value is {said.value}, outside 0..10^15"
    if said.rollout is not None and not 0 <= said.rollout.percent <= 100:  # noqa: PLR2004 - percent
        yield f"rollout.percent is {said.rollout.percent}, outside 0..100"
    if said.expires_at is not None and said.expires_at.tzinfo is None:
        yield "expires_at has no time zone"
