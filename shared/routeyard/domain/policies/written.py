"""Policy documents as they are written: what may stand in one, and its JSON Schema."""

from __future__ import annotations

from datetime import datetime
from inspect import cleandoc
from typing import Any, Literal

import msgspec

from routeyard.domain.health import HealthState
from routeyard.domain.policies.policy import Missing
from routeyard.domain.resolution import (
    Estimate,
    HostingWanted,
    Objective,
    Require,
    Step,
    Weights,
)
from routeyard.domain.tenancy import TargetKind
from routeyard.domain.value import StrictValue

SCHEMA_ID = "https://routeyard.dev/schemas/policy.schema.json"


class Metadata(StrictValue, frozen=True):
    """What the policy is called. Publishing the same name again makes its next version."""

    name: str


class WrittenTarget(StrictValue, frozen=True):
    """One thing that a rule points at. A provider is whoever serves a model, or whoever made it."""

    kind: TargetKind
    id: str


class WrittenPreference(StrictValue, frozen=True):
    """What is ranked higher, or lower with a negative weight: all that is given must fit."""

    capability: str | None = None
    min_level: float = 0.5
    provider: str | None = None
    model: str | None = None
    release: str | None = None
    endpoint: str | None = None
    hosting: tuple[HostingWanted, ...] = ()
    residency: tuple[str, ...] = ()
    weight: float = 1.0


class WrittenRule(StrictValue, frozen=True):
    """One rule: at least one of `require`, `deny`, `prefer` and `fallback`.

    `when` is a condition in CEL; without one the rule always applies. `fallback` names models.
    `missing`: what becomes of a preference or a fallback whose condition cannot be evaluated.
    """

    name: str
    when: str | None = None
    require: Require | None = None
    deny: tuple[WrittenTarget, ...] = ()
    prefer: WrittenPreference | None = None
    fallback: tuple[str, ...] = ()
    missing: Missing = Missing.SKIP


class GivenTenant(StrictValue, frozen=True):
    """Whose request it is: a tenant of the graph by `id` alone, or one like this."""

    id: str | None = None
    tenant_class: str | None = msgspec.field(default=None, name="class")
    tier: str | None = None
    data_residency: str | None = None
    residency: tuple[str, ...] = ()


class GivenPrimary(StrictValue, frozen=True):
    """What is known of whichever is picked: every endpoint answers in that time."""

    latency_ms: int | None = None


class GivenHealth(StrictValue, frozen=True):
    """How an endpoint is, where it differs."""

    state: HealthState = HealthState.HEALTHY
    latency_ms: int | None = None


class Given(StrictValue, frozen=True):
    """A request, and what is so when it comes; without `now` that is whenever the test is run."""

    tenant: GivenTenant | None = None
    project: str | None = None
    key: str | None = None
    step: Step | None = None
    require: Require = Require()
    estimate: Estimate = Estimate()
    models: tuple[str, ...] = ()
    objective: Objective | None = None
    zone: str = "any"
    now: datetime | None = None
    primary: GivenPrimary = GivenPrimary()
    health: dict[str, GivenHealth] = {}


class Expect(StrictValue, frozen=True):
    """What has to come out; what is left out may be anything.

    `residency`: the pick lies within. `fallback`: the models that the chain goes on with. `rule`:
    one of this policy that applies. `none`: nothing is eligible.
    """

    model: str | None = None
    release: str | None = None
    endpoint: str | None = None
    provider: str | None = None
    hosting: HostingWanted | None = None
    residency: str | tuple[str, ...] = ()
    fallback: tuple[str, ...] = ()
    rule: str | None = None
    none: bool = False


class Test(StrictValue, frozen=True):
    """A case that a version has to stand before it is published."""

    given: Given
    expect: Expect
    name: str | None = None


class Spec(StrictValue, frozen=True):
    """The policy. `match` says for whom it is; without it, for everybody."""

    rules: tuple[WrittenRule, ...] = ()
    match: str | None = None
    objective: Weights | None = None
    tests: tuple[Test, ...] = ()


class Document(StrictValue, frozen=True):
    """A routing policy, version after version under one name."""

    api_version: Literal["routeyard/v1"] = msgspec.field(name="apiVersion")
    kind: Literal["RoutingPolicy"]
    metadata: Metadata
    spec: Spec


def schema() -> dict[str, Any]:
    """The JSON Schema of a document."""
    (shape,), parts = msgspec.json.schema_components([Document], ref_template="#/$defs/{name}")
    found: dict[str, Any] = _without_indents({**shape, "$defs": parts})
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "$id": SCHEMA_ID}
    return {**head, "title": "A routing policy", **found}


def _without_indents(part: Any) -> Any:
    """The same with docstrings as Python 3.13 keeps them, whichever version runs."""
    if isinstance(part, dict):
        return {
            name: cleandoc(inner)
            if name == "description" and isinstance(inner, str)
            else _without_indents(inner)
            for name, inner in part.items()
        }
    return [_without_indents(inner) for inner in part] if isinstance(part, list) else part
