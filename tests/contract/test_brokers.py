"""The same case on every broker the project runs: what each promises, and where they differ."""

import asyncio
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

from infra.local.errors import StackError
from infra.local.kafka import ApacheKafka, why_unavailable
from infra.local.tansu import Tansu
from tests.components.requirements import go_without

TOPIC = "routeyard.contract.v1"
BODIES = [b"one", b"two", b"three"]

pytestmark = pytest.mark.timeout(300)


@pytest.fixture(params=[Tansu, ApacheKafka], ids=lambda broker: broker.__name__)
def broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Tansu | ApacheKafka]:
    if request.param is ApacheKafka and (reason := why_unavailable()):
        go_without("kafka", f"Apache Kafka cannot be run without Docker: {reason}")
    with request.param(tmp_path / "broker") as broker:
        yield broker


async def test_what_is_produced_is_consumed_in_order(broker: Tansu | ApacheKafka) -> None:
    await create_topic(broker.bootstrap_servers)
    await produce(broker.bootstrap_servers)
    assert await consume(broker.bootstrap_servers) == BODIES


async def test_killed_and_started_again_kafka_remembers_and_tansu_forgets(
    broker: Tansu | ApacheKafka,
) -> None:
    address = broker.bootstrap_servers
    await create_topic(address)
    await produce(address)
    broker.kill()
    assert broker.pid is None
    broker.start()
    assert broker.bootstrap_servers == address
    if isinstance(broker, ApacheKafka):
        assert await consume(address) == BODIES
    else:
        assert TOPIC not in await topics(address)


async def test_stopped_and_started_again_kafka_remembers(broker: Tansu | ApacheKafka) -> None:
    await create_topic(broker.bootstrap_servers)
    await produce(broker.bootstrap_servers)
    broker.stop()
    broker.start()
    remembered = TOPIC in await topics(broker.bootstrap_servers)
    assert remembered is isinstance(broker, ApacheKafka)


def test_one_that_runs_is_not_started_twice(broker: Tansu | ApacheKafka) -> None:
    with pytest.raises(StackError, match=rf"runs already \(process {broker.pid}\): stop it first"):
        broker.start()


def test_a_cluster_id_may_begin_with_a_dash(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if reason := why_unavailable():
        go_without("kafka", f"Apache Kafka cannot be run without Docker: {reason}")
    monkeypatch.setattr(uuid, "uuid4", lambda: uuid.UUID(bytes=b"\xf8" + bytes(15)))
    ApacheKafka(tmp_path).service()
    assert "cluster.id=-AAAA" in (tmp_path / "log" / "meta.properties").read_text(encoding="utf-8")


async def create_topic(address: str) -> None:
    async with admin(address) as client:
        await client.create_topics([NewTopic(TOPIC, 1, 1)])


async def topics(address: str) -> list[str]:
    async with admin(address) as client:
        names: list[str] = await client.list_topics()
        return names


@asynccontextmanager
async def admin(address: str) -> AsyncIterator[AIOKafkaAdminClient]:
    client = AIOKafkaAdminClient(bootstrap_servers=address)
    await client.start()
    try:
        yield client
    finally:
        await client.close()


async def produce(address: str) -> None:
    async with AIOKafkaProducer(bootstrap_servers=address, acks="all") as producer:
        for body in BODIES:
            await producer.send_and_wait(TOPIC, body)


async def consume(address: str) -> list[bytes]:
    consumer = AIOKafkaConsumer(
        TOPIC, bootstrap_servers=address, auto_offset_reset="earliest", fetch_max_wait_ms=20
    )
    async with consumer, asyncio.timeout(30):
        return [(await consumer.getone()).value for _ in BODIES]
