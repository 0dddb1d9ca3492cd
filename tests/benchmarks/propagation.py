"""From a commit to changed answers at every router, under load.

    python -m tests.benchmarks.propagation --json [--quick] [--routers 2] [--rate 200]

Beside it, in the same run on the same broker: the bare hop of one record from a producer to a
consumer, which no design that goes through Kafka can beat.
"""

import argparse
import asyncio
import itertools
import json
import statistics
import tempfile
import time
import uuid
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import aiohttp
from aiokafka import AIOKafkaProducer

from infra.local.kafka import ApacheKafka
from infra.local.stack import Stack
from infra.local.state import StackAddresses
from routeyard.domain.catalog import Mode, Price
from routeyard.domain.events import EndpointRegistered, Event, ModelReleased
from routeyard.kafka import reader
from routeyard.runtime.settings import KafkaSettings
from services.registry.ledger import Batch
from services.registry.postgres.engine import connect
from services.registry.postgres.ledger import PostgresLedger

PROBE = "probe/probe"
DEADLINE_S = 5.0
PAUSE_S = 0.002


class Prober:
    """Asks routers over and over and notes when an answer changed."""

    def __init__(self, http: aiohttp.ClientSession, addresses: StackAddresses) -> None:
        self._http = http
        self.routers = addresses.routers
        self._headers = {"authorization": f"Bearer {addresses.keys['service']}"}
        self._load = itertools.cycle(self.routers)
        self.answered = 0

    async def price(self, router: str) -> str | None:
        """What the router's answer says the probe costs."""
        asked = {"models": [PROBE]}
        async with self._http.post(
            f"{router}/v1/resolve", json=asked, headers=self._headers
        ) as answer:
            chosen = (await answer.json()).get("chosen")
        return chosen["price"]["input"] if chosen else None

    async def changed(self, router: str, price: str) -> float:
        """The time at which the router's answer has the new price."""
        deadline = time.perf_counter() + DEADLINE_S
        while await self.price(router) != price:
            if time.perf_counter() > deadline:
                raise TimeoutError(f"{router} did not answer with {price} within {DEADLINE_S} s")
            # Asking without a pause would take the cores that the change needs on its way.
            await asyncio.sleep(PAUSE_S)
        return time.perf_counter()

    async def load(self, rate: int) -> None:
        """`rate` requests a second, spread over the routers, until cancelled."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        body = {"require": {"capabilities": ["tool_use"], "min_context": 131072}}
        async with asyncio.TaskGroup() as sending:
            while True:
                due += 1 / rate
                await asyncio.sleep(max(due - loop.time(), 0))
                sending.create_task(self._ask(next(self._load), body))

    async def _ask(self, router: str, body: dict[str, Any]) -> None:
        async with self._http.post(
            f"{router}/v1/resolve", json=body, headers=self._headers
        ) as answer:
            await answer.read()
            self.answered += answer.status == 200


def probe(number: int) -> list[Event]:
    """The events that give the probe a new price."""
    return [
        _event(EndpointRegistered(endpoint="probe", provider="probe")),
        _event(
            ModelReleased(
                provider="probe",
                native_id="probe",
                mode=Mode.CHAT,
                price=Price(input=Decimal(number), output=Decimal(1)),
            )
        ),
    ]


def _event(data: EndpointRegistered | ModelReleased) -> Event:
    return Event(id=uuid.uuid4().hex, source="dev", observed_at=datetime.now(UTC), data=data)


async def measure(addresses: StackAddresses, changes: int, rate: int) -> dict[str, Any]:
    """Milliseconds from the return of each commit to the changed answer of every router."""
    engine = connect(addresses.database)
    ledger = PostgresLedger(engine)
    took: list[float] = []
    async with aiohttp.ClientSession() as http:
        prober = Prober(http, addresses)
        await _wait_until_known(prober, ledger)
        load = asyncio.create_task(prober.load(rate))
        started = time.perf_counter()
        for number in range(1, changes + 1):
            await ledger.record(Batch(probe(number), reason="benchmark"))
            committed = time.perf_counter()
            seen = await asyncio.gather(*(prober.changed(r, str(number)) for r in prober.routers))
            took.append((max(seen) - committed) * 1e3)
        lasted = time.perf_counter() - started
        load.cancel()
        await asyncio.gather(load, return_exceptions=True)
    await engine.dispose()
    return {**spread(took), "changes": changes, "answered_per_s": round(prober.answered / lasted)}


async def _wait_until_known(prober: Prober, ledger: PostgresLedger) -> None:
    await ledger.record(Batch(probe(0), reason="benchmark"))
    deadline = time.perf_counter() + 30
    for router in prober.routers:
        while await prober.price(router) != "0":
            if time.perf_counter() > deadline:
                raise TimeoutError(f"{router} never knew the probe")
            await asyncio.sleep(0.05)


async def measure_hop(kafka: str, records: int) -> dict[str, float]:
    """Milliseconds of one record from a producer with acks from all to a waiting consumer."""
    settings, topic = KafkaSettings(bootstrap=kafka), f"hop-{uuid.uuid4().hex}"
    producer = AIOKafkaProducer(bootstrap_servers=kafka, acks="all")
    await producer.start()
    took = []
    try:
        await _create(kafka, topic)
        async with reader.reading(settings, topic, "hop") as hop:
            for _ in range(records):
                started = time.perf_counter()
                await producer.send(topic, b"x")
                while not await hop.read():
                    pass
                took.append((time.perf_counter() - started) * 1e3)
    finally:
        await producer.stop()
    return {f"hop_{name}": value for name, value in spread(took).items()}


async def _create(kafka: str, topic: str) -> None:
    from aiokafka.admin import AIOKafkaAdminClient, NewTopic  # noqa: PLC0415

    admin = AIOKafkaAdminClient(bootstrap_servers=kafka)
    await admin.start()
    await admin.create_topics([NewTopic(topic, 1, 1)])
    await admin.close()


def spread(took: Sequence[float]) -> dict[str, float]:
    """The median and the 99th percentile."""
    percentiles = statistics.quantiles(took, n=100, method="inclusive")
    return {"p50_ms": round(percentiles[49], 2), "p99_ms": round(percentiles[98], 2)}


def main() -> None:
    """Run it on Apache Kafka, on a stack of its own in a temporary folder."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="print one JSON object only")
    parser.add_argument("--quick", action="store_true", help="60 changes instead of 500")
    parser.add_argument("--rate", type=int, default=200, help="requests a second beside it")
    options = parser.parse_args()
    changes = 60 if options.quick else 500
    with tempfile.TemporaryDirectory(prefix="routeyard-") as folder:
        stack = Stack(Path(folder), broker=ApacheKafka)
        with stack:
            addresses = stack.start()
            stack.run("ingest", "models-dev")
            result = asyncio.run(measure(addresses, changes, options.rate))
            result |= asyncio.run(measure_hop(addresses.kafka, changes))
    result |= {"routers": len(addresses.routers), "rate": options.rate, "broker": "apache-kafka"}
    print(json.dumps(result))  # noqa: T201 - what a benchmark is for


if __name__ == "__main__":
    main()
