"""Whom to try, in which order: the pick, and a chain of others that satisfy all the same."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from routeyard.domain import bits
from routeyard.domain.cohort import BUCKETS, bucket
from routeyard.domain.constraints import named
from routeyard.domain.policies.book import OF_ENDPOINT, ReadyRule
from routeyard.domain.ranking import best, endpoint_at, offering_at, slots_of
from routeyard.domain.resolution import Because, Inputs, Load
from routeyard.domain.rulings import Terms, kept, weight_of
from routeyard.domain.snapshot import Column, Snapshot

FALLBACKS = 3
# How much less an endpoint may be worth and still share a release's calls with the best one.
CLOSE = 0.02


class Pick(NamedTuple):
    """A slot, and why it stands here."""

    slot: int
    because: Because


class Plan(NamedTuple):
    """The rules that name fallbacks: those that put theirs first, and those that put them after."""

    first: Sequence[ReadyRule]
    after: Sequence[ReadyRule]


def primary(
    snapshot: Snapshot, inputs: Inputs, terms: Terms, worth: Column, eligible: int
) -> Pick | None:
    """The best or, among endpoints of its release that are as good, one chosen by weight or load.

    None when nobody is eligible.
    """
    first = best(snapshot, worth)
    slot = None if first is None else snapshot.slots[first]
    if first is None or slot is None:
        return None
    if not (inputs.load or terms.rules.weights):
        return Pick(first, Because.BEST)
    alike = snapshot.mask("release", slot.offering.release) & eligible
    close = worth[first] - CLOSE
    shared = _by_name(snapshot, (each for each in bits.slots(alike) if worth[each] >= close))
    if len(shared) == 1:
        return Pick(first, Because.BEST)
    return _weighted(snapshot, inputs, terms, shared) or _lighter(snapshot, inputs, first, shared)


def _weighted(
    snapshot: Snapshot, inputs: Inputs, terms: Terms, shared: Sequence[int]
) -> Pick | None:
    """By the shares that overrides give endpoints; None where they give none."""
    said = {each.aims[0].id: weight_of(each) for each in terms.rules.weights}
    shares = [
        (slot, share)
        for slot in shared
        if (share := said.get(endpoint_at(snapshot, slot), 0.0)) > 0.0
    ]
    if not shares:
        return None
    total = sum(share for _, share in shares)
    left = _draw(inputs) * total
    for slot, share in shares:
        left -= share
        if left < 0.0:
            return Pick(slot, Because.WEIGHTED)
    return Pick(shares[-1][0], Because.WEIGHTED)


def _draw(inputs: Inputs) -> float:
    """The draw of a request, the same for everything that has one sticky key."""
    key = inputs.requirement.sticky_key
    return inputs.draw if key is None else bucket("weights", key) / BUCKETS


def _lighter(snapshot: Snapshot, inputs: Inputs, best: int, shared: Sequence[int]) -> Pick:
    """The less busy one of two that are drawn: so many routers do not all rush to the same one."""
    known = [slot for slot in shared if endpoint_at(snapshot, slot) in inputs.load]
    if len(known) < 2:  # noqa: PLR2004 - one is no choice
        return Pick(best, Because.BEST)
    pairs = len(known) * (len(known) - 1)
    number = min(int(inputs.draw * pairs), pairs - 1)
    one, other = number // (len(known) - 1), number % (len(known) - 1)
    other += other >= one
    two = (known[min(one, other)], known[max(one, other)])
    lighter = min(two, key=lambda slot: _busy(snapshot, inputs, slot))
    return Pick(lighter, Because.BEST if lighter == best else Because.LIGHTER_LOAD)


def _busy(snapshot: Snapshot, inputs: Inputs, slot: int) -> float:
    load: Load = inputs.load[endpoint_at(snapshot, slot)]
    return load.latency_ms * (load.in_flight + 1)


def _by_name(snapshot: Snapshot, slots: Iterable[int]) -> list[int]:
    """Slots by their offerings: routers number them differently, and must draw the same."""
    return sorted(slots, key=lambda slot: offering_at(snapshot, slot))


def chain(
    snapshot: Snapshot, inputs: Inputs, picked: Pick, plan: Plan, worths: tuple[Column, Column]
) -> list[Pick]:
    """The pick and those to try after it, each at another endpoint.

    `worths`: of those that the caller chose among, and of all that satisfy the rest, from which
    policies and the graph name fallbacks. The first is used up.
    """
    left, anyone = worths
    wanted = inputs.requirement.provider
    if wanted is not None and not wanted.allow_fallbacks and not wanted.order:
        return [picked]
    found: list[Pick] = []
    tried: set[str] = set()
    for pick in _in_order(snapshot, picked, plan, anyone):
        endpoint = endpoint_at(snapshot, pick.slot)
        if endpoint not in tried:
            tried.add(endpoint)
            found.append(pick)
            left[slots_of(snapshot, "endpoint", endpoint)] = -math.inf
    while len(found) <= FALLBACKS and (slot := best(snapshot, left)) is not None:
        found.append(Pick(slot, Because.NEXT_BEST))
        left[slots_of(snapshot, "endpoint", endpoint_at(snapshot, slot))] = -math.inf
    return found[: FALLBACKS + 1]


def _in_order(snapshot: Snapshot, picked: Pick, plan: Plan, anyone: Column) -> list[Pick]:
    """What policies put first, the pick, what they put after it, what the graph falls back to."""
    found: list[Pick] = []
    avoided = _avoided(snapshot, picked, plan)
    for rule in plan.first:
        found += _best_of(snapshot, rule.rule.fallback, anyone, Because.POLICY_FALLBACK, avoided)
    found.append(picked)
    for rule in plan.after:
        found += _best_of(snapshot, rule.rule.fallback, anyone, Because.POLICY_FALLBACK)
    slot = snapshot.slots[picked.slot]
    following = None if slot is None else slot.model.falls_back_to
    if following is not None:
        found += _best_of(snapshot, (following,), anyone, Because.FALLS_BACK_TO)
    return found


def _avoided(snapshot: Snapshot, picked: Pick, plan: Plan) -> str:
    """The pick's endpoint, where a rule holds that finds fault with it; empty without such a rule.

    What is slow or unwell there stays so under another model.
    """
    for rule in plan.first:
        if not OF_ENDPOINT.isdisjoint(rule.reads):
            return endpoint_at(snapshot, picked.slot)
    return ""


def _best_of(
    snapshot: Snapshot, models: Sequence[str], anyone: Column, because: Because, avoided: str = ""
) -> Iterator[Pick]:
    for name in models:
        found, most = None, (-math.inf, 0.0)
        for slot in _named(snapshot, name):
            if avoided and endpoint_at(snapshot, slot) == avoided:
                continue
            worth = anyone.item(slot)
            if worth >= most[0] and worth > -math.inf:
                rank = (worth, snapshot.columns["tie"].item(slot))
                if rank > most:
                    found, most = slot, rank
        if found is not None:
            yield Pick(found, because)


def _named(snapshot: Snapshot, name: str) -> tuple[int, ...]:
    def work() -> tuple[int, ...]:
        return tuple(bits.slots(named(snapshot, name)))

    return kept(snapshot.memo, ("named", name), work)
