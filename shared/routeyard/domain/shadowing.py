"""What the shadow policies would have answered, beside what those that decide did."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from msgspec import structs

from routeyard.domain import explaining
from routeyard.domain.facts import Circumstances, decide
from routeyard.domain.replay import Shift, shift
from routeyard.domain.resolution import Because, Candidate, Inputs, Outcome, Resolution, RuleTold
from routeyard.domain.resolver import resolve
from routeyard.domain.rulings import terms_of
from routeyard.domain.snapshot import Snapshot, shadowed

_PICKED = {Because.BEST, Because.LIGHTER_LOAD, Because.WEIGHTED}


class Answered(NamedTuple):
    """A request that was answered, and over which snapshot."""

    snapshot: Snapshot
    inputs: Inputs
    resolution: Resolution


class Beside(NamedTuple):
    """What a request would have come to under the shadow policies, and where it shifts to."""

    after: Resolution
    shift: Shift


def concerning(answered: Answered) -> tuple[str, ...]:
    """The shadow versions that come into a request: they hold for it, or an active one would not.

    None where the same versions hold: then the answer is the same, too.
    """
    shadow, before = shadowed(answered.snapshot), answered.resolution.policies
    if shadow is None:
        return ()
    after = terms_of(shadow, answered.inputs).policies.versions
    gone = (shadow.policies.counterpart(each) for each in before if each not in after)
    come = (each for each in after if each not in before)
    return tuple(sorted({*come, *(each for each in gone if each is not None)}))


def beside(answered: Answered) -> Beside | None:
    """The request resolved again, with the shadow policies in force; None where there are none."""
    shadow, wanted = shadowed(answered.snapshot), answered.inputs.requirement
    if shadow is None:
        return None
    # Why each other candidate is left out is not asked here, and takes longest.
    short = structs.replace(wanted, explain=False)
    after = resolve(shadow, structs.replace(answered.inputs, requirement=short))
    return Beside(after, shift(answered.resolution, after))


def reasons(answered: Answered, after: Resolution) -> tuple[RuleTold, ...]:
    """What the rules do in which both sides differ: first those that decide, then the shadows'."""
    before, shadow = answered.resolution, shadowed(answered.snapshot)
    gone = set(before.policies) - set(after.policies)
    come = set(after.policies) - set(before.policies)
    found = _told(answered.snapshot, answered.inputs, before, gone)
    return found if shadow is None else found + _told(shadow, answered.inputs, after, come)


def _told(
    snapshot: Snapshot, inputs: Inputs, resolution: Resolution, versions: set[str]
) -> tuple[RuleTold, ...]:
    """What the rules of some versions did, but for those whose condition was not met."""
    terms = terms_of(snapshot, inputs)
    policies = terms.policies
    decided = [
        *policies.settled,
        *decide(policies.open, Circumstances(terms.facts, inputs, snapshot)),
    ]
    picked = _picked(snapshot, resolution)
    if picked is not None:
        at = Circumstances(terms.facts, inputs, snapshot, picked)
        decided += decide(policies.at_primary, at)
    wanted = [(rule, outcome) for rule, outcome in decided if rule.policy in versions]
    return explaining.rules(each for each in wanted if each[1] is not Outcome.NOT_MET)


def _picked(snapshot: Snapshot, resolution: Resolution) -> int | None:
    """The slot that the rules about the primary looked at; None where it is not in the chain."""
    chain: Iterable[Candidate | None] = (resolution.chosen, *resolution.fallbacks)
    found = (each.offering for each in chain if each is not None and each.because in _PICKED)
    return next((snapshot.slot_of[offering] for offering in found), None)
