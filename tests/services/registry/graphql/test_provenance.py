"""Who says what, what waits, how models stand to one another, and what ends when."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from routeyard.domain import events as e
from routeyard.domain.catalog import Price, Variant
from routeyard.domain.events import Event
from services.registry.ledger import Batch
from tests.builders import event, released, source
from tests.services.registry.graphql.conftest import Registry

PRICE = """{ offerings(filter: {model: "openai/gpt-4o"}) { nodes { id price { input }
    claims(field: "price") { source value rank }
    conflicts { field decidedBy claims { source value observedAt } } } } }"""
CONFLICTS = """{ model(id: "openai/gpt-4o") { context
    conflicts { kind id field decidedBy claims { source value isMaker native } } } }"""


async def say(registry: Registry, *told: Event) -> None:
    await registry.ledger.record(Batch(told))


def priced(dollars: str, by: str, seconds: int) -> Event:
    price = Price(input=Decimal(dollars))
    return event(released(price=price), id=f"{by} {dollars}", source=by, seconds=seconds)


async def test_a_price_that_two_sources_disagree_on(registry: Registry) -> None:
    await say(registry, event(source("shop", 90), id="s", source="operator"))
    for told in (priced("3", "dev", 10), priced("2", "shop", 20), priced("4", "dev", 30)):
        await say(registry, told)

    (offering,) = (await registry.ask(PRICE))["offerings"]["nodes"]

    assert offering["price"]["input"] == "2"
    assert [(c["source"], c["value"], c["rank"]) for c in offering["claims"]] == [
        ("shop", {"input": "2"}, 90),
        ("dev", {"input": "4"}, 70),
    ]
    (conflict,) = offering["conflicts"]
    assert (conflict["field"], conflict["decidedBy"]) == ("price", "RANK")
    assert [c["source"] for c in conflict["claims"]] == ["shop", "dev"]


async def test_a_model_that_sources_disagree_on(registry: Registry) -> None:
    elsewhere = released("azure", "openai/gpt-4o", context=32_000)
    await say(registry, event(elsewhere, id="a", seconds=99))

    model = (await registry.ask(CONFLICTS))["model"]

    assert model["context"] == 128_000
    (conflict,) = [each for each in model["conflicts"] if each["field"] == "context"]
    assert (conflict["kind"], conflict["id"]) == ("MODEL", "openai/gpt-4o")
    assert conflict["decidedBy"] == "MAKER"
    assert [(c["value"], c["isMaker"], c["native"]) for c in conflict["claims"]] == [
        (128_000, True, "openai/gpt-4o"),
        (32_000, False, "azure/openai/gpt-4o"),
    ]


async def test_a_level_tells_what_it_rests_on(registry: Registry) -> None:
    measured = e.CapabilityUpdated(
        model="openai/gpt-4o",
        capabilities={"instruction_following": 0.8},
        evidence="312 prompts",
        measured_on=date(2026, 1, 8),
    )
    await say(registry, event(measured, id="q"))

    query = """{ model(id: "openai/gpt-4o") {
        capabilities { tag level claim { source evidence measuredOn } } } }"""
    model = (await registry.ask(query))["model"]

    (level,) = [each for each in model["capabilities"] if each["tag"] == "instruction_following"]
    assert level == {
        "tag": "instruction_following",
        "level": 0.8,
        "claim": {"source": "dev", "evidence": "312 prompts", "measuredOn": "2026-01-08"},
    }


async def test_claims_under_anothers_endpoint_are_not_shown(registry: Registry) -> None:
    own = event(released("acme", "openai/gpt-4o", endpoint="acme-gpu", context=9_000), id="own")
    await say(registry, own)
    query = '{ model(id: "openai/gpt-4o") { claims(field: "context") { native } } }'

    seen = {
        key: {claim["native"] for claim in (await registry.ask(query, key))["model"]["claims"]}
        for key in ("admin", "tenant", "beta")
    }

    assert seen == {
        "admin": {"openai/gpt-4o", "acme-gpu/openai/gpt-4o"},
        "tenant": {"openai/gpt-4o", "acme-gpu/openai/gpt-4o"},
        "beta": {"openai/gpt-4o"},
    }


def related(model: str, **relations: Any) -> Event:
    said = e.ModelRelated(model=f"openai/{model}", **relations)
    return event(said, id=f"{model} {relations}")


async def test_models_lead_to_one_another(registry: Registry) -> None:
    await say(registry, *(event(released(native_id=n), id=n) for n in ("gpt-5", "gpt-5-nano")))
    await say(
        registry,
        related("gpt-4o", succeeded_by="openai/gpt-5", falls_back_to="openai/gpt-4o-mini"),
        related("gpt-4o-mini", falls_back_to="openai/gpt-5-nano"),
        related("gpt-5-nano", variant_of="openai/gpt-5", variant=Variant.DISTILLED),
    )

    query = """{ model(id: "openai/gpt-4o") { successor { id predecessors { id } } }
        fallbackChain(model: "openai/gpt-4o") { id }
        base: model(id: "openai/gpt-5") { variants { id variant base { id } } } }"""
    found = await registry.ask(query)

    assert found["model"]["successor"] == {
        "id": "openai/gpt-5",
        "predecessors": [{"id": "openai/gpt-4o"}],
    }
    assert [each["id"] for each in found["fallbackChain"]] == [
        "openai/gpt-4o-mini",
        "openai/gpt-5-nano",
    ]
    assert found["base"]["variants"] == [
        {"id": "openai/gpt-5-nano", "variant": "DISTILLED", "base": {"id": "openai/gpt-5"}}
    ]


async def test_what_waits_tells_for_what(registry: Registry) -> None:
    measured = e.CapabilityUpdated("openai/gpt-9", quality={"general": 0.9})
    await say(
        registry,
        event(measured, id="q", seconds=5),
        event(released("x", "m", endpoint="nowhere"), id="o"),
    )
    query = """query($after: String) { waiting(first: 1, after: $after) {
        nodes { kind id waitsFor needsKind needsId sources since }
        pageInfo { hasNextPage endCursor } } }"""

    first = (await registry.ask(query))["waiting"]
    second = (await registry.ask(query, after=first["pageInfo"]["endCursor"]))["waiting"]

    assert first["nodes"] == [
        {
            "kind": "MODEL",
            "id": "openai/gpt-9",
            "waitsFor": "LISTING",
            "needsKind": None,
            "needsId": None,
            "sources": ["dev"],
            "since": "2026-06-01T12:00:05+00:00",
        }
    ]
    (offering,) = second["nodes"]
    assert (offering["id"], offering["waitsFor"]) == ("nowhere/m", "ENTITY")
    assert (offering["needsKind"], offering["needsId"]) == ("ENDPOINT", "nowhere")
    assert second["pageInfo"]["hasNextPage"] is False
    code, _ = await registry.refused(query, "tenant")
    assert code == "not_allowed"


async def test_withdrawn_entities_do_not_wait(registry: Registry) -> None:
    await say(registry, event(e.ModelWithdrawn("openai", "gpt-4o-mini"), id="w", seconds=9))

    assert (await registry.ask("{ waiting { nodes { id } } }"))["waiting"]["nodes"] == []


async def test_what_ends_tells_what_hangs_on_it(registry: Registry) -> None:
    deprecated = e.ModelDeprecated(
        provider="openai",
        native_id="gpt-4o",
        deprecated_on=date(2026, 1, 1),
        retires_on=date(2027, 3, 1),
        replacement="gpt-4o-mini",
    )
    await say(registry, event(deprecated, id="d", seconds=9))
    await registry.ask(
        """mutation { setOverride(tenant: "beta", name: "rule", kind: PREFER, targetKind: MODEL,
            target: "openai/gpt-4o", reason: "likes it") { revision } }"""
    )
    query = """query($after: String) { endings(since: "2026-01-01", until: "2027-12-31", first: 4,
        after: $after) { nodes { day what kind id successor affected { offerings overrides } }
        pageInfo { endCursor } } }"""

    first = (await registry.ask(query))["endings"]
    rest = (await registry.ask(query, after=first["pageInfo"]["endCursor"]))["endings"]
    nodes = first["nodes"] + rest["nodes"]

    assert [(n["day"], n["what"], n["kind"]) for n in nodes] == [
        ("2026-01-01", "DEPRECATED", "MODEL"),
        ("2026-01-01", "DEPRECATED", "OFFERING"),
        ("2026-01-01", "DEPRECATED", "RELEASE"),
        ("2027-03-01", "RETIRES", "MODEL"),
        ("2027-03-01", "RETIRES", "OFFERING"),
        ("2027-03-01", "RETIRES", "RELEASE"),
    ]
    release = nodes[5]
    assert release["successor"] == "openai/gpt-4o-mini@undated"
    assert release["affected"] == {"offerings": 1, "overrides": ["platform:beta/rule"]}
    hidden = (await registry.ask(query, "tenant"))["endings"]["nodes"]
    assert [each["affected"]["overrides"] for each in hidden] == [[], [], [], []]


@pytest.mark.parametrize("question", ["waiting", "endings"])
async def test_a_cursor_of_another_list_is_refused(registry: Registry, question: str) -> None:
    other = await registry.ask("{ models { pageInfo { endCursor } } }")
    cursor = other["models"]["pageInfo"]["endCursor"]

    code, _ = await registry.refused(
        f"query($after: String) {{ {question}(after: $after) {{ nodes {{ id }} }} }}", after=cursor
    )

    assert code == "invalid_request"


async def test_the_likest_models_come_first_among_those_required(registry: Registry) -> None:
    told = [
        released("openai", "like", context=128_000, mode="chat", capabilities={"vision": 1.0}),
        released("openai", "unlike", context=1_000, mode="chat"),
        released("openai", "other-mode", mode="embedding"),
        released("openai", "gone", mode="chat", lifecycle="retired"),
        released("openai", "seer", context=128_000, mode="chat", capabilities={"vision": 1.0}),
    ]
    await say(registry, *(event(each, id=each.native_id) for each in told))
    query = """query($require: ModelFilter) {
        alternatives(model: "openai/seer", require: $require) {
            model { id } likeness missing contextRatio } }"""

    found = (await registry.ask(query))["alternatives"]
    wide = await registry.ask(query, require={"minContext": 128_000})

    assert [(each["model"]["id"], each["missing"]) for each in found] == [
        ("openai/like", []),
        ("openai/gpt-4o", ["vision"]),
        ("openai/unlike", ["vision"]),
    ]
    assert found[2]["contextRatio"] == 0.0078
    assert [each["model"]["id"] for each in wide["alternatives"]] == [
        "openai/like",
        "openai/gpt-4o",
    ]
    assert (await registry.ask(query.replace("seer", "none")))["alternatives"] == []
