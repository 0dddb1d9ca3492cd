"""Ranking those that satisfy everything: every one of them is scored exactly, all at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeyard.domain import bits
from routeyard.domain.constraints import named, providers, task_of
from routeyard.domain.overlay import HealthView, health_view
from routeyard.domain.policies.book import PolicySet, ReadyRule
from routeyard.domain.policies.policy import Preference
from routeyard.domain.pricing import prices_for, warm_tokens
from routeyard.domain.resolution import Inputs, Objective, ScoreParts, Sort, Weights
from routeyard.domain.rulings import Terms, has_capability, requested, targets, weight_of
from routeyard.domain.snapshot import Column, Snapshot
from routeyard.domain.territories import lies_within

Indexes = NDArray[np.intp]
# More than any score: a worse standing is never made up for, nor is a later place in a list.
STANDING_STEP = 10.0
ORDER_STEP = 1_000.0
PREFERENCE_BONUS = 0.1
YARDSTICK_INPUT, YARDSTICK_OUTPUT = 1.0, 4.0
# With few survivors their numbers are gathered first, with many the whole columns are taken.
FEW = 1_000
WEIGHTS = {
    Objective.BALANCED: Weights(cost=0.3, quality=0.5, latency=0.2),
    Objective.COST: Weights(cost=0.8, quality=0.15, latency=0.05),
    Objective.QUALITY: Weights(cost=0.1, quality=0.85, latency=0.05),
    Objective.LATENCY: Weights(cost=0.1, quality=0.2, latency=0.7),
}
SORTED_BY = {Sort.PRICE: Weights(cost=1.0), Sort.LATENCY: Weights(latency=1.0)}


class Ranking(NamedTuple):
    """The survivors and what each is worth. `indexes` are their slots, None when it is all of them.

    What is not eligible among all is worth `-inf`.
    """

    indexes: Indexes | None
    worth: Column

    def best(self) -> int | None:
        """The slot of the best; None when nobody is left."""
        place = int(self.worth.argmax())
        if self.worth[place] == -np.inf:
            return None
        return place if self.indexes is None else int(self.indexes[place])

    def of(self, slot: int) -> float:
        """What a slot is worth; `-inf` for one that is not eligible."""
        if self.indexes is None:
            return float(self.worth[slot])
        place = int(self.indexes.searchsorted(slot))
        is_there = place < len(self.indexes) and self.indexes[place] == slot
        return float(self.worth[place]) if is_there else -np.inf

    def strike(self, slots: Indexes) -> None:
        """Leave slots out from now on."""
        if self.indexes is None:
            self.worth[slots] = -np.inf
            return
        places = self.indexes.searchsorted(slots)
        places = places[places < len(self.indexes)]
        self.worth[places[np.isin(self.indexes[places], slots)]] = -np.inf


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
) -> Ranking:
    """What every eligible slot is worth.

    A part depends on its candidate alone: adding one never changes how two others compare.
    """
    flags = bits.to_flags(eligible, snapshot.size)
    is_few = eligible.bit_count() < FEW
    indexes = flags.nonzero()[0] if is_few else None
    weights = weights_of(inputs, terms)
    base = _base(snapshot, inputs, weights)
    worth = weights.cost / cost_ratio(snapshot, inputs, indexes)
    for more in (
        base,
        bonuses(snapshot, terms, decided),
        _order(snapshot, inputs, terms),
    ):
        if more is not None:
            worth += more if indexes is None else more.take(indexes)
    return Ranking(indexes, worth if is_few else np.where(flags, worth, -np.inf))


def cost_ratio(snapshot: Snapshot, inputs: Inputs, indexes: Indexes | None) -> Column:
    """One more than what a call costs in yardsticks, infinite where a price is unknown."""
    prices, estimate = prices_for(snapshot, inputs), inputs.requirement.estimate
    taken, given = float(estimate.input_tokens), float(estimate.output_tokens)
    yardstick = max(YARDSTICK_INPUT * taken + YARDSTICK_OUTPUT * given, 1.0)
    paid_in, paid_out, each = prices.input, prices.output, prices.per_request
    if indexes is not None:
        paid_in, paid_out, each = (c.take(indexes) for c in (paid_in, paid_out, each))
    # Nothing of what has no known price is not free: infinity times nothing is no number.
    ratio = paid_in * (taken / yardstick or 1e-300)
    ratio += paid_out * (given / yardstick or 1e-300)
    ratio += each * (1e6 / yardstick)
    if inputs.warm:
        _warmed(snapshot, inputs, ratio, indexes, yardstick)
    ratio += 1.0
    return ratio


def _warmed(
    snapshot: Snapshot, inputs: Inputs, ratio: Column, indexes: Indexes | None, yardstick: float
) -> None:
    """Take off what endpoints need not read again."""
    prices = prices_for(snapshot, inputs)
    for endpoint in inputs.warm:
        slots = slots_of(snapshot, "endpoint", endpoint)
        if indexes is not None:
            slots = slots[np.isin(slots, indexes)]
        full, again = prices.input[slots], prices.cached_read[slots]
        is_known = np.isfinite(full) & np.isfinite(again)
        saved = np.subtract(full, again, out=np.zeros(len(slots)), where=is_known)
        places = slots if indexes is None else indexes.searchsorted(slots)
        ratio[places] -= saved * (warm_tokens(inputs, endpoint) / yardstick)


def _base(snapshot: Snapshot, inputs: Inputs, weights: Weights) -> Column:
    """What slots are worth but for the price of this call: quality, latency, standing, tie."""
    task = task_of(snapshot, inputs.requirement)
    view = health_view(snapshot, inputs.health, inputs.now)
    key = ("base", weights, task)
    held: tuple[HealthView, Column] | None = snapshot.memo.get(key)
    if held is not None and held[0] is view:
        return held[1]
    base = weights.quality * quality(snapshot, task) + weights.latency * view.share
    base += snapshot.columns["tie"]
    base -= STANDING_STEP * view.standing
    np.nan_to_num(base, copy=False, nan=-np.inf)  # empty slots have no tie
    snapshot.memo[key] = (view, base)
    return base


def quality(snapshot: Snapshot, task: str) -> Column:
    """The scores for a task; what is unknown scores nothing."""
    scores = snapshot.columns.get(f"quality.{task}")
    return np.zeros(snapshot.size) if scores is None else np.nan_to_num(scores)


def bonuses(snapshot: Snapshot, terms: Terms, decided: Sequence[ReadyRule]) -> Column | None:
    """What is preferred, by slot, by rules of policies and of the scope; they add up.

    None when nothing is preferred.
    """
    fixed = _preferences(snapshot, terms.policies)
    extra = [each.rule.prefer for each in decided if each.rule.prefer is not None]
    if not (extra or terms.rules.preferred):
        return fixed
    found = np.zeros(snapshot.size) if fixed is None else fixed.copy()
    for preference in extra:
        found[fitting(snapshot, preference)] += PREFERENCE_BONUS * preference.weight
    for said in terms.rules.preferred:
        aims = targets(snapshot, [said])
        found[_slots(snapshot, aims)] += PREFERENCE_BONUS * weight_of(said)
    return found


def _order(snapshot: Snapshot, inputs: Inputs, terms: Terms) -> Column | None:
    """What a caller lists first goes before what it lists after; None when it lists nothing."""
    wanted = inputs.requirement
    order = wanted.provider.order if wanted.provider is not None else ()
    models = requested(inputs, terms.rules) if len(wanted.models) > 1 else ()
    if not (order or models):
        return None
    found = np.zeros(snapshot.size)
    by_model = [named(snapshot, each) for each in models]
    by_provider = [providers(snapshot, (each,)) for each in order]
    for listed, step in ((by_model, ORDER_STEP * ORDER_STEP), (by_provider, ORDER_STEP)):
        left = (1 << snapshot.size) - 1
        for place, mask in enumerate(listed):
            found[_slots(snapshot, mask & left)] += step * (len(listed) - place)
            left &= ~mask
    return found


def _preferences(snapshot: Snapshot, policies: PolicySet) -> Column | None:
    """What the policies of a scope prefer, whatever is requested."""
    key = ("preferences", policies)
    if key not in snapshot.memo:
        wanted = [each.rule.prefer for each in policies.applied if each.rule.prefer is not None]
        found = np.zeros(snapshot.size) if wanted else None
        for preference in wanted:
            if found is not None:
                found[fitting(snapshot, preference)] += PREFERENCE_BONUS * preference.weight
        snapshot.memo[key] = found
    held: Column | None = snapshot.memo[key]
    return held


def fitting(snapshot: Snapshot, preference: Preference) -> Indexes:
    """The slots that fit all that a preference gives."""
    mask = -1
    if preference.capability is not None:
        mask &= has_capability(snapshot, preference.capability, preference.min_level)
    if preference.provider is not None:
        name = preference.provider
        mask &= snapshot.mask("provider", name) | snapshot.mask("maker", name)
    for kind in ("model", "release", "endpoint"):
        name = getattr(preference, kind)
        if name is not None:
            mask &= snapshot.mask(kind, name)
    if preference.hosting:
        mask &= bits.union(snapshot.mask("hosting", kind) for kind in preference.hosting)
    if preference.residency:
        mask &= bits.union(
            snapshot.masks[feature]
            for feature in snapshot.groups.get(("residency",), ())
            if len(feature) > 1 and lies_within(feature[1:], preference.residency)
        )
    return _slots(snapshot, mask)


def slots_of(snapshot: Snapshot, *feature: str) -> Indexes:
    """The slots that have a feature, in ascending order."""
    return _slots(snapshot, snapshot.mask(*feature))


def _slots(snapshot: Snapshot, mask: int) -> Indexes:
    alive = mask & ((1 << snapshot.size) - 1)
    held: Indexes | None = snapshot.memo.get(("slots", alive))
    if held is None:
        held = snapshot.memo["slots", alive] = bits.to_flags(alive, snapshot.size).nonzero()[0]
    return held


def parts(
    snapshot: Snapshot, inputs: Inputs, terms: Terms, decided: Sequence[ReadyRule], slot: int
) -> ScoreParts:
    """What the score of one slot is the sum of."""
    weights, at = weights_of(inputs, terms), np.array([slot], dtype=np.intp)
    task = task_of(snapshot, inputs.requirement)
    bonus = bonuses(snapshot, terms, decided)
    cost = float(1.0 / cost_ratio(snapshot, inputs, at)[0])
    latency = float(health_view(snapshot, inputs.health, inputs.now).share[slot])
    score, preference = float(quality(snapshot, task)[slot]), _plain(bonus, slot)
    total = weights.cost * cost + weights.quality * score + weights.latency * latency + preference
    found = {"cost": cost, "quality": score, "latency": latency, "preference": preference}
    return ScoreParts(**{n: round(v, 6) for n, v in found.items()}, total=round(total, 6))


def _plain(bonus: Column | None, slot: int) -> float:
    return 0.0 if bonus is None else float(bonus[slot])


def ordered(ranking: Ranking, slots: Iterable[int]) -> list[int]:
    """Slots by what they are worth, the best first; those that are not eligible are left out."""
    worth = {slot: ranking.of(slot) for slot in slots}
    found = [slot for slot in worth if worth[slot] > -np.inf]
    return sorted(found, key=lambda slot: -worth[slot])
