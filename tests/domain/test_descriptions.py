"""Facts about models from sources that do not list them: they wait, count, and are taken back."""

import asyncio
from datetime import UTC, time
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from routeyard.domain import events as e
from routeyard.domain.catalog import Price, PriceWindow
from services.registry.ledger import Batch
from tests.builders import at
from tests.fakes.ledger import MemoryLedger

LISTED = (
    e.ProviderDescribed(provider="acme", name="Acme"),
    e.EndpointRegistered(endpoint="acme", provider="acme"),
    e.ModelReleased(provider="acme", native_id="m-1"),
)
DESCRIBED = e.ModelDescribed(
    provider="acme", native_id="m-1", complete=True, parameters=7, licence="mit"
)
PRICED = e.ModelPriced(provider="acme", native_id="m-1", price=Price(input=Decimal(2)))


def graph_of(*told: tuple[str, e.Payload]) -> dict[str, dict[str, Any]]:
    """What (source, payload) pairs come to, one commit each, by `kind:id`."""
    ledger = MemoryLedger()
    for number, (source, data) in enumerate(told):
        event = e.Event(id=str(number), source=source, observed_at=at(number), data=data)
        asyncio.run(ledger.record(Batch([event])))
    _, ops = asyncio.run(ledger.snapshot())
    return {f"{op.kind}:{op.id}": msgspec.json.decode(op.body) for op in ops}


def by(source: str, *payloads: e.Payload) -> list[tuple[str, e.Payload]]:
    return [(source, payload) for payload in payloads]


def test_a_description_alone_makes_no_model() -> None:
    assert graph_of(*by("helm", DESCRIBED, PRICED)) == {}


@pytest.mark.parametrize("is_first", [True, False])
def test_it_counts_once_somebody_lists_the_model(is_first: bool) -> None:  # noqa: FBT001
    listing, description = by("acme", *LISTED), by("helm", DESCRIBED, PRICED)
    told = [*description, *listing] if is_first else [*listing, *description]
    graph = graph_of(*told)
    assert graph["model:acme/m-1"]["parameters"] == 7
    assert graph["offering:acme/m-1"]["price"]["input"] == "2"


def test_it_is_no_word_of_the_maker() -> None:
    graph = graph_of(*by("acme", *LISTED), *by("helm", DESCRIBED))
    again = msgspec.structs.replace(LISTED[2], licence="apache-2.0")
    told = graph_of(*by("acme", *LISTED), ("acme", again), *by("helm", DESCRIBED))
    assert graph["model:acme/m-1"]["licence"] == "mit"
    assert told["model:acme/m-1"]["licence"] == "apache-2.0"


def test_what_is_left_out_later_is_taken_back() -> None:
    silent = e.ModelDescribed(provider="acme", native_id="m-1", complete=True)
    free = e.ModelPriced(provider="acme", native_id="m-1")
    graph = graph_of(*by("acme", *LISTED), *by("helm", DESCRIBED, PRICED, silent, free))
    assert "parameters" not in graph["model:acme/m-1"]
    assert "price" not in graph["offering:acme/m-1"]


def test_a_price_that_cannot_be_is_a_fault() -> None:
    dear = msgspec.structs.replace(PRICED, price=Price(input=Decimal(-1)))
    assert e.faults(dear) == ["price.input is -1 dollars per million tokens"]
    assert e.faults(PRICED) == []


def test_a_window_with_a_zone_is_a_fault() -> None:
    """Hours with a zone and hours without one cannot be compared."""
    window = PriceWindow(start=time(9, tzinfo=UTC), end=time(17))
    zoned = msgspec.structs.replace(PRICED, price=Price(windows=(window,)))
    assert e.faults(zoned) == [
        "price.windows.start is 09:00:00+00:00; windows are in UTC, write it without a zone"
    ]
