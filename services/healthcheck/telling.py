"""Which states are worth telling others: pure."""

from __future__ import annotations

from datetime import datetime, timedelta

from routeyard.domain.health import EndpointHealth, HealthState

LATENCY_SHARE, LATENCY_LEAST_MS = 0.1, 5.0
TTL_PARTS = 3


def is_worth_telling(
    health: EndpointHealth, told: EndpointHealth | None, ttl: timedelta, now: datetime
) -> bool:
    """Whether others should hear of a state.

    They should when something changed that they act on, or when what they heard will expire;
    what has expired already tells nobody anything.
    """
    if now >= health.expires_at:
        return False
    if told is None or health.is_declared or told.is_declared:
        return True
    return (
        state_told(told, health) is not health.state
        or health.reason != told.reason
        or _moved(health.latency_ms, told.latency_ms)
        or health.observed_at - told.observed_at >= ttl / TTL_PARTS
    )


def state_told(told: EndpointHealth | None, health: EndpointHealth) -> HealthState:
    """The state others hold an endpoint to be in, at the moment a new one is found."""
    return told.state_at(health.observed_at) if told else HealthState.UNKNOWN


def _moved(latency_ms: float | None, told_ms: float | None) -> bool:
    if latency_ms is None or told_ms is None:
        return latency_ms is not told_ms
    # On a fast server a tenth is noise, and a state told at each look helps nobody.
    return abs(latency_ms - told_ms) > max(LATENCY_SHARE * told_ms, LATENCY_LEAST_MS)
