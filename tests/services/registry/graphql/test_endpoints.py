"""Endpoints that are set up here, over GraphQL: what is shown to whom, and what never is."""

import asyncio
from base64 import b64decode
from collections.abc import Sequence
from typing import Any

import pytest

from routeyard.wire.sealing import SealingKeys, unseal
from services.registry import app as registry_app
from services.registry.graphql.errors import without_values
from services.registry.postgres.endpoint_secrets import PostgresSecrets
from services.registry.postgres.engine import connect
from tests.components.databases import as_service
from tests.services.registry.graphql.conftest import SECRET, Registry

CANARY = "canary-77aa12"
REGISTER = """mutation($input: EndpointInput!, $tenant: ID) {
    registerEndpoint(input: $input, tenant: $tenant) { revision changes { kind id change
    fields { name before after } } } }"""
UPDATE = """mutation($id: ID!, $input: EndpointChange!, $at: Long) {
    updateEndpoint(id: $id, input: $input, ifRevision: $at) { revision } }"""
ROTATE = """mutation($id: ID!, $secret: SecretInput!) {
    rotateSecret(id: $id, secret: $secret) { revision } }"""
TAKE_DOWN = 'mutation($id: ID!) { deregisterEndpoint(id: $id, reason: "r") { revision } }'
TEST = "mutation($id: ID!) { testEndpoint(id: $id, waitS: 1) { reason } }"
SHOW = """query($id: ID!) { endpoint(id: $id) { id owner url hasSecret secretVersion isEnabled
    dedicatedTo offerings { nodes { nativeId modelId } } } }"""
WANTED: dict[str, Any] = {
    "name": "gpu",
    "url": "https://gpu.example/v1",
    "secret": {"value": CANARY},
    "models": [{"nativeId": "ours", "capabilities": [{"tag": "tool_use"}]}],
}


class Resolver:
    """Names as they are on no machine."""

    async def __call__(self, host: str) -> Sequence[str]:
        return {"gpu.example": ("93.184.216.34",)}.get(host, ())


@pytest.fixture(autouse=True)
def resolver(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(registry_app, "SystemResolver", Resolver)


async def test_a_tenant_sets_its_own_endpoint_up_and_alone_sees_it(registry: Registry) -> None:
    await registry.ask(REGISTER, "tenant", input=WANTED)
    shown = (await registry.ask(SHOW, "tenant", id="acme/gpu"))["endpoint"]
    assert shown == {
        "id": "acme/gpu",
        "owner": "acme",
        "url": "https://gpu.example/v1",
        "hasSecret": True,
        "secretVersion": 1,
        "isEnabled": True,
        "dedicatedTo": [],
        "offerings": {"nodes": [{"nativeId": "ours", "modelId": "@acme/ours"}]},
    }
    model = "query($id: ID!) { model(id: $id) { id owner } offering(id: $id) { id } }"
    for key, own in (("tenant", {"id": "@acme/ours", "owner": "acme"}), ("beta", None)):
        found = await registry.ask(model, key, id="@acme/ours")
        assert found == {"model": own, "offering": None}
    assert (await registry.ask(SHOW, "beta", id="acme/gpu"))["endpoint"] is None


@pytest.mark.parametrize(
    ("query", "more"),
    [
        (UPDATE, {"input": {"url": "https://x.example"}}),
        (ROTATE, {"secret": {"value": "x"}}),
        (TAKE_DOWN, {}),
        (TEST, {}),
    ],
)
async def test_what_is_anothers_and_what_is_none_are_answered_byte_for_byte_alike(
    registry: Registry, query: str, more: dict[str, Any]
) -> None:
    await registry.ask(REGISTER, "tenant", input=WANTED)
    told = {
        (await registry.post({"query": query, "variables": {"id": name, **more}}, "beta")).content
        for name in ("acme/gpu", "acme/none", "none", "openai")
    }
    assert len(told) == 1


@pytest.mark.parametrize(
    "more",
    [
        {"owner": "beta"},
        {"id": "beta/gpu"},
        {"credential": "1"},
        {"secret": {"value": CANARY, "version": 9}},
        {"secret": {"value": [CANARY, "b"]}},
        {"models": [{"nativeId": "x", "owner": "beta"}]},
    ],
)
async def test_fields_that_nobody_may_set_are_none_and_the_refusal_repeats_no_value(
    registry: Registry, more: dict[str, Any]
) -> None:
    body = {"query": REGISTER, "variables": {"input": {**WANTED, **more}}}
    answer = await registry.post(body, "tenant")
    assert answer.json()["errors"][0]["extensions"]["code"] == "invalid_request"
    assert CANARY not in answer.text
    assert (await registry.ask(SHOW, "tenant", id="acme/gpu"))["endpoint"] is None


def test_a_refusal_says_what_is_wrong_without_what_was_given() -> None:
    said = "Expected value of type 'T' not to include unknown field 'owner', found: {'a': 's, b'}."
    told = "Expected value of type 'T' not to include unknown field 'owner'."
    assert without_values(said) == told
    assert without_values(said.replace(", found", ". Found")) == told
    said = "String cannot represent a non string value: ['s']"
    assert without_values(said) == "String cannot represent a non string value."
    assert without_values("Cannot query field 'x'.") == "Cannot query field 'x'."


@pytest.mark.parametrize(
    "more", [{"dedicatedTo": ["beta"]}, {"provider": "openai"}, {"tenant": "beta"}]
)
async def test_a_tenants_admin_sets_nothing_up_for_others(
    registry: Registry, more: dict[str, Any]
) -> None:
    fields = dict(more)
    tenant = fields.pop("tenant", None)
    wanted = {**WANTED, **fields}
    code, _ = await registry.refused(REGISTER, "tenant", input=wanted, tenant=tenant)
    assert code == "not_allowed"


async def test_a_refused_address_is_told_by_its_rule_and_field(registry: Registry) -> None:
    wanted = {**WANTED, "url": "http://169.254.169.254/v1"}
    body = {"query": REGISTER, "variables": {"input": wanted}}
    (error,) = (await registry.post(body, "tenant")).json()["errors"]
    assert error["extensions"] == {
        "code": "endpoint_refused",
        "field": "registerEndpoint.url",
    }


async def test_a_dedicated_endpoint_is_seen_by_those_it_is_for_who_do_not_see_each_other(
    registry: Registry,
) -> None:
    wanted = {**WANTED, "dedicatedTo": ["acme", "beta"]}
    await registry.ask(REGISTER, "admin", input=wanted)
    for key, told in (("admin", ["acme", "beta"]), ("tenant", ["acme"]), ("beta", ["beta"])):
        shown = (await registry.ask(SHOW, key, id="gpu"))["endpoint"]
        assert sorted(shown["dedicatedTo"]) == told
        assert [each["modelId"] for each in shown["offerings"]["nodes"]] == ["@/ours"]


async def test_where_the_broker_is_nobody_is_told_who_has_an_endpoint_tested(
    registry: Registry,
) -> None:
    await registry.ask(REGISTER, "tenant", input=WANTED)
    told = await registry.refused(TEST, "tenant", id="acme/gpu")
    assert told == ("unavailable", "The broker does not answer; please try again.")


ALL_OF_IT = """query($id: ID!) {
    models(first: 100) { nodes { id releases { nodes { id } } } }
    found: models(first: 9, filter: { search: "ours" }) { nodes { id } }
    model(id: $id) { id } release(id: "@/ours@undated") { id }
    history(id: $id, kind: MODEL) { nodes { revision } }
    endpoints(first: 100) { nodes { id offerings { nodes { id } } } }
    offerings(first: 100) { nodes { id } } status { models releases offerings endpoints } }"""


async def test_the_platforms_own_model_is_there_for_those_it_is_served_to_alone(
    registry: Registry,
) -> None:
    before = await registry.ask(ALL_OF_IT, "beta", id="@/ours")
    await registry.ask(REGISTER, "admin", input={**WANTED, "dedicatedTo": ["acme"]})
    assert await registry.ask(ALL_OF_IT, "beta", id="@/ours") == before
    shown = await registry.ask(ALL_OF_IT, "tenant", id="@/ours")
    assert (shown["model"], shown["release"]) == ({"id": "@/ours"}, {"id": "@/ours@undated"})
    assert [each["id"] for each in shown["found"]["nodes"]] == ["@/ours"]
    assert len(shown["history"]["nodes"]) == 1


async def test_an_order_for_an_endpoint_that_changed_since_is_refused_and_keeps_its_secret(
    registry: Registry,
) -> None:
    seen = (await registry.ask(REGISTER, "tenant", input=WANTED))["registerEndpoint"]["revision"]
    await registry.ask(UPDATE, "tenant", id="acme/gpu", input={"residency": ["EU"]}, at=seen)
    late = {"secret": {"value": "other"}}
    code, _ = await registry.refused(UPDATE, "tenant", id="acme/gpu", input=late, at=seen)
    assert code == "conflict"
    shown = (await registry.ask(SHOW, "tenant", id="acme/gpu"))["endpoint"]
    assert (shown["hasSecret"], shown["secretVersion"]) == (True, 1)


async def test_a_request_that_is_sent_twice_sets_one_endpoint_up(registry: Registry) -> None:
    body = {"query": REGISTER, "variables": {"input": WANTED}}
    answers = [await registry.post(body, "tenant", **{"idempotency-key": "once"}) for _ in range(2)]
    assert answers[0].content == answers[1].content
    assert answers[1].headers["idempotency-replayed"] == "true"
    shown = (await registry.ask(SHOW, "tenant", id="acme/gpu"))["endpoint"]
    assert shown["secretVersion"] == 1


async def test_a_tenants_own_counts_for_nobody_else(registry: Registry) -> None:
    query = "{ status { endpoints models offerings } }"
    before = await registry.ask(query, "beta")
    await registry.ask(REGISTER, "tenant", input=WANTED)
    assert await registry.ask(query, "beta") == before


async def test_taking_down_and_leaving_take_the_secrets_along(registry: Registry) -> None:
    import psycopg  # noqa: PLC0415 - beside its one use

    await registry.ask(REGISTER, "tenant", input=WANTED)
    await registry.ask(REGISTER, "tenant", input={**WANTED, "name": "two"})
    await registry.ask(TAKE_DOWN, "tenant", id="acme/gpu")
    leave = 'mutation { offboardTenant(id: "acme", reason: "left") { revision } }'
    await registry.ask(leave, "admin")
    for name in ("acme/gpu", "acme/two"):
        assert (await registry.ask(SHOW, "admin", id=name))["endpoint"] is None
    assert (await registry.post({"query": "{ revision }"}, "tenant")).status_code == 401
    with psycopg.connect(registry.database) as connection:
        found = connection.execute(
            "SELECT (SELECT count(*) FROM endpoint_secret WHERE sealed IS NOT NULL), "
            "(SELECT count(*) FROM endpoint_serving)"
        ).fetchone()
    assert found == (0, 0)


AT_ONCE = 16
ROTATE_AT = """mutation($id: ID!, $secret: SecretInput!, $at: Long) {
    rotateSecret(id: $id, secret: $secret, ifRevision: $at) { revision } }"""


async def rotated_at_once(registry: Registry, at: int | None) -> dict[int, str]:
    """The secrets of the rotations that were carried out, by their revisions."""

    async def rotate(number: int) -> tuple[int | None, str]:
        secret = f"secret-{number}"
        variables = {"id": "acme/gpu", "secret": {"value": secret}, "at": at}
        answer = await registry.post({"query": ROTATE_AT, "variables": variables}, "tenant")
        told = answer.json()
        if "errors" in told:
            assert told["errors"][0]["extensions"]["code"] == "conflict"
            return None, secret
        return told["data"]["rotateSecret"]["revision"], secret

    done = await asyncio.gather(*(rotate(number) for number in range(AT_ONCE)))
    return {revision: secret for revision, secret in done if revision is not None}


async def kept_secret(registry: Registry) -> tuple[int, str]:
    """The version and the secret that the database holds, opened."""
    pool = connect(as_service(registry.database))
    held = (await PostgresSecrets(pool).find("acme/gpu")).credential
    await pool.dispose()
    assert held is not None
    keys = SealingKeys(b64decode(SECRET))
    return held.version, unseal(held.sealed, held.binding, keys).reveal()


async def test_of_many_rotations_at_once_the_last_one_counts_and_no_version_is_lost(
    registry: Registry,
) -> None:
    await registry.ask(REGISTER, "tenant", input=WANTED)
    done = await rotated_at_once(registry, None)
    assert len(done) == AT_ONCE
    shown = (await registry.ask(SHOW, "tenant", id="acme/gpu"))["endpoint"]
    assert await kept_secret(registry) == (shown["secretVersion"], done[max(done)])
    assert shown["secretVersion"] == 1 + AT_ONCE


async def test_of_many_rotations_of_one_revision_one_is_carried_out_and_its_secret_stays(
    registry: Registry,
) -> None:
    seen = (await registry.ask(REGISTER, "tenant", input=WANTED))["registerEndpoint"]["revision"]
    done = await rotated_at_once(registry, seen)
    ((_, secret),) = done.items()
    assert await kept_secret(registry) == (2, secret)
    shown = (await registry.ask(SHOW, "tenant", id="acme/gpu"))["endpoint"]
    assert shown["secretVersion"] == 2
