import asyncio
from collections import Counter
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

import pytest

from routeyard.domain.catalog import Endpoint, Source
from routeyard.domain.errors import Unavailable
from routeyard.domain.events import EndpointObserved, Event
from routeyard.wire.record import Position
from services.healthcheck.metrics import Metrics
from services.healthcheck.prober import Prober, Probing
from services.healthcheck.reporter import Reporter
from services.healthcheck.watch import Rounds, Watch
from services.healthcheck.world import World
from tests.builders import at
from tests.services.healthcheck.graphs import OBSERVED, SOURCES, endpoint, graph, ops, removal
from tests.services.healthcheck.test_prober import DEADLINE_S, Recorder, guard_of_this_machine
from tests.services.healthcheck.waiting import until


class Bench:
    """A watch over a world of its own, in which the test moves the time."""

    def __init__(self, is_mine: Callable[[str], bool] = lambda _: True) -> None:
        self.now, self.recorder, self.world = 100.0, Recorder(), World("eu")
        self.metrics = Metrics()
        self.sent: list[Event] = []
        self.is_away = False
        prober = Prober(
            Probing(self.recorder, guard_of_this_machine, "eu", DEADLINE_S, lambda: self.now)
        )
        self.watch = Watch(
            self.world, Rounds(10.0, lambda: self.now, is_mine), prober, self.metrics
        )

    async def send(self, events: Sequence[Event]) -> list[Position]:
        if self.is_away:
            raise Unavailable("The brokers are away.")
        self.sent += events
        return []

    def show(self, *entities: Endpoint | Source) -> None:
        self.world.take(graph(*entities), None)

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        task = asyncio.create_task(self.watch.run(Reporter(self, lambda: at(self.now))))
        try:
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)

    def looked_at(self) -> Counter[str]:
        found: Counter[str] = Counter()
        for event in self.sent:
            assert isinstance(event.data, EndpointObserved)
            found[event.data.endpoint] += 1
        return found


async def test_what_is_seen_is_published_under_its_own_source_with_ids_of_its_own() -> None:
    bench = Bench()
    bench.show(endpoint("a"), endpoint("b"), *SOURCES)
    async with bench.running():
        await until(lambda: len(bench.sent) == 2)
    assert {(e.source, e.type, e.observed_at) for e in bench.sent} == {
        ("healthcheck", OBSERVED, at(100))
    }
    assert len({e.id for e in bench.sent}) == 2
    assert bench.watch.probed == {"a", "b"}


async def test_nothing_is_dialled_without_an_endpoint_that_can_be_called() -> None:
    bench = Bench()
    bench.show(endpoint("a", url=None), endpoint("b", keyless=False), *SOURCES)
    async with bench.running():
        for _ in range(20):
            bench.now += 10
            bench.show(endpoint("a", url=None), endpoint("b", keyless=False), *SOURCES)
            await asyncio.sleep(0)
    assert bench.recorder.dialled == []


async def test_endpoints_that_appear_are_looked_at_at_once_and_gone_ones_no_more() -> None:
    bench = Bench()
    bench.show(endpoint("a"), *SOURCES)
    async with bench.running():
        await until(lambda: bench.looked_at() == {"a": 1})
        bench.world.take(graph(endpoint("b"), *SOURCES), (*ops(endpoint("b")), removal("a")))
        await until(lambda: bench.looked_at() == {"a": 1, "b": 1})
        bench.now += 20
        bench.show(endpoint("b"), *SOURCES)
        await until(lambda: bench.looked_at() == {"a": 1, "b": 2})
    assert bench.watch.probed == {"b"}


async def test_an_endpoint_is_never_looked_at_twice_at_once() -> None:
    bench = Bench()
    bench.recorder.gate = asyncio.Event()
    bench.show(endpoint("a"), *SOURCES)
    async with bench.running():
        await until(lambda: bench.recorder.at_once == 1)
        for _ in range(5):
            bench.now += 20
            bench.show(endpoint("a"), *SOURCES)
            await asyncio.sleep(0.001)
        assert len(bench.recorder.dialled) == 1
        bench.recorder.gate.set()
        bench.now += 20
        await until(lambda: len(bench.sent) >= 1)
    assert bench.recorder.most_at_once == 1


async def test_only_endpoints_of_the_own_share_are_looked_at() -> None:
    bench = Bench(is_mine=lambda name: name == "b")
    bench.show(endpoint("a"), endpoint("b"), *SOURCES)
    async with bench.running():
        await until(lambda: bench.looked_at() == {"b": 1})
    assert len(bench.recorder.dialled) == 1


async def test_without_its_registration_nothing_is_probed_and_the_log_says_so(
    caplog: pytest.LogCaptureFixture,
) -> None:
    bench = Bench()
    bench.show(endpoint("a"), *(s for s in SOURCES if s.id != "healthcheck"))
    async with bench.running():
        await until(lambda: "not registered" in caplog.text)
        for _ in range(10):
            await asyncio.sleep(0)
        assert bench.recorder.dialled == []
        bench.show(endpoint("a"), *SOURCES)
        await until(lambda: bench.looked_at() == {"a": 1})
    assert len(bench.recorder.dialled) == 1


async def test_a_look_that_cannot_be_published_is_counted_and_the_next_one_follows() -> None:
    bench = Bench()
    bench.is_away = True
    bench.show(endpoint("a"), *SOURCES)
    async with bench.running():
        await until(lambda: bench.watch.probed == {"a"})
        assert b"unreported_total 1.0" in bench.metrics.text()
        bench.is_away, bench.now = False, bench.now + 20
        bench.show(endpoint("a"), *SOURCES)
        await until(lambda: bench.looked_at() == {"a": 1})
