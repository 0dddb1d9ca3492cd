"""A version of a routing policy, as the graph holds it: checked, and never changed again."""

from __future__ import annotations

from enum import StrEnum

from routeyard.domain.policies.condition import Condition
from routeyard.domain.resolution import Require, Weights
from routeyard.domain.tenancy import Target
from routeyard.domain.value import Value

MAX_WEIGHT = 1_000.0


class PolicyState(StrEnum):
    """Where a version stands. `shadow` is evaluated beside the active one, and decides nothing."""

    DRAFT = "draft"
    SHADOW = "shadow"
    ACTIVE = "active"
    RETIRED = "retired"


class Missing(StrEnum):
    """What becomes of a rule whose condition cannot be evaluated; it is counted either way."""

    SKIP = "skip"
    APPLY = "apply"


class Preference(Value, frozen=True):
    """What a rule ranks higher, or lower with a negative `weight`: all that is given must fit."""

    capability: str | None = None
    min_level: float = 0.5
    provider: str | None = None
    model: str | None = None
    release: str | None = None
    endpoint: str | None = None
    hosting: tuple[str, ...] = ()
    residency: tuple[str, ...] = ()
    weight: float = 1.0


class Rule(Value, frozen=True):
    """One rule. Without `when` it always applies.

    `require` and `deny` apply where `when` cannot be evaluated, whatever `missing` says: they
    fail closed. `fallback` names models, tried in this order; a rule whose `when` looks at
    `primary` puts them before it once it holds, otherwise they come right after it.
    """

    name: str
    when: Condition | None = None
    require: Require | None = None
    deny: tuple[Target, ...] = ()
    prefer: Preference | None = None
    fallback: tuple[str, ...] = ()
    missing: Missing = Missing.SKIP


class Policy(Value, frozen=True):
    """One version, `name@3`; a tenant's own is `tenant/name@3` and holds within the tenant alone.

    `match` decides for whom it is (it reads `tenant`, `project` and `key` only); without one it is
    for everybody. `document` is the text as it was published, its tests included.
    """

    id: str
    name: str
    version: int
    state: PolicyState
    document: str
    rules: tuple[Rule, ...] = ()
    match: Condition | None = None
    objective: Weights | None = None
    tenant: str | None = None
    reason: str = ""
    actor: str = ""


def policy_id(tenant: str | None, name: str, version: int) -> str:
    """`name@3`, or `tenant/name@3`."""
    return f"{name}@{version}" if tenant is None else f"{tenant}/{name}@{version}"


def name_of(version: str) -> str:
    """`name` or `tenant/name`, of a version's id."""
    return version.rpartition("@")[0]
