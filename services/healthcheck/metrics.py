"""What is counted, for Prometheus."""

from __future__ import annotations

from collections.abc import Sequence

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest

from routeyard.domain.events import EndpointObserved
from routeyard.wire.record import Outgoing
from services.healthcheck.fold import Outcome

LATENCY_BUCKETS_S = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)


class Metrics:
    """The counters of one process, in a registry of their own."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._probes = Counter(
            "routeyard_healthcheck_probes",
            "Looks at endpoints.",
            ["outcome"],
            registry=self._registry,
        )
        self._latency = Histogram(
            "routeyard_healthcheck_probe_seconds",
            "How long endpoints took to answer.",
            buckets=LATENCY_BUCKETS_S,
            registry=self._registry,
        )
        self._unreported = self._counter("unreported", "Looks that the brokers did not take.")
        self._folded = self._counter("folded_events", "Events that became part of a state.")
        self._outdated = self._counter("outdated_events", "Events that told nothing new.")
        self._changes = self._counter("state_changes", "States told that differ from before.")
        self._told = self._counter("states_told", "States told, changed or confirmed.")
        self._removed = self._counter("states_removed", "States of endpoints that are gone.")
        self._letters = Counter(
            "routeyard_healthcheck_letters",
            "Records put aside.",
            ["topic"],
            registry=self._registry,
        )

    def _counter(self, name: str, sentence: str) -> Counter:
        return Counter(f"routeyard_healthcheck_{name}", sentence, registry=self._registry)

    def count_probe(self, seen: EndpointObserved, *, is_reported: bool) -> None:
        """Count a look."""
        self._probes.labels("up" if seen.is_up else "down").inc()
        if seen.latency_ms is not None:
            self._latency.observe(seen.latency_ms / 1e3)
        if not is_reported:
            self._unreported.inc()

    def count_batch(self, events: int, outcome: Outcome, letters: Sequence[Outgoing]) -> None:
        """Count what a batch came to."""
        self._folded.inc(outcome.taken)
        self._outdated.inc(events - outcome.taken)
        self._changes.inc(outcome.changes)
        self._told.inc(len(outcome.to_tell))
        self.count_letters(letters)

    def count_letters(self, letters: Sequence[Outgoing]) -> None:
        """Count records that were put aside."""
        for letter in letters:
            self._letters.labels(letter.topic).inc()

    def count_removed(self, states: int) -> None:
        """Count states that were removed."""
        self._removed.inc(states)

    def text(self) -> bytes:
        """All of it, as Prometheus reads it."""
        return generate_latest(self._registry)
