"""Ranking those that satisfy everything: every one is scored, the best is picked."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from routeyard.domain import bits
from routeyard.domain.constraints import task_of
from routeyard.domain.health import HealthState
from routeyard.domain.pricing import at_size, cost_estimate
from routeyard.domain.resolution import Candidate, Inputs, Objective, ScoreParts
from routeyard.domain.rulings import bonus, targets
from routeyard.domain.scopes import Effective
from routeyard.domain.snapshot import Column, Snapshot

Indexes = NDArray[np.intp]
FALLBACKS = 3
SHORTLIST = 64
# More than any score: a worse standing is never made up for.
STANDING_STEP = 10.0
PREFERENCE_BONUS = 0.1
YARDSTICK_INPUT, YARDSTICK_OUTPUT, YARDSTICK_LATENCY_MS = 1.0, 4.0, 2_000.0
# Shares of cost, quality and latency.
WEIGHTS = {
    Objective.BALANCED: (0.3, 0.5, 0.2),
    Objective.COST: (0.8, 0.15, 0.05),
    Objective.QUALITY: (0.1, 0.85, 0.05),
    Objective.LATENCY: (0.1, 0.2, 0.7),
}


def rank(snapshot: Snapshot, inputs: Inputs, rules: Effective, eligible: int) -> list[Candidate]:
    """The best, then the best of what is left at other endpoints."""
    indexes = np.flatnonzero(bits.to_flags(eligible, snapshot.size))
    parts = _score(snapshot, inputs, rules, indexes)
    worth = parts["total"] + parts["tie"] - STANDING_STEP * parts["standing"]
    places = _chain(snapshot, indexes, _best(worth, SHORTLIST))
    if len(places) <= FALLBACKS and len(indexes) > SHORTLIST:
        places = _chain(snapshot, indexes, _best(worth, len(indexes)))
    return [_candidate(snapshot, inputs, int(indexes[place]), parts, place) for place in places]


def _best(worth: Column, most: int) -> Indexes:
    """The places of the greatest values, greatest first."""
    if len(worth) <= most:
        return np.argsort(-worth)
    shortlist = np.argpartition(-worth, most)[:most]
    return shortlist[np.argsort(-worth[shortlist])]


def _chain(snapshot: Snapshot, indexes: Indexes, order: Indexes) -> list[int]:
    """The first place of each endpoint, until the chain is long enough."""
    places: dict[str, int] = {}
    for place in order:
        slot = snapshot.slots[int(indexes[place])]
        if slot is not None:
            places.setdefault(slot.endpoint.id, int(place))
        if len(places) > FALLBACKS:
            break
    return list(places.values())


def _score(
    snapshot: Snapshot, inputs: Inputs, rules: Effective, indexes: Indexes
) -> dict[str, Column]:
    """Every survivor's score; what is unknown scores nothing.

    A part depends on its candidate alone: adding one never changes how two others compare.
    """
    requirement = inputs.requirement
    tokens, out = requirement.estimate.input_tokens, requirement.estimate.output_tokens
    paid = (
        at_size(snapshot, "input", tokens)[indexes] * tokens
        + at_size(snapshot, "output", tokens)[indexes] * out
    )
    yardstick = max(YARDSTICK_INPUT * tokens + YARDSTICK_OUTPUT * out, 1.0)
    cost = np.nan_to_num(1.0 / (1.0 + paid / yardstick))
    scores = snapshot.columns.get(f"quality.{task_of(snapshot, requirement)}")
    quality = np.zeros(len(indexes)) if scores is None else np.nan_to_num(scores[indexes])
    latency, standing = _health_columns(snapshot, inputs, indexes)
    preference = _preference(snapshot, rules)[indexes]
    w_cost, w_quality, w_latency = WEIGHTS[requirement.objective]
    return {
        "cost": cost,
        "quality": quality,
        "latency": latency,
        "preference": preference,
        "total": w_cost * cost + w_quality * quality + w_latency * latency + preference,
        "tie": snapshot.columns["tie"][indexes],
        "standing": standing,
    }


def _health_columns(
    snapshot: Snapshot,
    inputs: Inputs,
    indexes: Indexes,
) -> tuple[Column, Column]:
    """Latency's share, and the rank by health: degraded after healthy, expired last."""
    latency, standing = np.full(snapshot.size, 0.5), np.zeros(snapshot.size)
    ranks = {HealthState.DEGRADED: 1.0, HealthState.UNKNOWN: 2.0}
    for endpoint, health in inputs.health.items():
        flags = bits.to_flags(snapshot.mask("endpoint", endpoint), snapshot.size)
        standing[flags] = ranks.get(health.state_at(inputs.now), 0.0)
        if health.latency_ms is not None and inputs.now < health.expires_at:
            latency[flags] = 1.0 / (1.0 + health.latency_ms / YARDSTICK_LATENCY_MS)
    return latency[indexes], standing[indexes]


def _preference(snapshot: Snapshot, rules: Effective) -> Column:
    """The greatest of the preferences that point at a slot."""
    best = np.zeros(snapshot.size)
    for said in rules.preferred:
        flags = bits.to_flags(targets(snapshot, [said]), snapshot.size)
        best[flags] = np.maximum(best[flags], PREFERENCE_BONUS * bonus(said))
    return best


def _candidate(
    snapshot: Snapshot, inputs: Inputs, index: int, parts: dict[str, Column], place: int
) -> Candidate:
    slot = snapshot.slots[index]
    assert slot is not None  # noqa: S101 - an eligible slot is a live one
    offering, _, endpoint, _, _ = slot
    names = ("cost", "quality", "latency", "preference", "total")
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
        cost_estimate=cost_estimate(offering.price, inputs.requirement),
        score=ScoreParts(**{name: round(float(parts[name][place]), 6) for name in names}),
    )
