"""Whatever order facts arrive in, and however often, the graph ends the same."""

import asyncio
import itertools
import random
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeyard.domain import events as e
from routeyard.domain.catalog import Price
from routeyard.domain.claims import join
from routeyard.domain.events import Event
from routeyard.domain.statements import statements_of
from services.registry.ledger import Batch
from tests.builders import defined, endpoint, event, released, source
from tests.fakes.ledger import MemoryLedger

PROVIDERS = st.sampled_from(["openai", "azure"])
NATIVE = st.sampled_from(["gpt-4o", "gpt-4o-2024-08-06", "o3"])
PRICES = st.integers(0, 3).map(lambda n: Price(input=Decimal(n)))
RELEASED = st.builds(
    e.ModelReleased,
    provider=PROVIDERS,
    native_id=NATIVE,
    complete=st.booleans(),
    context=st.none() | st.integers(1, 3),
    price=st.none() | PRICES,
    capabilities=st.none() | st.dictionaries(st.sampled_from(["tool_use", "vision"]), st.just(1.0)),
)
WITHDRAWN = st.builds(e.ModelWithdrawn, provider=PROVIDERS, native_id=NATIVE)
UPDATED = st.builds(
    e.CapabilityUpdated,
    model=st.just("openai/gpt-4o"),
    quality=st.dictionaries(st.just("general"), st.sampled_from([0.1, 0.9])),
)
REGISTERED = st.builds(
    e.EndpointRegistered,
    endpoint=PROVIDERS,
    provider=st.just("openai"),
    url=st.none() | st.sampled_from(["https://a.example", "https://b.example"]),
)
REMOVED = st.builds(e.EndpointRemoved, endpoint=PROVIDERS)
DEPRECATED = st.builds(
    e.ModelDeprecated,
    provider=PROVIDERS,
    native_id=NATIVE,
    replacement=st.none() | st.just("gpt-9"),
)
PROMOTED = st.builds(
    source, st.sampled_from(["litellm", "models-dev"]), st.sampled_from([10, 45, 90])
)
ASSIGNED = st.builds(
    lambda offering, model: e.NameAssigned(offering, model, f"{model}@undated", "", ""),
    st.sampled_from(["openai/gpt-4o", "azure/o3"]),
    st.sampled_from(["openai/gpt-4o", "openai/o3", "house/own"]),
)
PAYLOADS = RELEASED | WITHDRAWN | DEPRECATED | UPDATED | REGISTERED | REMOVED | PROMOTED | ASSIGNED
OPERATORS = (e.SourceRegistered, e.NameAssigned)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    payloads = draw(st.lists(PAYLOADS, min_size=1, max_size=10))
    return [
        event(
            payload,
            id=str(number),
            source="operator"
            if isinstance(payload, OPERATORS)
            else draw(st.sampled_from(["litellm", "models-dev"])),
            seconds=draw(st.integers(0, 3)),
            sequence=draw(st.integers(0, 1)),
        )
        for number, payload in enumerate(payloads)
    ]


def checksum_of(batches: list[list[Event]]) -> str:
    async def run() -> str:
        ledger = MemoryLedger()
        sources = [source("litellm", 40), source("models-dev", 50)]
        opening = [event(s, id=s.name, source="operator") for s in sources]
        await ledger.record(Batch([*opening, *defined("tool_use", "vision")]))
        for batch in batches:
            await ledger.record(Batch(batch))
        return (await ledger.head()).checksum

    return asyncio.run(run())


@given(histories(), st.randoms(use_true_random=False), st.integers(1, 4))
@settings(max_examples=150, deadline=None)
def test_any_order_any_batching_any_repetition_leads_to_the_same_checksum(
    history: list[Event], chance: random.Random, size: int
) -> None:
    expected = checksum_of([history])

    shuffled = history * 2
    chance.shuffle(shuffled)
    batches = [shuffled[i : i + size] for i in range(0, len(shuffled), size)]

    assert checksum_of(batches) == expected


@given(histories())
@settings(max_examples=100, deadline=None)
def test_joining_is_commutative_associative_and_idempotent(history: list[Event]) -> None:
    statements = [s for each in history for s in statements_of(each)]
    for a, b in itertools.combinations(statements, 2):
        if a.key == b.key:
            assert join(a, b) == join(b, a)
            assert join(join(a, b), b) == join(a, b)
    for a, b, c in itertools.islice(itertools.combinations(statements, 3), 50):
        if a.key == b.key == c.key:
            assert join(join(a, b), c) == join(a, join(b, c))


@pytest.mark.parametrize("first", ["offering", "endpoint"])
def test_an_offering_waits_for_its_endpoint(first: str) -> None:
    facts = [
        event(released(endpoint="edge-1"), id="o"),
        event(endpoint("edge-1", provider="openai"), id="e"),
    ]
    if first == "endpoint":
        facts.reverse()

    assert checksum_of([[facts[0]], [facts[1]]]) == checksum_of([facts])


def test_an_older_statement_is_history_only() -> None:
    newer = event(released(context=2), id="b", seconds=5)
    older = event(released(context=1), id="a", seconds=1)
    place = event(endpoint(), id="e")

    assert checksum_of([[place, newer, older]]) == checksum_of([[place, newer]])


def test_a_complete_listing_takes_back_what_it_leaves_out() -> None:
    place = event(endpoint(), id="e")
    rich = event(released(context=1, max_output=7), id="a", seconds=1)
    poor = event(released(context=1, complete=True), id="b", seconds=2)
    never = event(released(context=1, complete=True), id="c", seconds=2)

    assert checksum_of([[place, poor, rich]]) == checksum_of([[place, never]])
