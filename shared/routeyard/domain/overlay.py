"""Health as columns over the slots of a snapshot."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeyard.domain import bits
from routeyard.domain.health import EndpointHealth, HealthState
from routeyard.domain.snapshot import Column, Snapshot

YARDSTICK_LATENCY_MS = 2_000.0
NO_LATENCY = 0.5
# After healthy and never looked at; what was seen too long ago goes last.
STANDING = {HealthState.DEGRADED: 1.0, HealthState.UNKNOWN: 2.0}
_EVER = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))


class HealthView(NamedTuple):
    """How the candidates fare, from `since` until before `until`.

    `latency_ms` is NaN where unknown, `share` what a latency scores (0..1), `standing` 0 for the
    best. `up`: those not known to be down.
    """

    health: Mapping[str, EndpointHealth]
    since: datetime
    until: datetime
    up: int
    latency_ms: Column
    share: Column
    standing: Column


def health_view(
    snapshot: Snapshot, health: Mapping[str, EndpointHealth], now: datetime
) -> HealthView:
    """The health that routers have, which is replaced as a whole; the view of one is kept."""
    held: HealthView | None = snapshot.memo.get("health")
    if held is not None and held.health is health and held.since <= now < held.until:
        return held
    view = snapshot.memo["health"] = _view(snapshot, health, now)
    return view


def _view(snapshot: Snapshot, health: Mapping[str, EndpointHealth], now: datetime) -> HealthView:
    number = len(snapshot.endpoint_of)
    latency, standing = np.full(number + 1, np.nan), np.zeros(number + 1)
    down = np.zeros(number + 1, dtype=np.bool_)
    since, until = _EVER
    for endpoint, state in health.items():
        place = snapshot.endpoint_of.get(endpoint, number)
        if now < state.expires_at:
            until = min(until, state.expires_at)
            latency[place] = math.nan if state.latency_ms is None else state.latency_ms
            standing[place] = STANDING.get(state.state, 0.0)
            down[place] = state.state is HealthState.UNHEALTHY
        else:
            since = max(since, state.expires_at)
            standing[place] = STANDING[HealthState.UNKNOWN]
    places = places_of(snapshot)
    by_slot = latency[places]
    share = np.where(np.isnan(by_slot), NO_LATENCY, 1.0 / (1.0 + by_slot / YARDSTICK_LATENCY_MS))
    up = ~bits.to_mask(down[places])
    return HealthView(health, since, until, up, by_slot, share, standing[places])


def places_of(snapshot: Snapshot) -> NDArray[np.intp]:
    """The number of each slot's endpoint; one more than the last for an empty slot."""
    held: NDArray[np.intp] | None = snapshot.memo.get("places")
    if held is None:
        known = np.nan_to_num(snapshot.columns["endpoint"], nan=len(snapshot.endpoint_of))
        held = snapshot.memo["places"] = known.astype(np.intp)
    return held
