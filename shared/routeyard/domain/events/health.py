"""What is seen of endpoints, and what is declared of them."""

from __future__ import annotations

from routeyard.domain.health import HealthState
from routeyard.domain.value import Value


class EndpointObserved(Value, frozen=True):
    """A probe or a router looked at an endpoint."""

    endpoint: str
    is_up: bool
    zone: str = "any"
    latency_ms: float | None = None
    reason: str = ""


class HealthDeclared(Value, frozen=True):
    """A registered source states an endpoint's state outright, for `ttl_s` seconds."""

    endpoint: str
    state: HealthState
    zone: str = "any"
    ttl_s: float = 300.0
    reason: str = ""
