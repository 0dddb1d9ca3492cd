"""What a name stands for: the rules' doubts, and the operator's word."""

from typing import Any

import pytest

from services.registry.ledger import Batch
from tests.builders import event, released
from tests.services.registry.graphql.conftest import Registry

UNSURE = """query($first: Int! = 50, $after: String) { unsureNames(first: $first, after: $after) {
    nodes { offering nativeId model doubts } pageInfo { hasNextPage endCursor } } }"""
ASSIGN = """mutation($offering: ID!, $model: ID!, $release: ID, $dry: Boolean! = false) {
    assignName(offering: $offering, model: $model, release: $release, reason: "asked the maker",
        dryRun: $dry) { revision changes { kind id change } } }"""


async def say(registry: Registry, *natives: str) -> None:
    told = [event(released("acme", native, endpoint="acme-gpu"), id=native) for native in natives]
    await registry.ledger.record(Batch(told))


async def test_doubts_are_listed_until_the_operator_has_spoken(registry: Registry) -> None:
    await say(registry, "openai/gpt-4.1", "somebody-knows", "who-knows")

    listed = (await registry.ask(UNSURE))["unsureNames"]["nodes"]
    doubted = {each["nativeId"] for each in listed}
    assert {"somebody-knows", "who-knows"} <= doubted
    assert "openai/gpt-4.1" not in doubted
    assert all(each["doubts"] for each in listed)

    first = (await registry.ask(UNSURE, first=1))["unsureNames"]
    again = await registry.ask(UNSURE, first=50, after=first["pageInfo"]["endCursor"])
    assert first["nodes"] + again["unsureNames"]["nodes"] == listed

    await registry.ask(ASSIGN, offering="acme-gpu/who-knows", model="house/oracle")
    left = (await registry.ask(UNSURE))["unsureNames"]["nodes"]
    assert {each["nativeId"] for each in left} == doubted - {"who-knows"}
    offerings = '{ offerings(filter: {model: "house/oracle"}) { nodes { id release { id } } } }'
    assert (await registry.ask(offerings))["offerings"]["nodes"] == [
        {"id": "acme-gpu/who-knows", "release": {"id": "house/oracle@undated"}}
    ]
    code, _ = await registry.refused(UNSURE, "tenant")
    assert code == "not_allowed"


async def test_a_dry_run_shows_what_would_move(registry: Registry) -> None:
    await say(registry, "who-knows")

    dry = await registry.ask(ASSIGN, offering="acme-gpu/who-knows", model="house/oracle", dry=True)

    changes = {(c["kind"], c["id"]): c["change"] for c in dry["assignName"]["changes"]}
    assert changes["MODEL", "house/oracle"] == "ADDED"
    assert changes["OFFERING", "acme-gpu/who-knows"] == "CHANGED"
    assert "REMOVED" in changes.values()


@pytest.mark.parametrize(
    ("variables", "reason"),
    [
        ({"offering": "openai/none", "model": "house/oracle"}, "no offering"),
        ({"offering": "openai/gpt-4o", "model": "Oracle"}, "no model's id"),
        (
            {"offering": "openai/gpt-4o", "model": "house/oracle", "release": "acme/x@undated"},
            "no release",
        ),
    ],
)
async def test_what_cannot_be_a_name_is_refused(
    registry: Registry, variables: dict[str, Any], reason: str
) -> None:
    _, message = await registry.refused(ASSIGN, **variables)

    assert reason in message
