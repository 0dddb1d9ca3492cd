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
    """The folded state of an endpoint in a zone; `unknown` after `expires_at`.

    `observed_at` is the newest moment anything is known of, `declared_at` that of the newest
    declaration, in force or not.
    """

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
    declared_at: datetime | None = None

    def state_at(self, now: datetime) -> HealthState:
        """The state, or `unknown` once it has expired."""
        return self.state if now < self.expires_at else HealthState.UNKNOWN


def observe(
    previous: EndpointHealth | None, seen: Observation, ttl: timedelta
) -> EndpointHealth | None:
    """Fold one observation in; None when it is older than what is known.

    A state falls after two failures in a row and rises after two successes, so that one lost
    packet moves nothing; the first observation ever, or after a state has expired, counts at
    once. A declaration stands until it expires, whatever probes see meanwhile.
    """
    if previous is not None and seen.observed_at <= previous.observed_at:
        return None
    before = previous if previous and seen.observed_at < previous.expires_at else None
    if before is not None and before.is_declared:
        return None
    streak = _streak(before, is_up=seen.is_up)
    state = _next_state(before, streak)
    return EndpointHealth(
        endpoint=seen.endpoint,
        zone=seen.zone,
        state=state,
        observed_at=seen.observed_at,
        since=before.since if before and before.state is state else seen.observed_at,
        expires_at=seen.observed_at + ttl,
        latency_ms=_smoothed(before, seen),
        reason=seen.reason,
        streak=streak,
        declared_at=previous.declared_at if previous else None,
    )


def declare(previous: EndpointHealth | None, said: Declaration) -> EndpointHealth | None:
    """Take a declaration over; None when a newer one was, or it was over before the newest look.

    A look that is newer than the declaration does not outrank it: a publisher's clock, or the
    way here, may be slower than a probe.
    """
    expires_at = said.observed_at + timedelta(seconds=said.ttl_s)
    if previous is not None and not _is_news(previous, said, expires_at):
        return None
    is_same = previous is not None and previous.state_at(said.observed_at) is said.state
    return EndpointHealth(
        endpoint=said.endpoint,
        zone=said.zone,
        state=said.state,
        observed_at=max(said.observed_at, previous.observed_at) if previous else said.observed_at,
        since=previous.since if previous and is_same else said.observed_at,
        expires_at=expires_at,
        latency_ms=previous.latency_ms if previous else None,
        reason=said.reason,
        is_declared=True,
        declared_at=said.observed_at,
    )


def _is_news(previous: EndpointHealth, said: Declaration, expires_at: datetime) -> bool:
    is_newest = previous.declared_at is None or said.observed_at > previous.declared_at
    return is_newest and expires_at > previous.observed_at


def _streak(before: EndpointHealth | None, *, is_up: bool) -> int:
    """Successes in a row as a positive count, failures as a negative one."""
    streak = before.streak if before else 0
    return max(streak, 0) + 1 if is_up else min(streak, 0) - 1


def _next_state(before: EndpointHealth | None, streak: int) -> HealthState:
    if before is None:
        return HealthState.HEALTHY if streak > 0 else HealthState.UNHEALTHY
    if streak >= SUCCESSES_TO_RISE:
        return HealthState.HEALTHY
    return HealthState.UNHEALTHY if streak <= -FAILURES_TO_FALL else before.state


def _smoothed(before: EndpointHealth | None, seen: Observation) -> float | None:
    known = before.latency_ms if before else None
    if seen.latency_ms is None or known is None:
        return seen.latency_ms if known is None else known
    return round(known + LATENCY_WEIGHT * (seen.latency_ms - known), 3)
