"""Health from probe to state, over a real broker."""

import asyncio
import json
import os
import signal
import sys
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from uuid import uuid4

import aiohttp
import httpx
import pytest
from aiokafka import AIOKafkaProducer

from infra.local.mock_endpoint import serving
from infra.local.ports import free_port
from routeyard.domain.catalog import Endpoint, Source
from routeyard.domain.graph import Graph, Op
from routeyard.domain.health import EndpointHealth, HealthState
from routeyard.follow.table import TableFollower
from routeyard.kafka import layout, publisher
from routeyard.runtime.clock import utc_now
from routeyard.runtime.settings import KafkaSettings
from routeyard.wire.health import read_state
from routeyard.wire.record import Incoming, Outgoing
from routeyard.wire.topics import Carries, Topics
from services.healthcheck.app import create_app
from services.healthcheck.settings import HealthcheckSettings
from tests.services.healthcheck.graphs import (
    DECLARED,
    SOURCES,
    delta,
    endpoint,
    graph,
    ops,
    removal,
    snapshot,
)
from tests.services.healthcheck.waiting import DEADLINE_S, until

HEALTHY, UNHEALTHY = HealthState.HEALTHY, HealthState.UNHEALTHY
ASKING_PAUSE_S = 0.1
FAST = {
    "ROUTEYARD_PROBE_INTERVAL_S": "0.2",
    "ROUTEYARD_PROBE_TIMEOUT_S": "1",
    "ROUTEYARD_ZONE": "eu",
    "ROUTEYARD_PRIVATE_NETWORKS": "127.0.0.0/8",
}


class Platform:
    """A namespace of its own on a broker: a graph is published there, states are read."""

    def __init__(self, bootstrap: str) -> None:
        self.kafka = KafkaSettings(
            bootstrap=bootstrap, namespace=f"health-{uuid4().hex[:8]}", is_development=True
        )
        self.topics = Topics(self.kafka.namespace)
        self.history: list[tuple[str, HealthState | None]] = []
        self.states: dict[str, EndpointHealth] = {}
        self.put_aside: list[Incoming] = []
        self._graph: Graph | None = None

    @property
    def environment(self) -> dict[str, str]:
        return {
            "ROUTEYARD_KAFKA": self.kafka.bootstrap,
            "ROUTEYARD_NAMESPACE": self.kafka.namespace,
            "ROUTEYARD_KAFKA_DEVELOPMENT": "1",
            **FAST,
        }

    @asynccontextmanager
    async def open(self) -> AsyncIterator[None]:
        await layout.apply(self.kafka)
        followed = {
            Carries.HEALTH_STATE: self._see_state,
            Carries.PARKED: self.put_aside.append,
            Carries.DEAD_LETTER: self.put_aside.append,
        }
        tasks = [
            asyncio.create_task(
                TableFollower(self.kafka, self.topics.name(carries), "test", see).run()
            )
            for carries, see in followed.items()
        ]
        try:
            yield
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def publish_graph(self, *entities: Endpoint | Source) -> None:
        self._graph = graph(*entities)
        await self.write(snapshot(self.topics, *entities))

    async def change_graph(self, *changes: Op) -> None:
        assert self._graph is not None
        self._graph, record = delta(self.topics, self._graph, changes)
        await self.write([record])

    async def write(self, records: Sequence[Outgoing]) -> None:
        async with publisher.connect(self.kafka, "test") as publishing:
            await publishing.write(records)

    def told(self, endpoint_id: str) -> list[HealthState | None]:
        return [state for name, state in self.history if name == endpoint_id]

    def _see_state(self, record: Incoming) -> None:
        key = (record.key or b"").decode()
        state = read_state(record)
        if state is None:
            self.states.pop(key, None)
            self.history.append((key.rpartition("/")[0], None))
            return
        held = self.states.get(key)
        if held is None or held.state is not state.state:
            self.history.append((state.endpoint, state.state))
        self.states[key] = state


@pytest.fixture
async def platform(kafka: str) -> AsyncIterator[Platform]:
    platform = Platform(kafka)
    async with platform.open():
        yield platform


@asynccontextmanager
async def healthcheck(platform: Platform, **more: str) -> AsyncIterator[httpx.AsyncClient]:
    app = create_app(HealthcheckSettings.read({**platform.environment, **more}))
    async with (
        app.router.lifespan_context(app),
        httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://test") as client,
    ):
        yield client


async def declare(platform: Platform, endpoint_id: str, state: str, source: str = "dev") -> None:
    """As any program would, with a stock client and nothing of Routeyard."""
    client = AIOKafkaProducer(bootstrap_servers=platform.kafka.bootstrap)
    await client.start()
    try:
        await client.send_and_wait(
            f"{platform.kafka.namespace}.endpoint-health.v1",
            key=endpoint_id.encode(),
            value=json.dumps({"endpoint": endpoint_id, "state": state, "zone": "eu"}).encode(),
            headers=[
                ("ce_specversion", b"1.0"),
                ("ce_id", uuid4().hex.encode()),
                ("ce_source", source.encode()),
                ("ce_type", DECLARED.encode()),
                ("ce_time", utc_now().isoformat().encode()),
            ],
        )
    finally:
        await client.stop()


async def test_an_endpoint_is_seen_to_be_healthy_to_fail_and_to_come_back(
    platform: Platform,
) -> None:
    async with healthcheck(platform), AsyncExitStack() as first:
        at = await first.enter_async_context(serving("vllm"))
        await platform.publish_graph(*SOURCES)
        await platform.change_graph(*ops(endpoint("mine", at.url, server="vllm")))
        await until(lambda: platform.told("mine") == [HEALTHY])
        await first.aclose()
        await until(lambda: platform.told("mine") == [HEALTHY, UNHEALTHY])
        assert platform.states["mine/eu"].reason == "connection refused"
        async with serving("vllm", port=at.port):
            await until(lambda: platform.told("mine") == [HEALTHY, UNHEALTHY, HEALTHY])
            assert platform.states["mine/eu"].latency_ms is not None
    assert platform.put_aside == []


async def test_a_declaration_by_a_stock_client_acts_at_once_against_every_probe(
    platform: Platform,
) -> None:
    async with serving() as at, healthcheck(platform):
        await platform.publish_graph(endpoint("mine", at.url), *SOURCES)
        await until(lambda: platform.told("mine") == [HEALTHY])
        await declare(platform, "mine", "unhealthy")
        await until(lambda: platform.told("mine") == [HEALTHY, UNHEALTHY])
        assert platform.states["mine/eu"].is_declared
        await declare(platform, "mine", "degraded")
        await until(lambda: len(platform.told("mine")) > 2)
    assert platform.told("mine") == [HEALTHY, UNHEALTHY, HealthState.DEGRADED]


async def test_who_is_not_registered_is_parked_with_its_bytes(platform: Platform) -> None:
    async with healthcheck(platform):
        await platform.publish_graph(*SOURCES)
        await declare(platform, "mine", "unhealthy", source="stranger")
        await declare(platform, "mine", "healthy")
        await until(lambda: platform.told("mine") == [HEALTHY] and len(platform.put_aside) == 1)
    [letter] = platform.put_aside
    assert letter.position.topic == platform.topics.name(Carries.PARKED)
    assert letter.header("ry_code") == "not_allowed"
    assert json.loads(letter.value or b"")["state"] == "unhealthy"


async def test_events_wait_until_the_graph_is_known(platform: Platform) -> None:
    await declare(platform, "mine", "unhealthy")
    async with healthcheck(platform):
        await platform.publish_graph(*SOURCES)
        await until(lambda: platform.told("mine") == [UNHEALTHY])
    assert platform.put_aside == []


async def test_an_endpoint_that_leaves_the_graph_loses_its_state(platform: Platform) -> None:
    async with serving() as at, healthcheck(platform):
        await platform.publish_graph(endpoint("mine", at.url), *SOURCES)
        await until(lambda: platform.told("mine") == [HEALTHY])
        await platform.change_graph(removal("mine"))
        await until(lambda: "mine/eu" not in platform.states)


async def test_a_restart_remembers_what_was_declared(platform: Platform) -> None:
    async with serving() as at:
        await platform.publish_graph(endpoint("mine", at.url), *SOURCES)
        async with healthcheck(platform):
            await until(lambda: platform.told("mine") == [HEALTHY])
            await declare(platform, "mine", "unhealthy")
            await until(lambda: platform.told("mine") == [HEALTHY, UNHEALTHY])
        async with healthcheck(platform):
            # A second endpoint shows that probes are folded again.
            await platform.change_graph(*ops(endpoint("other", at.url)))
            await until(lambda: platform.told("other") == [HEALTHY])
    assert platform.told("mine") == [HEALTHY, UNHEALTHY]


@asynccontextmanager
async def door(bootstrap: str, port: int) -> AsyncIterator[None]:
    """Lets clients reach the brokers through another port, while it is open."""
    host, _, real = bootstrap.rpartition(":")

    async def carry(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while piece := await reader.read(65_536):
            writer.write(piece)
            await writer.drain()
        writer.close()

    async def meet(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        back, forth = await asyncio.open_connection(host, int(real))
        try:
            await asyncio.gather(carry(reader, forth), carry(back, writer), return_exceptions=True)
        finally:
            forth.close()
            writer.close()

    async with await asyncio.start_server(meet, "127.0.0.1", port):
        yield


async def test_a_healthcheck_that_starts_before_its_broker_waits_for_it(
    platform: Platform,
) -> None:
    port = free_port()
    await platform.publish_graph(*SOURCES)
    await declare(platform, "mine", "healthy")
    async with healthcheck(platform, ROUTEYARD_KAFKA=f"127.0.0.1:{port}") as client:
        assert (await client.get("/readyz")).status_code == 503
        async with door(platform.kafka.bootstrap, port):
            await until(lambda: platform.told("mine") == [HEALTHY])
            assert (await client.get("/readyz")).status_code == 200
            assert (await client.get("/v1/status")).json()["consuming"]


class Replica:
    """A healthcheck as a process of its own."""

    def __init__(self, process: asyncio.subprocess.Process, url: str) -> None:
        self._process = process
        self._url = url

    async def probed(self) -> int:
        """How many endpoints it looks at; 0 before it answers."""
        try:
            async with (
                aiohttp.ClientSession(trust_env=False) as session,
                session.get(f"{self._url}/v1/status") as answer,
            ):
                return int((await answer.json())["probed"])
        except aiohttp.ClientConnectionError:
            return 0

    async def end(self) -> int:
        """Its exit status after SIGTERM."""
        if self._process.returncode is None:
            self._process.send_signal(signal.SIGTERM)
        async with asyncio.timeout(DEADLINE_S):
            return await self._process.wait()


@asynccontextmanager
async def replica(platform: Platform) -> AsyncIterator[Replica]:
    port = free_port()
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "services.healthcheck"),
        env={**os.environ, **platform.environment, "ROUTEYARD_PORT": str(port)},
    )
    started = Replica(process, f"http://127.0.0.1:{port}")
    try:
        yield started
    finally:
        await started.end()


async def shares_until(holds: Callable[[list[int]], bool], *replicas: Replica) -> None:
    async with asyncio.timeout(2 * DEADLINE_S):
        while not holds([await each.probed() for each in replicas]):  # noqa: ASYNC110 - as `until`
            await asyncio.sleep(ASKING_PAUSE_S)


# An embedded broker takes five seconds to let a member into a group.
@pytest.mark.timeout(240)
async def test_replicas_share_the_endpoints_and_one_takes_over_from_another(
    platform: Platform,
) -> None:
    count = 12
    async with serving() as at, replica(platform) as first:
        endpoints = [endpoint(f"e{number}", at.url) for number in range(count)]
        await platform.publish_graph(*endpoints, *SOURCES)
        await shares_until(lambda probed: probed == [count], first)
        async with replica(platform) as second:
            await shares_until(
                lambda probed: min(probed) > 0 and sum(probed) == count, first, second
            )
            assert await second.end() == -signal.SIGTERM
        await shares_until(lambda probed: probed == [count], first)
    assert platform.put_aside == []
