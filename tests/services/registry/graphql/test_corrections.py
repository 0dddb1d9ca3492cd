"""An operator's word, and finding out beforehand what a change would do."""

from typing import Any

import pytest

from tests.services.registry.graphql.conftest import Registry

EFFECT = """{ revision findings { field message isFinal }
    changes { kind id change fields { name before after } } }"""
CORRECT = f"""mutation($kind: Corrected!, $id: ID!, $fields: JSON!, $dry: Boolean! = false) {{
    correct(kind: $kind, id: $id, fields: $fields, reason: "measured", dryRun: $dry) {EFFECT} }}"""
RETRACT = f"""mutation($id: ID!) {{
    retractCorrection(kind: MODEL, id: $id, reason: "the catalogs were mended") {EFFECT} }}"""
REHEARSE = f"mutation($events: [EventInput!]!) {{ rehearse(events: $events) {EFFECT} }}"
CONTEXT = '{ model(id: "openai/gpt-4o") { context } }'
DEMOTED = [{"name": "context", "before": 128_000, "after": 64_000}]


def correction(**fields: Any) -> dict[str, Any]:
    return {"kind": "MODEL", "id": "openai/gpt-4o", "fields": fields}


async def test_a_correction_holds_until_it_is_retracted(registry: Registry) -> None:
    done = (await registry.ask(CORRECT, **correction(context=64_000)))["correct"]

    assert done["changes"] == [
        {"kind": "MODEL", "id": "openai/gpt-4o", "change": "CHANGED", "fields": DEMOTED}
    ]
    assert (await registry.ask(CONTEXT))["model"]["context"] == 64_000
    found = await registry.ask("{ commits(first: 1) { nodes { actor reason } } }")
    actor = registry.keys["admin"].split("_")[1]
    assert found["commits"]["nodes"] == [{"actor": actor, "reason": "measured"}]

    await registry.ask(RETRACT, id="openai/gpt-4o")
    assert (await registry.ask(CONTEXT))["model"]["context"] == 128_000


async def test_a_dry_run_tells_the_same_and_changes_nothing(registry: Registry) -> None:
    before = await registry.ask("{ status { revision checksum } }")

    dry = (await registry.ask(CORRECT, **correction(context=64_000), dry=True))["correct"]

    assert [each["fields"] for each in dry["changes"]] == [DEMOTED]
    assert await registry.ask("{ status { revision checksum } }") == before
    done = (await registry.ask(CORRECT, **correction(context=64_000)))["correct"]
    assert done == dry


async def test_a_dry_run_of_events_tells_what_would_refuse_them(registry: Registry) -> None:
    related = {"type": "routeyard.model.related.v1", "source": "dev"}
    events = [
        {**related, "body": {"model": "openai/gpt-4o", "succeeded_by": "openai/gpt-4o-mini"}},
        {**related, "body": {"model": "openai/gpt-4o-mini", "succeeded_by": "openai/gpt-4o"}},
    ]

    found = (await registry.ask(REHEARSE, events=events))["rehearse"]

    assert {each["field"] for each in found["findings"]} == {"succeeded_by"}
    assert all("circle" in each["message"] and each["isFinal"] for each in found["findings"])
    assert {each["id"] for each in found["changes"]} == {"openai/gpt-4o", "openai/gpt-4o-mini"}


BAD: list[tuple[str, str, dict[str, Any], str]] = [
    ("admin", CORRECT, correction(context="many"), "cannot be the context"),
    ("admin", CORRECT, correction(nonsense=1), "no field 'nonsense'"),
    ("admin", CORRECT, {**correction(context=1), "id": "openai/none"}, "There is no model"),
    ("admin", CORRECT, {**correction(), "fields": [1]}, "is an object"),
    ("admin", CORRECT, correction(**{"capabilities.telepathy": 1}), "Nobody has defined"),
    ("admin", CORRECT, correction(falls_back_to="openai/gpt-4o"), "circle"),
    ("admin", REHEARSE, {"events": [{"type": "x", "source": "dev", "body": {}}]}, "not known"),
    (
        "admin",
        REHEARSE,
        {"events": [{"type": "routeyard.model.related.v1", "source": "dev", "body": 1}]},
        "is not valid",
    ),
    ("tenant", CORRECT, correction(context=1), "Only a platform admin"),
    ("tenant", REHEARSE, {"events": []}, "Only the platform's own keys"),
]


@pytest.mark.parametrize(("key", "query", "variables", "reason"), BAD)
async def test_what_cannot_be_is_refused_and_changes_nothing(
    registry: Registry, key: str, query: str, variables: dict[str, Any], reason: str
) -> None:
    before = await registry.ask("{ revision }")

    _, message = await registry.refused(query, key, **variables)

    assert reason in message
    assert await registry.ask("{ revision }") == before
