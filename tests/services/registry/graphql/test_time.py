"""Asking what was: the graph at a revision, differences, histories."""

from decimal import Decimal
from typing import Any

import pytest

from routeyard.domain.catalog import Price
from services.registry.ledger import Batch
from tests.builders import event, released
from tests.services.registry.graphql.conftest import Registry

OFFERING = "openai/gpt-4o"
HISTORY = """query($after: String) { history(id: "openai/gpt-4o", kind: OFFERING, first: 2,
    after: $after) { nodes { revision committedAt change actor reason fields { name before after }
    events { source id type observedAt actor reason } } pageInfo { hasNextPage endCursor } } }"""


async def reprice(registry: Registry, *dollars: int) -> None:
    for number, price in enumerate(dollars):
        said = released("openai", "gpt-4o", price=Price(input=Decimal(price)), context=number + 1)
        told = [event(said, id=f"price-{price}", seconds=number + 1)]
        await registry.ledger.record(Batch(told, actor="kafka", reason=f"to {price}"))


async def test_a_story_of_prices(registry: Registry) -> None:
    before = (await registry.ask("{ revision }"))["revision"]
    await reprice(registry, 7, 8)
    graph = """query($at: Long!) { graph(revision: $at) { revision epoch committedAt checksum
        counts { models } model(id: "openai/gpt-4o") { context
        offerings { nodes { price { input } model { context } } } } } }"""
    seen = [
        (await registry.ask(graph, "user", at=at))["graph"]
        for at in (before, before + 1, before + 2)
    ]
    assert [g["model"]["offerings"]["nodes"][0]["price"]["input"] for g in seen] == [
        "0.0000001",
        "7",
        "8",
    ]
    assert [g["model"]["context"] for g in seen] == [128_000, 1, 2]
    assert seen[1]["model"]["offerings"]["nodes"][0]["model"] == {"context": 1}
    assert len({g["checksum"] for g in seen}) == 3

    diff = await registry.ask(
        "query($from: Long!) { diff(from: $from, kind: OFFERING) { revision nodes "
        "{ kind id change revisions fields { name before after } } } }",
        **{"from": before},
    )
    (changed,) = diff["diff"]["nodes"]
    assert (changed["id"], changed["change"], changed["revisions"]) == (
        OFFERING,
        "CHANGED",
        [before + 1, before + 2],
    )
    assert {"name": "price.input", "before": "0.0000001", "after": "8"} in changed["fields"]

    first = (await registry.ask(HISTORY))["history"]
    assert [(v["reason"], v["change"]) for v in first["nodes"]] == [
        ("to 8", "CHANGED"),
        ("to 7", "CHANGED"),
    ]
    assert [each["id"] for v in first["nodes"] for each in v["events"]] == ["price-8", "price-7"]
    rest = (await registry.ask(HISTORY, after=first["pageInfo"]["endCursor"]))["history"]
    assert [v["change"] for v in rest["nodes"]] == ["ADDED"]
    assert rest["pageInfo"]["hasNextPage"] is False

    hidden = (await registry.ask(HISTORY, "user"))["history"]["nodes"][0]
    assert (hidden["actor"], hidden["reason"], hidden["events"]) == (None, None, None)
    assert hidden["fields"] == first["nodes"][0]["fields"]


async def test_a_time_is_a_revision(registry: Registry) -> None:
    await reprice(registry, 7, 8)
    commits = (await registry.ask("{ commits { nodes { revision committedAt } } }"))["commits"]
    for commit in commits["nodes"]:
        query = "query($at: DateTime!) { graph(at: $at) { revision committedAt } }"
        found = (await registry.ask(query, at=commit["committedAt"]))["graph"]
        assert found == commit
    newest = (await registry.ask("{ graph { revision } }"))["graph"]
    assert newest["revision"] == commits["nodes"][0]["revision"]


async def test_a_list_of_the_past_goes_on_in_the_past(registry: Registry) -> None:
    before = (await registry.ask("{ revision }"))["revision"]
    await registry.ledger.record(Batch([event(released("openai", "aaa"), id="new")]))
    query = """query($at: Long!, $after: String) { graph(revision: $at) { models(first: 1,
        after: $after) { nodes { id } revision pageInfo { hasNextPage endCursor } } } }"""
    seen: list[str] = []
    after, has_more = None, True
    while has_more:
        page = (await registry.ask(query, at=before, after=after))["graph"]["models"]
        assert page["revision"] == before
        seen += [node["id"] for node in page["nodes"]]
        after, has_more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    assert seen == ["acme/secret", "openai/gpt-4o", "openai/gpt-4o-mini"]
    code, message = await registry.refused(query, at=before + 1, after=after)
    assert (code, "begin again without `after`" in message) == ("invalid_request", True)


async def test_a_difference_up_to_now_stays_the_same_list(registry: Registry) -> None:
    query = """query($after: String) { diff(from: 0, first: 5, after: $after) { nodes { kind id }
        revision pageInfo { hasNextPage endCursor } } }"""
    first = (await registry.ask(query))["diff"]
    await registry.ledger.record(Batch([event(released("openai", "zzz"), id="new")]))
    seen, revisions, page = first["nodes"], {first["revision"]}, first
    while page["pageInfo"]["hasNextPage"]:
        page = (await registry.ask(query, after=page["pageInfo"]["endCursor"]))["diff"]
        seen, revisions = seen + page["nodes"], revisions | {page["revision"]}
    assert len(revisions) == 1
    assert "openai/zzz" not in {node["id"] for node in seen}
    assert len(seen) == len({(node["kind"], node["id"]) for node in seen})


@pytest.mark.parametrize("key", ["user", "beta"])
async def test_the_past_is_no_way_round_what_a_tenant_may_see(registry: Registry, key: str) -> None:
    at = (await registry.ask("{ revision }"))["revision"]
    await reprice(registry, 7)
    query = """query($at: Long!) { graph(revision: $at) { counts { models endpoints sources }
        endpoint(id: "acme-gpu") { id } models { nodes { id } } }
        diff(from: 0, to: $at, first: 200) { nodes { kind id } }
        history(id: "acme-gpu", kind: ENDPOINT) { nodes { revision } } }"""
    seen = await registry.ask(query, key, at=at)
    is_own = key == "user"
    assert (seen["graph"]["endpoint"] is not None) is is_own
    assert seen["graph"]["counts"] == {
        "models": 2 + is_own,
        "endpoints": 1 + is_own,
        "sources": 0,
    }
    diff = {(node["kind"], node["id"]) for node in seen["diff"]["nodes"]}
    assert (("ENDPOINT", "acme-gpu") in diff) is is_own
    assert not any(kind == "SOURCE" for kind, _ in diff)
    assert (seen["history"]["nodes"] != []) is is_own


@pytest.mark.parametrize(
    ("query", "field", "message"),
    [
        ("{ graph(revision: 99) { revision } }", "graph.revision", "There is no revision 99"),
        ("{ graph(revision: 0) { revision } }", "graph.revision", "There is no revision 0"),
        ('{ graph(at: "2020-01-01T00:00:00Z") { revision } }', "graph.at", "commit came later"),
        ('{ graph(at: "2999-01-01T00:00:00Z") { revision } }', "graph.at", "in the future"),
        ('{ graph(at: "2026-01-01T00:00:00") { revision } }', "graph.at", "has no zone"),
        (
            '{ graph(revision: 1, at: "2026-01-01T00:00:00Z") { revision } }',
            "graph.at",
            "not both",
        ),
        ("{ diff(from: 2, to: 1) { revision } }", "diff.to", "the earlier one first"),
        ("{ diff(from: 99) { revision } }", "diff.from", "from 0 to 3"),
        ("{ diff(from: -1) { revision } }", "diff.to", "from 0 to 3"),
        ('{ history(id: "x", after: "y") { revision } }', "history.after", "not given out"),
    ],
)
async def test_what_is_no_time_is_told_with_its_argument(
    registry: Registry, query: str, field: str, message: str
) -> None:
    answer: dict[str, Any] = (await registry.post({"query": query})).json()
    (error,) = answer["errors"]
    assert error["extensions"] == {"code": "invalid_request", "field": field}
    assert message in error["message"]
