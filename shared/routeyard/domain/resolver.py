"""From a snapshot and inputs to an answer: visible, eligible, scored, picked, with every reason."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import NamedTuple

from msgspec import structs

from routeyard.domain import explaining
from routeyard.domain.constraints import Check, Constraints, constraints, visible
from routeyard.domain.facts import Circumstances, Decided, decide
from routeyard.domain.picking import Pick, Plan, chain, primary
from routeyard.domain.policies.book import LATENCY, ReadyRule, applies, is_unevaluated
from routeyard.domain.pricing import cost_estimate
from routeyard.domain.ranking import parts, rank
from routeyard.domain.resolution import Because, Candidate, Inputs, Resolution, ScoreParts
from routeyard.domain.rulings import Terms, terms_of
from routeyard.domain.snapshot import Slot, Snapshot


class Solve(NamedTuple):
    """One request on its way: what applies to it, and what became of the rules that it decides.

    `at_primary` is filled once there is a pick.
    """

    snapshot: Snapshot
    inputs: Inputs
    terms: Terms
    decided: Decided
    applied: Sequence[ReadyRule]
    at_primary: Decided


def resolve(snapshot: Snapshot, inputs: Inputs) -> Resolution:
    """Which model, release and endpoint, for this request; pure.

    Raises:
        InvalidRequest: the request names a tenant, a capability or a model that is not there.
    """
    terms = terms_of(snapshot, inputs)
    decided = _decided(snapshot, inputs, terms)
    applied = [rule for rule, outcome in decided if applies(outcome)] if decided else []
    solve = Solve(snapshot, inputs, terms, decided, applied, [])
    seen = visible(snapshot, inputs)
    found = constraints(snapshot, inputs, terms, applied, seen)
    others = found.passing
    eligible = others if found.requested is None else others & found.requested.passing
    picks = _picks(solve, eligible, others) if eligible else []
    return _told(solve, picks, seen, eligible, found)


def _decided(snapshot: Snapshot, inputs: Inputs, terms: Terms) -> Decided:
    """The rules that this request decides."""
    rules = terms.policies.open
    return decide(rules, Circumstances(terms.facts, inputs, snapshot)) if rules else []


def _picks(solve: Solve, eligible: int, others: int) -> list[Pick]:
    """The chain: of those that are eligible, and of `others`, that were only not asked for."""
    snapshot, inputs, terms, applied = solve.snapshot, solve.inputs, solve.terms, solve.applied
    worth = rank(snapshot, inputs, terms, applied, eligible)
    picked = primary(snapshot, inputs, terms, worth, eligible)
    if picked is None:
        return []
    plan = _plan(solve, picked)
    anyone = worth
    if others != eligible and (plan.first or plan.after or _falls_back(snapshot, picked)):
        anyone = rank(snapshot, inputs, terms, applied, others)
    return chain(snapshot, inputs, picked, plan, (worth, anyone))


def _falls_back(snapshot: Snapshot, picked: Pick) -> bool:
    slot = snapshot.slots[picked.slot]
    return slot is not None and slot.model.falls_back_to is not None


def _plan(solve: Solve, picked: Pick) -> Plan:
    """Which fallbacks go first, and which after the pick."""
    policies = solve.terms.policies
    first: list[ReadyRule] = []
    after: list[ReadyRule] = []
    if policies.at_primary:
        at = Circumstances(solve.terms.facts, solve.inputs, solve.snapshot, picked.slot)
        solve.at_primary.extend(decide(policies.at_primary, at))
        for rule, outcome in solve.at_primary:
            (first if applies(outcome) else after).append(rule)
    after += policies.fallbacks
    after += [rule for rule in solve.applied if rule.rule.fallback]
    return Plan(first, after)


def _first_attempt(at_primary: Decided) -> int | None:
    """How long the first attempt may take: a bound that was not passed holds on for it."""
    bounds = [
        rule.bound.most
        for rule, outcome in at_primary
        if rule.bound is not None and rule.bound.variable == LATENCY and not applies(outcome)
    ]
    return min((each for each in bounds if each > 0), default=None)


def _told(
    solve: Solve, picks: Sequence[Pick], seen: int, eligible: int, found: Constraints
) -> Resolution:
    snapshot, terms, rejected = solve.snapshot, solve.terms, seen & ~eligible
    is_explained = solve.inputs.requirement.explain
    checks = found.all() if is_explained or not picks else ()
    answer = Resolution(
        epoch=snapshot.epoch,
        revision=snapshot.revision,
        chosen=_first(solve, picks[0]) if picks else None,
        fallbacks=tuple([_other(solve, pick) for pick in picks[1:]]),
        considered=seen.bit_count(),
        eligible=eligible.bit_count(),
        policies=terms.policies.versions,
        not_evaluated=_unevaluated(solve),
        first_attempt_ms=_first_attempt(solve.at_primary) if solve.at_primary else None,
        rejected_for=explaining.counts(rejected, checks) if checks else {},
    )
    return _explained(answer, solve, rejected, checks) if is_explained else answer


def _unevaluated(solve: Solve) -> int:
    found = solve.terms.policies.not_evaluated
    for decided in (solve.decided, solve.at_primary):
        for _, outcome in decided:
            if is_unevaluated(outcome):
                found += 1
    return found


def _explained(
    answer: Resolution, solve: Solve, rejected: int, checks: Sequence[Check]
) -> Resolution:
    """With everything that was left out, and what each rule did."""
    decided = [*solve.terms.policies.settled, *solve.decided, *solve.at_primary]
    return structs.replace(
        answer,
        rejections=explaining.rejections(solve.snapshot, rejected, checks),
        rules=explaining.rules(decided),
        overrides=explaining.overrides(solve.snapshot, solve.inputs),
    )


def _first(solve: Solve, pick: Pick) -> Candidate:
    """The pick, with what it would cost."""
    snapshot, inputs = solve.snapshot, solve.inputs
    slot = snapshot.slots[pick.slot]
    assert slot is not None  # noqa: S101 - an eligible slot is a live one
    cost = cost_estimate(slot.offering.price, inputs, slot.endpoint.id)
    score = None
    if inputs.requirement.explain:
        score = parts(snapshot, inputs, solve.terms, solve.applied, pick.slot)
    return _candidate(slot, pick.because, cost, score)


def _other(solve: Solve, pick: Pick) -> Candidate:
    """A fallback; it is told with its costs and score where that is asked for."""
    if solve.inputs.requirement.explain:
        return _first(solve, pick)
    memo, key = solve.snapshot.priced, ("candidate", pick)
    held: Candidate | None = memo.get(key)
    if held is None:
        slot = solve.snapshot.slots[pick.slot]
        assert slot is not None  # noqa: S101 - an eligible slot is a live one
        held = memo[key] = _candidate(slot, pick.because)
    return held


def _candidate(
    slot: Slot, because: Because, cost: Decimal | None = None, score: ScoreParts | None = None
) -> Candidate:
    offering, _, endpoint, _, _ = slot
    return Candidate(
        offering=offering.id,
        model=offering.model,
        release=offering.release,
        endpoint=endpoint.id,
        native_id=offering.native_id,
        provider=endpoint.provider,
        hosting=endpoint.hosting,
        dialect=endpoint.dialect,
        residency=endpoint.residency,
        url=endpoint.url,
        price=offering.price,
        because=because,
        cost_estimate=cost,
        score=score,
    )
