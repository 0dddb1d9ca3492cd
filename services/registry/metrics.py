"""What a registry counts. Names, units and meanings in one place."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from prometheus_client import CollectorRegistry, Counter, Gauge, generate_latest

from routeyard.domain.catalog import Source
from routeyard.domain.errors import ErrorCode
from routeyard.domain.graph import Op
from services.registry.ledger import Batch, Head, Ledger, Receipt
from services.registry.letters import Fate
from services.registry.reads import Reached

_CODES = frozenset(ErrorCode)


class Standing(NamedTuple):
    """How far everything is, as the memory says."""

    head: Head
    published: int
    consumed: Sequence[Reached]


class Metrics:
    """Its own registry, so that two registries in one process do not share counts."""

    def __init__(self) -> None:
        self._registry = CollectorRegistry()
        self._commits = self._counter("commits", "Commits by this process")
        self._events = self._counter(
            "events", "Events by outcome: accepted, duplicate, conflict", "outcome"
        )
        self._letters = self._counter(
            "letters", "Records put aside: dead, parked; code says why", "fate", "code"
        )
        self._revision = self._gauge("revision", "The newest revision")
        self._lag = self._gauge("relay_lag_revisions", "Revisions not yet on the graph log")
        self._kafka = self._gauge("kafka_up", "1 while a Kafka broker answers")
        self._consumed = self._gauge(
            "consumed_offset", "The next offset to be taken over", "topic", "partition"
        )

    def noted(self, fate: Fate, code: str, letters: int) -> None:
        """Letters were kept. Their topics may hold any text for a code."""
        self._letters.labels(fate, code if code in _CODES else "other").inc(letters)

    def recorded(self, batch: Batch, receipt: Receipt) -> None:
        """A batch was taken over."""
        conflicts = len(receipt.conflicts)
        self._commits.inc(int(receipt.is_new_revision))
        self._events.labels("duplicate").inc(receipt.duplicates)
        self._events.labels("conflict").inc(conflicts)
        self._events.labels("accepted").inc(len(batch.events) - receipt.duplicates - conflicts)

    def text(self, standing: Standing, *, is_kafka_up: bool) -> bytes:
        """Everything in Prometheus' format."""
        self._revision.set(standing.head.revision)
        self._lag.set(standing.head.revision - standing.published)
        self._kafka.set(int(is_kafka_up))
        for topic, partition, offset in standing.consumed:
            self._consumed.labels(topic, str(partition)).set(offset)
        return generate_latest(self._registry)

    def _counter(self, name: str, meaning: str, *labels: str) -> Counter:
        return Counter(f"routeyard_registry_{name}", meaning, labels, registry=self._registry)

    def _gauge(self, name: str, meaning: str, *labels: str) -> Gauge:
        return Gauge(f"routeyard_registry_{name}", meaning, labels, registry=self._registry)


class CountedLedger:
    """A ledger whose receipts are counted."""

    def __init__(self, ledger: Ledger, metrics: Metrics) -> None:
        self._ledger = ledger
        self._metrics = metrics

    async def head(self) -> Head:
        """The newest commit."""
        return await self._ledger.head()

    async def sources(self) -> Mapping[str, Source]:
        """The registered sources by id."""
        return await self._ledger.sources()

    async def record(self, batch: Batch) -> Receipt:
        """Take events over, and count them."""
        receipt = await self._ledger.record(batch)
        self._metrics.recorded(batch, receipt)
        return receipt

    async def receipt(self, event: str) -> Receipt | None:
        """What an order came to."""
        return await self._ledger.receipt(event)

    async def snapshot(self) -> tuple[Head, Sequence[Op]]:
        """Every entity at the newest commit."""
        return await self._ledger.snapshot()
