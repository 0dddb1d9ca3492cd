"""How endpoints fare: observations folded into states that expire."""

from __future__ import annotations

from datetime import datetime, timedelta
from enum import StrEnum

from routeyard.domain.value import Value

FAILURES_TO_FALL = 2
SUCCESSES_TO_RISE = 2
LATENCY_WEIGHT = 0.3


class HealthState(StrEnum):
    """What is known of an endpoint, seen from one zone."""

    HEALTHY = "healthy"
    DEGRADED = "degraded"
    UNHEALTHY = "unhealthy"
    UNKNOWN = "unknown"


class Observation(Value, frozen=True):
    """One look at an endpoint: a probe, or a router's finding."""

    endpoint: str
    zone: str
    is_up: bool
    observed_at: datetime
    latency_ms: float | None = None
    reason: str = ""


class Declaration(Value, frozen=True):
    """A state that a registered source states outright; it acts at once."""

    endpoint: str
    zone: str
    state: HealthState
    observed_at: datetime
    ttl_s: float
    reason: str = ""


class EndpointHealth(Value, frozen=True):
    """The folded state of an endpoint in a zone; `unknown` after `expires_at`."""

    endpoint: str
    zone: str
    state: HealthState
    observed_at: datetime
    since: datetime
    expires_at: datetime
    latency_ms: float | None = None
    reason: str = ""
    is_declared: bool = False
    streak: int = 0

    def state_at(self, now: datetime) -> HealthState:
        """The state, or `unknown` once it has expired."""
        return self.state if now < self.expires_at else HealthState.UNKNOWN


def observe(
    previous: EndpointHealth | None, seen: Observation, ttl: timedelta
) -> EndpointHealth | None:
    """Fold one observation in; None when it is older than what is known.

    A state falls after two failures in a row and rises after two successes, so that one lost
    packet moves nothing; the first observation ever counts at once. A declaration stands until
    it expires, whatever probes see meanwhile.
    """
    if previous is not None and seen.observed_at <= previous.observed_at:
        return None
    if previous is not None and previous.is_declared and seen.observed_at < previous.expires_at:
        return None
    streak = _streak(previous, is_up=seen.is_up)
    state = _next_state(previous, streak)
    return EndpointHealth(
        endpoint=seen.endpoint,
        zone=seen.zone,
        state=state,
        observed_at=seen.observed_at,
        since=previous.since if previous and previous.state is state else seen.observed_at,
        expires_at=seen.observed_at + ttl,
        latency_ms=_smoothed(previous, seen),
        reason=seen.reason,
        streak=streak,
    )


def declare(previous: EndpointHealth | None, said: Declaration) -> EndpointHealth | None:
    """Take a declaration over; None when it is older than what is known."""
    if previous is not None and said.observed_at <= previous.observed_at:
        return None
    return EndpointHealth(
        endpoint=said.endpoint,
        zone=said.zone,
        state=said.state,
        observed_at=said.observed_at,
        since=previous.since if previous and previous.state is said.state else said.observed_at,
        expires_at=said.observed_at + timedelta(seconds=said.ttl_s),
        latency_ms=previous.latency_ms if previous else None,
        reason=said.reason,
        is_declared=True,
    )


def _streak(previous: EndpointHealth | None, *, is_up: bool) -> int:
    """Successes in a row as a positive count, failures as a negative one."""
    before = previous.streak if previous and not previous.is_declared else 0
    return max(before, 0) + 1 if is_up else min(before, 0) - 1


def _next_state(previous: EndpointHealth | None, streak: int) -> HealthState:
    if previous is None or previous.is_declared or previous.state is HealthState.UNKNOWN:
        return HealthState.HEALTHY if streak > 0 else HealthState.UNHEALTHY
    if streak >= SUCCESSES_TO_RISE:
        return HealthState.HEALTHY
    return HealthState.UNHEALTHY if streak <= -FAILURES_TO_FALL else previous.state


def _smoothed(previous: EndpointHealth | None, seen: Observation) -> float | None:
    before = previous.latency_ms if previous else None
    if seen.latency_ms is None or before is None:
        return seen.latency_ms if before is None else before
    return round(before + LATENCY_WEIGHT * (seen.latency_ms - before), 3)
