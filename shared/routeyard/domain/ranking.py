"""Ranking those that satisfy everything: every one of them is scored exactly, all at once."""

from __future__ import annotations

import math
from collections.abc import Hashable, Sequence

import numpy as np
from numpy.typing import NDArray

from routeyard.domain import bits
from routeyard.domain.constraints import named, providers, task_of
from routeyard.domain.overlay import HealthView, health_view
from routeyard.domain.policies.book import PolicySet, ReadyRule
from routeyard.domain.policies.policy import Preference
from routeyard.domain.pricing import prices_for, warm_tokens
from routeyard.domain.resolution import Inputs, Objective, ScoreParts, Sort, Weights
from routeyard.domain.rulings import (
    MOST_KEPT,
    Terms,
    has_capability,
    kept,
    lying_within,
    provided,
    requested,
    target,
)
from routeyard.domain.snapshot import Column, Snapshot

Indexes = NDArray[np.intp]
# More than any score, and than nine preferences as strong as may be: a worse standing is never
# made up for, nor is a later place in a list.
STANDING_STEP = 1_000.0
ORDER_STEP = 10_000.0
# So far from 0 a sum of floats no longer tells every two ties apart.
TALL = 2.0
PREFERENCE_BONUS = 0.1
YARDSTICK_INPUT, YARDSTICK_OUTPUT = 1.0, 4.0
TINY = 1e-300
# Of some tens of kilobytes each, for a few thousand offerings.
MOST_BASES = 256
WEIGHTS = {
    Objective.BALANCED: Weights(cost=0.3, quality=0.5, latency=0.2),
    Objective.COST: Weights(cost=0.8, quality=0.15, latency=0.05),
    Objective.QUALITY: Weights(cost=0.1, quality=0.85, latency=0.05),
    Objective.LATENCY: Weights(cost=0.1, quality=0.2, latency=0.7),
}
SORTED_BY = {Sort.PRICE: Weights(cost=1.0), Sort.LATENCY: Weights(latency=1.0)}


def best(snapshot: Snapshot, worth: Column) -> int | None:
    """The slot that is worth most; None when nobody is left."""
    place = int(worth.argmax())
    most = worth.item(place)
    if most == -math.inf:
        return None
    if not -TALL <= most <= TALL:
        equal = np.flatnonzero(worth == most)
        place = int(equal[snapshot.columns["tie"][equal].argmax()])
    return place


def offering_at(snapshot: Snapshot, slot: int) -> str:
    """The id of a slot's offering; empty for an empty slot."""
    held = snapshot.slots[slot]
    return "" if held is None else held.offering.id


def endpoint_at(snapshot: Snapshot, slot: int) -> str:
    """The id of a slot's endpoint; empty for an empty slot."""
    held = snapshot.slots[slot]
    return "" if held is None else held.endpoint.id


def weights_of(inputs: Inputs, terms: Terms) -> Weights:
    """What counts: as the caller sorts or asks for, else as the policies say; they sum up to 1."""
    wanted = inputs.requirement
    if wanted.provider is not None and wanted.provider.sort is not None:
        return SORTED_BY[wanted.provider.sort]
    if wanted.objective is not None:
        return WEIGHTS[wanted.objective]
    said = terms.policies.objective
    return WEIGHTS[Objective.BALANCED] if said is None else said


def rank(
    snapshot: Snapshot, inputs: Inputs, terms: Terms, decided: Sequence[ReadyRule], eligible: int
) -> Column:
    """What every slot is worth; `-inf` for those that are not eligible.

    A part depends on its candidate alone: adding one never changes how two others compare.
    """
    weights = weights_of(inputs, terms)
    worth = cost_ratio(snapshot, inputs)
    np.divide(weights.cost, worth, out=worth)
    worth += _base(snapshot, inputs, weights, terms.policies)
    _prefer(snapshot, terms, decided, worth)
    wanted = inputs.requirement
    if len(wanted.models) > 1 or wanted.provider is not None:
        _order(snapshot, inputs, terms, worth)
    worth += bits.to_penalty(eligible, len(worth))
    return worth


def cost_ratio(snapshot: Snapshot, inputs: Inputs) -> Column:
    """One more than what a call costs in yardsticks, infinite where a price is unknown."""
    prices, estimate = prices_for(snapshot, inputs), inputs.requirement.estimate
    taken, given = estimate.input_tokens, estimate.output_tokens
    yardstick = max(YARDSTICK_INPUT * taken + YARDSTICK_OUTPUT * given, 1.0)
    # What has no known price is not free where nothing is taken: infinity times 0 is no number.
    ratio = prices.input * (taken / yardstick or TINY)
    ratio += prices.output * (given / yardstick or TINY)
    if prices.per_request is not None:
        ratio += prices.per_request * (1e6 / yardstick)
    if inputs.warm:
        _warmed(snapshot, inputs, ratio, yardstick)
    ratio += 1.0
    return ratio


def _warmed(snapshot: Snapshot, inputs: Inputs, ratio: Column, yardstick: float) -> None:
    """Take off what endpoints need not read again."""
    prices = prices_for(snapshot, inputs)
    for endpoint in inputs.warm:
        slots = slots_of(snapshot, "endpoint", endpoint)
        full, again = prices.input[slots], prices.cached_read[slots]
        is_known = np.isfinite(full) & np.isfinite(again)
        saved = np.subtract(full, again, out=np.zeros(len(slots)), where=is_known)
        ratio[slots] -= saved * (warm_tokens(inputs, endpoint) / yardstick)


def _base(snapshot: Snapshot, inputs: Inputs, weights: Weights, policies: PolicySet) -> Column:
    """What slots are worth but for the price of this call, and for what the scope itself prefers.

    Quality, latency, standing, tie, and what policies prefer.
    """
    task = task_of(snapshot, inputs.requirement)
    view = health_view(snapshot, inputs.health, inputs.now)
    key, kept = (weights, task, policies), _bases(snapshot, view)
    base = kept.get(key)
    if base is None:
        base = weights.quality * quality(snapshot, task) + weights.latency * view.share
        base += snapshot.columns["tie"]
        base -= STANDING_STEP * view.standing
        base += 0.0 if (fixed := _preferences(snapshot, policies)) is None else fixed
        np.nan_to_num(base, copy=False, nan=-np.inf)  # empty slots have no tie
        if len(kept) >= MOST_BASES:
            kept.clear()
        kept[key] = base
    return base


def _bases(snapshot: Snapshot, view: HealthView) -> dict[Hashable, Column]:
    """Those that were worked out for the newest look at health."""
    held: tuple[HealthView, dict[Hashable, Column]] | None = snapshot.memo.get("bases")
    if held is None or held[0] is not view:
        held = snapshot.memo["bases"] = (view, {})
    return held[1]


def quality(snapshot: Snapshot, task: str) -> Column:
    """The scores for a task; what is unknown scores nothing."""
    scores = snapshot.columns.get(f"quality.{task}")
    return np.zeros(snapshot.size) if scores is None else np.nan_to_num(scores)


def _prefer(snapshot: Snapshot, terms: Terms, decided: Sequence[ReadyRule], worth: Column) -> None:
    """Add what rules that the request decided prefer, and what is said for the scope."""
    for each in decided:
        if each.rule.prefer is not None:
            worth[fitting(snapshot, each.rule.prefer)] += PREFERENCE_BONUS * each.rule.prefer.weight
    for aimed, aim, weight in terms.preferred:
        held: Indexes | None = snapshot.memo.get(aimed)
        if held is None:
            held = snapshot.memo[aimed] = _slots(snapshot, target(snapshot, aim))
        worth[held] += PREFERENCE_BONUS * weight


def _order(snapshot: Snapshot, inputs: Inputs, terms: Terms, worth: Column) -> None:
    """What a caller lists first goes before what it lists after, and that before the rest."""
    wanted = inputs.requirement
    models = requested(inputs, terms.rules) if len(wanted.models) > 1 else ()
    order = () if wanted.provider is None else wanted.provider.order
    by_model = [named(snapshot, each) for each in models]
    by_provider = [providers(snapshot, (each,)) for each in order]
    for listed, step in ((by_model, ORDER_STEP * ORDER_STEP), (by_provider, ORDER_STEP)):
        left = -1
        for place, mask in enumerate(listed):
            worth[_slots(snapshot, mask & left)] += step * (len(listed) - place)
            left &= ~mask


def _preferences(snapshot: Snapshot, policies: PolicySet) -> Column | None:
    """What the policies of a scope prefer, whatever is requested."""
    key = ("preferences", policies)
    if key in snapshot.memo:
        held: Column | None = snapshot.memo[key]
        return held
    wanted = [each.rule.prefer for each in policies.applied if each.rule.prefer is not None]
    found = np.zeros(snapshot.size) if wanted else None
    for preference in wanted:
        if found is not None:
            found[fitting(snapshot, preference)] += PREFERENCE_BONUS * preference.weight
    if len(snapshot.memo) < MOST_KEPT:
        snapshot.memo[key] = found
    return found


def fitting(snapshot: Snapshot, preference: Preference) -> Indexes:
    """The slots that fit all that a preference gives."""

    def work() -> Indexes:
        return _slots(snapshot, _fit(snapshot, preference))

    return kept(snapshot.memo, ("fitting", preference), work)


def _fit(snapshot: Snapshot, preference: Preference) -> int:
    mask = -1
    if preference.capability is not None:
        mask &= has_capability(snapshot, preference.capability, preference.min_level)
    if preference.provider is not None:
        mask &= provided(snapshot, preference.provider)
    for kind in ("model", "release", "endpoint"):
        name = getattr(preference, kind)
        if name is not None:
            mask &= snapshot.mask(kind, name)
    if preference.hosting:
        mask &= bits.union(snapshot.mask("hosting", kind) for kind in preference.hosting)
    if preference.residency:
        mask &= lying_within(snapshot, preference.residency)
    return mask


def slots_of(snapshot: Snapshot, *feature: str) -> Indexes:
    """The slots that have a feature, in ascending order."""
    held: Indexes | None = snapshot.memo.get(feature)
    if held is None:
        held = snapshot.memo[feature] = _slots(snapshot, snapshot.masks.get(feature, 0))
    return held


def _slots(snapshot: Snapshot, mask: int) -> Indexes:
    return bits.to_flags(mask & snapshot.all, snapshot.size).nonzero()[0]


def parts(
    snapshot: Snapshot, inputs: Inputs, terms: Terms, decided: Sequence[ReadyRule], slot: int
) -> ScoreParts:
    """What the score of one slot is the sum of."""
    weights, fixed = weights_of(inputs, terms), _preferences(snapshot, terms.policies)
    preferred = np.zeros(snapshot.size) if fixed is None else fixed.copy()
    _prefer(snapshot, terms, decided, preferred)
    task = task_of(snapshot, inputs.requirement)
    cost = float(1.0 / cost_ratio(snapshot, inputs)[slot])
    latency = float(health_view(snapshot, inputs.health, inputs.now).share[slot])
    score, preference = float(quality(snapshot, task)[slot]), float(preferred[slot])
    total = weights.cost * cost + weights.quality * score + weights.latency * latency + preference
    found = {"cost": cost, "quality": score, "latency": latency, "preference": preference}
    return ScoreParts(**{n: round(v, 6) for n, v in found.items()}, total=round(total, 6))
