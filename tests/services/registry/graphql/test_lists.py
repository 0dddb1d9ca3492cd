"""Lists over GraphQL: filters, orders, cursors, and how many statements they cost."""

from collections.abc import Iterator
from contextlib import contextmanager
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import event as listen
from sqlalchemy.engine import Engine

from routeyard.domain.catalog import Price
from services.registry.ledger import Batch
from tests.builders import defined, event, released
from tests.services.registry.graphql.conftest import Registry

LIST = """query($filter: ModelFilter, $sort: ModelSort, $first: Int! = 50, $after: String) {
    models(filter: $filter, sort: $sort, first: $first, after: $after) {
    nodes { id } pageInfo { hasNextPage endCursor } } }"""
EVERYTHING_OF_MODELS = """query($first: Int!, $filter: ModelFilter, $sort: ModelSort) {
    models(first: $first, filter: $filter, sort: $sort) { nodes { id capabilities { tag level }
    quality { tag level } releases { nodes { id } }
    offerings { nodes { id price { input output tiers { input } } capabilities { tag level }
    endpoint { id residency health { state } } release { id model { id } } } } } } }"""


@pytest.fixture
async def full(registry: Registry) -> Registry:
    """Sixty more models with prices and capabilities."""
    told = [
        event(
            released(
                "openai",
                f"m{n:02}",
                price=Price(input=Decimal(n), output=Decimal(n) * 4),
                context=1_000 * (n + 1),
                capabilities={"tool_use": n / 60, "vision": float(n % 2)},
            ),
            id=f"many{n}",
        )
        for n in range(60)
    ]
    await registry.ledger.record(Batch([*defined("tool_use", "vision"), *told]))
    return registry


def ids(answer: dict[str, Any]) -> list[str]:
    return [node["id"] for node in answer["models"]["nodes"]]


async def test_every_condition_has_to_hold(full: Registry) -> None:
    wanted = {
        "capabilities": {
            "allOf": [{"tag": "tool_use", "minLevel": 0.5}],
            "noneOf": [{"tag": "vision"}],
        },
        "context": {"min": 41_000, "max": 51_000},
        "price": {"maxInput": "48", "maxOutput": 184.0},
        "provider": "openai",
        "hosting": "PUBLIC_API",
        "lifecycle": ["GA", "PREVIEW"],
        "search": "openai m",
    }
    assert ids(await full.ask(LIST, "user", filter=wanted)) == [
        "openai/m40",
        "openai/m42",
        "openai/m44",
        "openai/m46",
    ]


async def test_the_older_arguments_still_work(full: Registry) -> None:
    query = """{ models(filter: {capability: "tool_use", minContext: 59000}) { nodes { id } }
        endpoints(filter: {hosting: ON_PREM}) { nodes { id } }
        offerings(filter: {model: "openai/gpt-4o"}) { nodes { id } } }"""
    found = await full.ask(query)
    assert ids(found) == ["openai/gpt-4o", "openai/m58", "openai/m59"][1:]
    assert found["endpoints"]["nodes"] == [{"id": "acme-gpu"}]
    assert found["offerings"]["nodes"] == [{"id": "openai/gpt-4o"}]


async def test_a_sorted_list_in_pages_is_the_list(full: Registry) -> None:
    sort = {"by": "PRICE_INPUT", "direction": "DESC"}
    whole = ids(await full.ask(LIST, "user", sort=sort, first=200))
    assert whole[:2] == ["openai/m59", "openai/m58"]
    assert whole[-2:] == ["acme/secret", "openai/gpt-4o-mini"]
    seen: list[str] = []
    after, has_more = None, True
    while has_more:
        page = await full.ask(LIST, "user", sort=sort, first=7, after=after)
        seen += ids(page)
        info = page["models"]["pageInfo"]
        after, has_more = info["endCursor"], info["hasNextPage"]
    assert seen == whole


@pytest.mark.parametrize(
    "other",
    [
        {},
        {"sort": {"by": "PRICE_OUTPUT"}},
        {"sort": {"by": "PRICE_INPUT", "direction": "DESC"}},
        {"sort": {"by": "PRICE_INPUT"}, "filter": {"provider": "openai"}},
    ],
)
async def test_a_cursor_of_another_list_is_refused(full: Registry, other: dict[str, Any]) -> None:
    page = await full.ask(LIST, sort={"by": "PRICE_INPUT"}, first=3)
    cursor = page["models"]["pageInfo"]["endCursor"]
    code, message = await full.refused(LIST, after=cursor, **other)
    assert (code, "not given out for this list" in message) == ("invalid_request", True)


@contextmanager
def counted() -> Iterator[list[str]]:
    statements: list[str] = []

    def note(*said: Any) -> None:
        if "entity" in said[2] or "health" in said[2] or "statement" in said[2]:
            statements.append(said[2])

    listen.listen(Engine, "before_cursor_execute", note)
    try:
        yield statements
    finally:
        listen.remove(Engine, "before_cursor_execute", note)


@pytest.mark.parametrize("key", ["service", "user"])
async def test_a_page_costs_as_many_statements_for_five_as_for_fifty(
    full: Registry, key: str
) -> None:
    narrow: dict[str, Any] = {
        "filter": {
            "capabilities": {"anyOf": [{"tag": "tool_use"}, {"tag": "vision"}]},
            "price": {"maxInput": "1000"},
            "search": "m",
        },
        "sort": {"by": "PRICE_INPUT"},
    }
    for asked in ({}, narrow):
        costs = []
        for first in (5, 50):
            with counted() as statements:
                found = await full.ask(EVERYTHING_OF_MODELS, key, first=first, **asked)
            assert len(found["models"]["nodes"]) == first
            costs.append(len(statements))
        # Models; their releases and offerings; endpoints and releases; health; releases' models.
        assert costs == [7, 7]


@pytest.mark.parametrize("key", ["service", "user"])
async def test_the_past_costs_no_more(full: Registry, key: str) -> None:
    query = """query($first: Int!) { graph(revision: 4) { models(first: $first) { nodes { id
        releases { nodes { id } } offerings { nodes { id price { input } endpoint { id } } } } } }
        diff(from: 0, first: $first) { nodes { id fields { name } } } }"""
    costs = []
    for first in (5, 50):
        with counted() as statements:
            await full.ask(query, key, first=first)
        costs.append(len(statements))
    # Models, releases, offerings, endpoints; the difference.
    assert costs == [5, 5]


async def test_a_history_costs_as_much_for_one_version_as_for_many(full: Registry) -> None:
    for number in range(10):
        said = released("openai", "m00", context=number + 7)
        await full.ledger.record(Batch([event(said, id=f"v{number}", seconds=number + 1)]))
    query = """query($first: Int!) { history(id: "openai/m00", first: $first) {
        nodes { revision events { id } } } }"""
    costs = []
    for first in (1, 10):
        with counted() as statements:
            found = await full.ask(query, first=first)
        assert all(len(version["events"]) == 1 for version in found["history"]["nodes"])
        costs.append(len(statements))
    assert costs[0] == costs[1] <= 3
