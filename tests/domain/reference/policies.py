"""Which policies hold for a caller, and which of their rules apply."""

import math
import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from routeyard.domain.policies.condition import Condition
from routeyard.domain.policies.policy import Missing, Policy, PolicyState, Preference, Rule
from routeyard.domain.resolution import (
    CapabilityFloor,
    Outcome,
    PriceCeiling,
    Require,
    RuleTold,
)
from tests.domain.reference.asked import Asked, Candidate
from tests.domain.reference.constraints import floors_of
from tests.domain.reference.money import cost

ABOVE = (
    re.compile(r"primary\.latency_ms >(?P<too>=?) (?P<most>-?\d+)"),
    re.compile(r"(?P<most>-?\d+) <(?P<too>=?) primary\.latency_ms"),
)


class Judged(NamedTuple):
    """A rule, and what became of it."""

    policy: str
    rule: Rule
    outcome: Outcome

    @property
    def applies(self) -> bool:
        return self.outcome in (Outcome.APPLIES, Outcome.FAILED_CLOSED)

    @property
    def is_unevaluated(self) -> bool:
        return self.outcome in (Outcome.NOT_EVALUATED, Outcome.FAILED_CLOSED)

    @property
    def bound(self) -> int | None:
        """How long the first attempt may take, as long as the rule does not apply."""
        text = self.rule.when.text if self.rule.when else ""
        found = next((said for form in ABOVE if (said := form.fullmatch(text))), None)
        if found is None or self.applies:
            return None
        most = int(found["most"]) - bool(found["too"])
        return most if most > 0 else None


class Policies:
    """The policies that hold for the caller: its tenant's own first, each by name."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.holding = list(self.that_hold())
        self.of_scope = [j for j in self.judged(None) if not reads(j.rule, "request|now|router")]
        self.of_request = [j for j in self.judged(None) if reads(j.rule, "request|now|router")]

    def that_hold(self) -> Iterator[Policy]:
        scope = self.asked.inputs.scope
        active = [p for p in self.asked.graph.policies.values() if p.state is PolicyState.ACTIVE]
        own = [p for p in active if p.tenant is not None and p.tenant == scope.tenant]
        platforms = [p for p in active if p.tenant is None]
        for group in (own, platforms):
            for each in sorted(group, key=lambda p: p.name):
                # What cannot be told about may restrict: it holds.
                if each.match is None or self.holds(each.match, None) is not False:
                    yield each

    def holds(self, condition: Condition, primary: Candidate | None) -> bool | None:
        return self.asked.conditions[condition.text](self.facts(primary))

    def judged(self, primary: Candidate | None) -> Iterator[Judged]:
        """The rules that look at `primary` when there is one, else the others."""
        for policy in self.holding:
            for rule in policy.rules:
                if reads(rule, "primary") == (primary is not None):
                    yield Judged(policy.id, rule, self.outcome(rule, primary))

    def outcome(self, rule: Rule, primary: Candidate | None) -> Outcome:
        holds = True if rule.when is None else self.holds(rule.when, primary)
        if holds is not None:
            return Outcome.APPLIES if holds else Outcome.NOT_MET
        # What restricts fails closed.
        is_restriction = rule.require is not None or bool(rule.deny)
        is_closed = is_restriction or rule.missing is Missing.APPLY
        return Outcome.FAILED_CLOSED if is_closed else Outcome.NOT_EVALUATED

    def facts(self, primary: Candidate | None) -> dict[str, Any]:
        """What conditions may ask; what is not known is not there."""
        asked, wanted, scope = self.asked, self.asked.wanted, self.asked.inputs.scope
        tenant, of_class, need = asked.tenant, asked.of_class, wanted.require
        bound = (tenant.residency if tenant else ()) or (of_class.residency if of_class else ())
        tier = (tenant.tier if tenant else None) or (of_class.tier if of_class else None)
        facts = {
            "tenant.id": scope.tenant or "",
            "tenant.class": tenant.tenant_class if tenant else "",
            "tenant.tier": tier or "",
            "tenant.data_residency": bound[0] if len(bound) == 1 else "",
            "tenant.residency": bound,
            "project.id": scope.project or "",
            "key.id": scope.key or "",
            "router.zone": asked.inputs.zone,
            "now.hour": asked.inputs.now.hour,
            "now.weekday": asked.inputs.now.weekday() + 1,
            "request.step": str(wanted.step or ""),
            "request.objective": str(wanted.objective or ""),
            "request.precision": str(need.precision or ""),
            "request.models": wanted.models,
            "request.capabilities": [floor.name for floor in floors_of(need)],
            "request.languages": need.languages,
            "request.modalities_in": need.modalities_in,
            "request.residency": need.residency,
            "request.min_context": need.min_context or 0,
            "request.input_tokens": wanted.estimate.input_tokens,
            "request.output_tokens": wanted.estimate.output_tokens,
        }
        return facts if primary is None else facts | self.of_primary(primary)

    def of_primary(self, primary: Candidate) -> dict[str, Any]:
        asked, endpoint = self.asked, primary.endpoint
        load, health = asked.inputs.load.get(endpoint.id), asked.health(endpoint.id)
        latency = load.latency_ms if load is not None else asked.latency(endpoint.id)
        dollars = cost(asked, primary)
        found = {
            "primary.latency_ms": None if latency is None else round(latency),
            "primary.cost_micros": None if dollars is None else math.ceil(dollars * 1_000_000),
            "primary.context": primary.context,
            "primary.model": primary.model.id,
            "primary.release": primary.offering.release,
            "primary.endpoint": endpoint.id,
            "primary.provider": endpoint.provider,
            "primary.hosting": str(endpoint.hosting),
            "primary.health": "unknown" if health is None else str(health.state),
        }
        return {name: value for name, value in found.items() if value is not None}


def reads(rule: Rule, of: str, what: str = "") -> bool:
    """Whether a rule's condition asks about something of that kind; about this of it."""
    text = "" if rule.when is None else re.sub(r'"[^"]*"', "", rule.when.text)
    return re.search(rf"\b({of})\.({what})", text) is not None


def told(judged: Judged) -> RuleTold:
    """What a rule did."""
    return RuleTold(
        policy=judged.policy,
        rule=judged.rule.name,
        outcome=judged.outcome,
        did="; ".join(effects(judged.rule)) if judged.applies else "",
    )


def effects(rule: Rule) -> Iterator[str]:
    if rule.require is not None:
        yield f"requires {given(rule.require)}"
    if rule.deny:
        yield "denies " + ", ".join(f"{aim.kind.value} {aim.id}" for aim in rule.deny)
    if rule.prefer is not None:
        yield f"prefers {given(rule.prefer)}, weight {rule.prefer.weight:g}"
    if rule.fallback:
        yield "falls back to " + ", ".join(rule.fallback)


def given(value: Require | Preference) -> str:
    """Each field that is not as it is by default, with what it is, but for what says how."""
    fields = zip(value.__struct_fields__, value.__struct_defaults__, strict=True)
    said = [
        f"{name} {words(held)}"
        for name, default in fields
        if name not in ("mode", "weight", "min_level") and (held := getattr(value, name)) != default
    ]
    return ", ".join(said)


def words(held: object) -> str:
    if isinstance(held, tuple):
        return " ".join(words(each) for each in held)
    if isinstance(held, CapabilityFloor):
        return f"{held.name} {held.min_level}" if held.min_level != 0.5 else held.name
    if isinstance(held, PriceCeiling):
        return " ".join(str(each) for each in (held.input, held.output) if each is not None)
    return "yes" if held is True else str(held)
