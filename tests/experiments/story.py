"""One price, changed three times by two sources, and what the registry tells of it afterwards.

    python -m tests.experiments.story

Publishes to Kafka as a stock client would; then asks `graph(at:)`, `diff`, `history` and
`conflicts`.
"""

import asyncio
import io
import json
import tempfile
import uuid
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from aiokafka import AIOKafkaProducer

from infra.local.console import Console
from tests.e2e.running import RunningStack, wait_until

OFFERING = "openai/story-1"
PRICE = "{ offering(id: $id) { price { input } } }"
NOW = f"query($id: ID!) {PRICE}"
AT = f"query($id: ID!, $at: DateTime!) {{ graph(at: $at) {PRICE} }}"
DIFF = """query($from: Long!, $to: Long!) { diff(from: $from, to: $to, kind: OFFERING) {
    nodes { id change revisions fields { name before after } } } }"""
HISTORY = """query($id: ID!) { history(id: $id, kind: OFFERING) { nodes {
    revision committedAt actor change fields { name before after }
    events { source id type observedAt } } } }"""
CONFLICTS = """query($id: ID!) { offering(id: $id) {
    conflicts { field decidedBy claims { source rank value observedAt } } } }"""
REGISTER = """mutation { registerSource(name: "reseller", rank: 90,
    types: ["routeyard.model.released.v1"]) { revision } }"""

# Who says it, what, and the price that holds then: the reseller's rank is the higher one.
TOLD = (("dev", "3", "3"), ("reseller", "2", "2"), ("dev", "4", "2"), ("reseller", "2.5", "2.5"))


def tell(running: RunningStack) -> dict[str, Any]:
    """Change the price at two sources' word; what is told of it, and when it was what."""
    running.query(REGISTER)
    endpoint = {"endpoint": "openai", "provider": "openai"}
    _publish(running, "dev", "routeyard.endpoint.registered.v1", endpoint)
    for source, dollars, held in TOLD:
        body = {"provider": "openai", "native_id": "story-1", "price": {"input": dollars}}
        _publish(running, source, "routeyard.model.released.v1", body)
        wait_until(lambda held=held: _price(running) == held, f"the price is {held}")  # type: ignore[misc]
    history = running.query(HISTORY, id=OFFERING)["history"]["nodes"]
    first, last = history[-1]["revision"], history[0]["revision"]
    return {
        "history": history,
        "at": [
            {
                "at": version["committedAt"],
                "input": running.query(AT, id=OFFERING, at=version["committedAt"])["graph"][
                    "offering"
                ]["price"]["input"],
            }
            for version in reversed(history)
        ],
        "diff": running.query(DIFF, **{"from": first, "to": last})["diff"]["nodes"],
        "conflicts": running.query(CONFLICTS, id=OFFERING)["offering"]["conflicts"],
    }


def _price(running: RunningStack) -> str | None:
    offering = running.query(NOW, id=OFFERING)["offering"]
    return None if offering is None else offering["price"]["input"]


def _publish(running: RunningStack, source: str, event_type: str, body: dict[str, Any]) -> None:
    asyncio.run(_send(running.addresses.kafka, source, event_type, body))


async def _send(kafka: str, source: str, event_type: str, body: dict[str, Any]) -> None:
    headers = [
        ("ce_specversion", b"1.0"),
        ("ce_id", uuid.uuid4().hex.encode()),
        ("ce_source", source.encode()),
        ("ce_type", event_type.encode()),
        ("ce_time", datetime.now(UTC).isoformat().encode()),
    ]
    async with AIOKafkaProducer(bootstrap_servers=kafka, acks="all") as producer:
        topic = "routeyard.model-release.v1"
        await producer.send_and_wait(topic, json.dumps(body).encode(), b"k", headers=headers)


def main() -> None:
    """Tell it on a stack of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="routeyard-story-") as folder,
        RunningStack(Path(folder), console=Console(io.StringIO())) as running,
    ):
        print(json.dumps(tell(running), indent=1))  # noqa: T201 - its result


if __name__ == "__main__":
    main()
