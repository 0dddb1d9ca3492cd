"""Bad rows are put aside one by one, each with its reason; the rest of the batch is taken over."""

import json
from collections.abc import Sequence
from typing import Any

import pytest

from routeyard.domain import events as e
from routeyard.domain.events import Event
from routeyard.wire import envelope
from routeyard.wire.record import Incoming, Outgoing, Position
from routeyard.wire.topics import Topics
from services.registry.ingest import Ingest
from services.registry.ledger import Batch
from tests.builders import at, defined, endpoint, event, released, source
from tests.fakes.ledger import MemoryLedger

TOPICS = Topics()


class Letterbox:
    """Remembers what is put aside."""

    def __init__(self) -> None:
        self.letters: list[Outgoing] = []

    async def write(self, records: Sequence[Outgoing]) -> list[Position]:
        self.letters += records
        return [Position(record.topic, 0, 0) for record in records]

    def told(self) -> list[tuple[str, str]]:
        """Where each letter went, and why."""
        return [
            (letter.topic.split(".")[1], dict(letter.headers)["ry_error"].decode())
            for letter in self.letters
        ]


def record_of(said: Event, offset: int, **changes: Any) -> Incoming:
    """A record as a publisher sends it, with fields of its body replaced."""
    written = envelope.write(said, TOPICS)
    body = json.loads(written.value or b"") | changes
    position = Position(written.topic, 0, offset)
    return Incoming(position, written.key, json.dumps(body).encode(), written.headers)


def model(native_id: str) -> Event:
    return event(released(native_id=native_id), id=native_id)


def related(model: str, target: str) -> Event:
    said = e.ModelRelated(model=f"openai/{model}", succeeded_by=f"openai/{target}")
    return event(said, id=f"{model} {target}")


BAD = {
    "another currency": (
        record_of(model("b"), 1, price={"input": "3", "currency": "EUR"}),
        "dead-letter",
        "price.currency is EUR; prices are in USD",
    ),
    "a negative limit": (record_of(model("b"), 1, context=-5), "dead-letter", "context is -5"),
    "a negative price": (
        record_of(model("b"), 1, price={"input": "-1"}),
        "dead-letter",
        "price.input is -1",
    ),
    "prose for a date": (
        record_of(model("b"), 1, retires_on="some time next year"),
        "dead-letter",
        "Invalid RFC3339 encoded date - at `$.retires_on`",
    ),
    "a capability nobody defined": (
        record_of(model("b"), 1, capabilities={"telepathy": 1}),
        "parked",
        "Nobody has defined the capability 'telepathy'",
    ),
    "a successor that closes a circle": (
        record_of(related("gpt-5", "gpt-4"), 1),
        "dead-letter",
        "openai/gpt-5 -> openai/gpt-4 -> openai/gpt-5",
    ),
}


@pytest.mark.parametrize("bad", BAD.values(), ids=BAD.keys())
async def test_a_bad_row_is_put_aside_with_its_reason_and_the_rest_taken_over(
    bad: tuple[Incoming, str, str],
) -> None:
    record, fate, reason = bad
    ledger, letterbox = MemoryLedger(), Letterbox()
    opening = [
        event(source(), id="s", source="operator"),
        *defined("tool_use"),
        event(endpoint("openai"), id="e"),
        model("gpt-4"),
        model("gpt-5"),
        related("gpt-4", "gpt-5"),
    ]
    await ledger.record(Batch(opening))

    door = Ingest(ledger, letterbox, TOPICS, lambda: at(60))
    good = [record_of(model(name), offset) for offset, name in ((0, "a"), (2, "c"), (3, "d"))]
    await door.take([good[0], record, *good[1:]])

    ((told_fate, told_reason),) = letterbox.told()
    assert told_fate == fate
    assert reason in told_reason
    _, ops = await ledger.snapshot()
    models = {op.id for op in ops if op.kind == "model"}
    assert models == {"openai/gpt-4", "openai/gpt-5", "openai/a", "openai/c", "openai/d"}
    assert ledger.consumed[record.position.topic, 0] == 4


async def test_a_claim_about_an_unknown_model_waits_for_it() -> None:
    ledger, letterbox = MemoryLedger(), Letterbox()
    await ledger.record(
        Batch([event(source(), id="s", source="operator"), *defined("instruction_following")])
    )
    door = Ingest(ledger, letterbox, TOPICS, lambda: at(60))
    early = e.CapabilityUpdated("openai/gpt-6", capabilities={"instruction_following": 0.9})

    await door.take([record_of(event(early, id="early"), 0)])
    assert (await graph_models(ledger), letterbox.letters) == ({}, [])
    await door.take([record_of(model("gpt-6"), 1)])

    assert (await graph_models(ledger))["openai/gpt-6"] == {"instruction_following": 0.9}


async def graph_models(ledger: MemoryLedger) -> dict[str, dict[str, float]]:
    _, ops = await ledger.snapshot()
    return {
        op.id: json.loads(bytes(op.body)).get("capabilities", {})
        for op in ops
        if op.kind == "model"
    }
