"""What a router counts. Names, units and meanings in one place."""

from __future__ import annotations

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram

SECONDS = (2e-5, 5e-5, 1e-4, 2e-4, 5e-4, 1e-3, 2e-3, 5e-3, 1e-2, 5e-2)


class RouterMetrics:
    """Its own registry, so that two routers in one process do not share counts."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry()
        self.resolutions = Counter(
            "routeyard_resolutions",
            "Requests answered, by outcome: resolved, no_candidate, or an error code",
            ["outcome"],
            registry=self.registry,
        )
        self.resolve_seconds = Histogram(
            "routeyard_resolve_seconds",
            "Time to resolve one request, without HTTP",
            buckets=SECONDS,
            registry=self.registry,
        )
        self.shadow_resolutions = Counter(
            "routeyard_shadow_resolutions",
            "Requests resolved again under shadow policies, by version and what came of them",
            ["policy", "outcome"],
            registry=self.registry,
        )
        self.revision = Gauge(
            "routeyard_router_revision", "The revision answered from", registry=self.registry
        )
        self.stale = Gauge(
            "routeyard_router_stale",
            "1 while the registry has been silent for over three seconds",
            registry=self.registry,
        )
        self.advance_seconds = Histogram(
            "routeyard_advance_seconds",
            "Time to lay out a new revision",
            buckets=(1e-3, 2e-3, 5e-3, 1e-2, 5e-2, 0.2, 1.0),
            registry=self.registry,
        )
