"""A whole catalog through Kafka: how long, and what a second and a third telling change.

    python -m tests.experiments.catalog [--file litellm.json] [--permutations 50]

Ingests the LiteLLM file until it is queryable, ingests it again, reads its topic again under a
new consumer group, and folds its events in random orders.
"""

import argparse
import asyncio
import io
import json
import os
import tempfile
import time
import uuid
from pathlib import Path

from infra.local.console import Console
from infra.local.kafka import ApacheKafka
from routeyard.kafka.clients import fetch_wait_ms
from routeyard.kafka.framework import consumer_broker
from routeyard.kafka.intake import Intake, consuming, subscribe
from routeyard.kafka.publisher import connect as publishing
from routeyard.runtime.clock import utc_now
from routeyard.runtime.settings import KafkaSettings
from routeyard.wire.record import Incoming
from routeyard.wire.topics import Carries, Topics
from services.registry.ingest import Ingest
from services.registry.postgres.engine import connect
from services.registry.postgres.ledger import PostgresLedger
from tests.e2e.refolding import refold, taken_over
from tests.e2e.running import RunningStack

STATUS = "{ status { revision models offerings } }"


def ingested(running: RunningStack, file: Path) -> dict[str, object]:
    """Ingest by the command a person would use; it returns once everything is queryable."""
    started = time.monotonic()
    running.stack.run("ingest", "litellm", "--file", str(file), "--json", deadline_s=300)
    took = round(time.monotonic() - started, 2)
    return {"seconds": took, **running.query(STATUS)["status"]}


async def read_again(running: RunningStack) -> int:
    """Take the whole topic over again, as a consumer group that has read nothing yet."""
    kafka = KafkaSettings(bootstrap=running.addresses.kafka)
    topics, engine = Topics(), connect(running.addresses.database)
    taken, done = 0, asyncio.Event()
    async with publishing(kafka, "again") as letterbox:
        ingest = Ingest(PostgresLedger(engine), letterbox, topics, utc_now)

        async def take(records: "list[Incoming]") -> None:
            nonlocal taken
            await ingest.take(records)
            taken += len(records)
            if taken >= wanted:
                done.set()

        broker = consumer_broker(kafka, "again")
        subscribe(
            broker,
            [topics.name(Carries.MODEL_RELEASE)],
            f"again-{uuid.uuid4().hex}",
            Intake(take, ingest.refuse, lambda: None),  # type: ignore[arg-type]
            fetch_wait_ms(kafka),
        )
        wanted = sum(
            place["next_offset"]
            for place in running.get(running.addresses.registry, "/v1/consumed")
            if "model-release" in place["topic"]
        )
        async with consuming(broker), asyncio.timeout(120):
            await done.wait()
    await engine.dispose()
    return taken


def main() -> None:
    """Run all of it; print one JSON object."""
    data = Path(os.environ.get("ROUTEYARD_DATA", "../shared/data"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--file", type=Path, default=data / "catalog" / "litellm_model_prices.json")
    parser.add_argument("--permutations", type=int, default=50)
    options = parser.parse_args()
    with (
        tempfile.TemporaryDirectory(prefix="routeyard-") as folder,
        RunningStack(Path(folder), ApacheKafka, Console(io.StringIO())) as running,
    ):
        report: dict[str, object] = {
            "before": running.query(STATUS)["status"],
            "first": ingested(running, options.file.resolve()),
            "second": ingested(running, options.file.resolve()),
        }
        report["records_read_again"] = asyncio.run(read_again(running))
        report["after_reading_again"] = running.query(STATUS)["status"]
        checksum = running.await_converged()
        events = taken_over(running.addresses.database)
    found = {
        asyncio.run(refold(events, seed, size=25 + seed % 75))
        for seed in range(options.permutations)
    }
    report |= {
        "events": len(events),
        "permutations": options.permutations,
        "checksums": sorted(found),
        "all_equal": found == {checksum},
    }
    print(json.dumps(report))  # noqa: T201
    raise SystemExit(0 if report["all_equal"] else 1)


if __name__ == "__main__":
    main()
