"""The tests that stand in a policy document, run by the resolver over the graph as it would be."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta

from msgspec import structs

from routeyard.domain.catalog import SELF_HOSTED
from routeyard.domain.claims import Kind
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.health import EndpointHealth, HealthState
from routeyard.domain.policies.written import Expect, Given, GivenTenant, Test
from routeyard.domain.resolution import (
    Candidate,
    HostingWanted,
    Inputs,
    Outcome,
    Requirement,
    Resolution,
)
from routeyard.domain.resolver import resolve
from routeyard.domain.review.note import Note, error
from routeyard.domain.review.stage import Stage, put, staged
from routeyard.domain.snapshot import Snapshot
from routeyard.domain.tenancy import STANDARD, Scope, Tenant
from routeyard.domain.territories import lies_within

SOMEBODY = "somebody"
APPLIED = (Outcome.APPLIES, Outcome.FAILED_CLOSED)
MOST_REASONS = 4
_FOR = timedelta(hours=1)


def failures(stage: Stage, tests: Sequence[Test], now: datetime) -> list[Note]:
    """What does not come out as the tests expect."""
    return [
        error(f"{_named(test, number)} fails: {said}", "spec", "tests", number)
        for number, test in enumerate(tests)
        if (said := "; ".join(failure(stage, test, now)))
    ]


def failure(stage: Stage, test: Test, now: datetime) -> Iterator[str]:
    """What of one test does not come out, with what does and why."""
    snapshot, inputs = placed(stage, test.given, now)
    try:
        found = resolve(snapshot, inputs)
    except InvalidRequest as fault:
        yield f"the request is refused: {fault.message.rstrip('.')}"
        return
    yield from _missed(stage, test.expect, found)


def placed(stage: Stage, given: Given, now: datetime) -> tuple[Snapshot, Inputs]:
    """The snapshot and the inputs that a test gives."""
    scope, snapshot = _placed_scope(stage, given)
    requirement = Requirement(
        step=given.step,
        require=given.require,
        estimate=given.estimate,
        models=given.models,
        objective=given.objective,
        explain=True,
    )
    at = given.now or now
    health = _health(stage, given, at)
    return snapshot, Inputs(
        now=at, scope=scope, requirement=requirement, zone=given.zone, health=health
    )


def _placed_scope(stage: Stage, given: Given) -> tuple[Scope, Snapshot]:
    """A tenant of the graph by its id alone; else one as it is given, for this test."""
    policy = stage.policy
    tenant = given.tenant
    if tenant is None and policy.tenant is None:
        return Scope(), stage.after
    name = policy.tenant or (tenant and tenant.id) or SOMEBODY
    scope = Scope(tenant=name, project=given.project, key=given.key)
    held = stage.graph.tenants.get(name)
    if held is not None and (tenant is None or tenant == GivenTenant(id=name)):
        return scope, stage.after
    made = _made(held or Tenant(id=name, name=name), tenant or GivenTenant())
    return scope, staged(stage.graph, stage.after, [put(Kind.TENANT, made)])[1]


def _made(held: Tenant, given: GivenTenant) -> Tenant:
    residency = given.residency or ((given.data_residency,) if given.data_residency else ())
    return structs.replace(
        held,
        tenant_class=given.tenant_class or held.tenant_class or STANDARD,
        tier=given.tier or held.tier,
        residency=residency or held.residency,
    )


def _health(stage: Stage, given: Given, at: datetime) -> Mapping[str, EndpointHealth]:
    """Every endpoint answers in the primary's time, but for those that are told apart."""
    slow = given.primary.latency_ms
    names = stage.graph.endpoints if slow is not None else ()
    known = dict.fromkeys(names, (HealthState.HEALTHY, slow))
    known |= {
        name: (each.state, slow if each.latency_ms is None else each.latency_ms)
        for name, each in given.health.items()
    }
    return {
        name: EndpointHealth(
            endpoint=name,
            zone=given.zone,
            state=state,
            observed_at=at,
            since=at,
            expires_at=at + _FOR,
            latency_ms=None if latency_ms is None else float(latency_ms),
        )
        for name, (state, latency_ms) in known.items()
    }


def _missed(stage: Stage, expect: Expect, found: Resolution) -> Iterator[str]:
    """What was expected, what came out, and why."""
    if expect.rule is not None:
        yield from _applied(stage, expect.rule, found)
    chosen = found.chosen
    if expect.none:
        if chosen is not None:
            yield f"nothing should be eligible, and {_told(chosen)} came out"
        return
    missed = ", ".join(said for said, fits in _wanted(expect, chosen) if not fits)
    if chosen is None:
        if missed or expect.fallback:
            yield f"{missed or 'a chain'} is expected, and nothing is eligible ({_why(found)})"
        return
    if missed:
        yield f"{missed} is expected, and {_told(chosen)} came out{_against(expect, found)}"
    came = tuple(each.model for each in found.fallbacks)
    if expect.fallback and came[: len(expect.fallback)] != expect.fallback:
        yield (
            f"the fallbacks should begin with {', '.join(expect.fallback)}, and are "
            f"{', '.join(came) or 'none'}"
        )


def _applied(stage: Stage, rule: str, found: Resolution) -> Iterator[str]:
    told = {each.rule: each.outcome for each in found.rules if each.policy == stage.policy.id}
    became = told.get(rule)
    if became not in APPLIED:
        said = "the policy is not for this caller" if became is None else f"it is {became}"
        yield f"the rule {rule} should apply, and does not: {said.replace('_', ' ')}"


def _wanted(expect: Expect, chosen: Candidate | None) -> Iterator[tuple[str, bool]]:
    """What is expected of the pick, and whether it is so."""
    for name in ("model", "release", "endpoint", "provider"):
        if (value := getattr(expect, name)) is not None:
            yield f"{name} {value}", chosen is not None and getattr(chosen, name) == value
    if expect.hosting is not None:
        yield f"hosting {expect.hosting}", chosen is not None and _is_hosted(chosen, expect.hosting)
    bound = (expect.residency,) if isinstance(expect.residency, str) else expect.residency
    if bound:
        places = () if chosen is None else chosen.residency
        yield f"residency {', '.join(bound)}", bool(places) and lies_within(places, bound)


def _is_hosted(chosen: Candidate, wanted: HostingWanted) -> bool:
    if wanted is HostingWanted.SELF_HOSTED:
        return chosen.hosting in SELF_HOSTED
    return str(chosen.hosting) == str(wanted)


def _told(chosen: Candidate) -> str:
    where = f" in {', '.join(chosen.residency)}" if chosen.residency else ""
    return f"{chosen.model} at {chosen.endpoint} ({chosen.hosting}{where})"


def _why(found: Resolution) -> str:
    """The constraints that most candidates fail."""
    counts = sorted(found.rejected_for.items(), key=lambda each: -each[1])[:MOST_REASONS]
    said = ", ".join(f"{reason.replace('_', ' ')} {number}" for reason, number in counts)
    return f"of {found.considered} candidates: {said}" if said else "there are no candidates"


def _against(expect: Expect, found: Resolution) -> str:
    """Why the one that was expected was left out; nothing where it was only not the best."""
    for each in found.rejections:
        is_meant = expect.model in {None, each.model} and expect.endpoint in {None, each.endpoint}
        if is_meant and (expect.model or expect.endpoint):
            return f" ({each.model} at {each.endpoint}: {'; '.join(each.reasons)})"
    return ""


def _named(test: Test, number: int) -> str:
    return f"test {number + 1}" if test.name is None else f"the test {test.name!r}"
