"""What can be ordered, by whom."""

from typing import Any

import pytest

from tests.services.registry.graphql.conftest import Registry

SOURCE = """mutation($name: String!, $rank: Int!, $types: [String!]!) {
    registerSource(name: $name, rank: $rank, types: $types) { revision } }"""
TENANT = """mutation($id: ID!, $name: String!, $residency: [String!]) {
    createTenant(id: $id, name: $name, residency: $residency) { revision } }"""
KEY = """mutation($role: Role!, $tenant: ID, $label: String!, $expiresAt: DateTime) {
    issueKey(role: $role, tenant: $tenant, label: $label, expiresAt: $expiresAt) { keyId key } }"""
SET = """mutation($tenant: ID!, $name: String!, $expiresAt: DateTime, $reason: String!) {
    setOverride(tenant: $tenant, name: $name, kind: DENY, targetKind: MODEL,
        target: "openai/gpt-4o", reason: $reason, expiresAt: $expiresAt) { revision } }"""
REMOVE = """mutation($tenant: ID!, $name: String!) {
    removeOverride(tenant: $tenant, name: $name, reason: "over") { revision } }"""
REPLAY = 'mutation { replayDeadLetter(id: "1") { id } }'
RELEASED = "routeyard.model.released.v1"


def override(tenant: str, **more: Any) -> dict[str, Any]:
    return {"tenant": tenant, "name": "rule", "reason": "because", **more}


async def test_each_change_names_its_revision_and_its_author(registry: Registry) -> None:
    before = (await registry.ask("{ revision }"))["revision"]
    source = await registry.ask(SOURCE, name="billing", rank=60, types=[RELEASED])
    tenant = await registry.ask(TENANT, id="gamma", name="Gamma", residency=["EU"])
    assert source["registerSource"]["revision"] == before + 1
    assert tenant["createTenant"]["revision"] == before + 2
    code, message = await registry.refused(TENANT, id="gamma", name="Gamma", residency=["EU"])
    assert code == "invalid_request"
    assert "There is a tenant 'gamma' already" in message

    found = await registry.ask(
        "{ sources { id rank types } tenants { nodes { id residency } } "
        "commits(first: 1) { nodes { actor reason } } }"
    )
    assert {"id": "billing", "rank": 60, "types": [RELEASED]} in found["sources"]
    assert {"id": "gamma", "residency": ["EU"]} in found["tenants"]["nodes"]
    actor = registry.keys["admin"].split("_")[1]
    assert found["commits"]["nodes"] == [{"actor": actor, "reason": "create the tenant gamma"}]


TRUST = """mutation($entities: [String!], $keys: [String!], $rank: Int! = 60) {
    registerSource(name: "acme", rank: $rank, types: ["routeyard.model.released.v1"],
        entities: $entities, publicKeys: $keys) { revision } }"""
PUBLIC = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="


async def trusted(registry: Registry) -> dict[str, Any]:
    found = await registry.ask("{ sources { id rank entities publicKeys } }")
    (source,) = (each for each in found["sources"] if each["id"] == "acme")
    assert isinstance(source, dict)
    return source


async def test_a_sources_entities_and_keys_stay_until_they_are_lifted(registry: Registry) -> None:
    await registry.ask(TRUST, entities=["endpoint:acme-*"], keys=[PUBLIC])
    await registry.ask(TRUST, rank=61)
    kept = {"id": "acme", "entities": ["endpoint:acme-*"], "publicKeys": [PUBLIC]}
    assert await trusted(registry) == {**kept, "rank": 61}
    await registry.ask(TRUST, entities=[], keys=[])
    assert await trusted(registry) == {"id": "acme", "rank": 60, "entities": [], "publicKeys": []}


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        ({"entities": ["host:a"]}, "'host:a' is no pattern of entities"),
        ({"keys": ["secret"]}, "'secret' is no Ed25519 public key"),
        ({"keys": ["A" * 43 + "="]}, "Anybody can sign for the public key"),
        ({"keys": [PUBLIC, PUBLIC]}, "A source has one public key, or two"),
    ],
)
async def test_what_a_source_cannot_be_registered_with_is_told(
    registry: Registry, said: dict[str, Any], sentence: str
) -> None:
    code, message = await registry.refused(TRUST, **said)
    assert code == "invalid_request"
    assert sentence in message


async def test_an_override_comes_and_goes(registry: Registry) -> None:
    await registry.ask(SET, "beta", **override("beta", expiresAt="2099-01-01T00:00:00+02:00"))
    query = '{ overrides(tenant: "beta") { nodes { id expiresAt reason } } }'
    assert (await registry.ask(query, "beta"))["overrides"]["nodes"] == [
        {"id": "beta/rule", "expiresAt": "2098-12-31T22:00:00+00:00", "reason": "because"}
    ]
    removed = await registry.ask(REMOVE, "beta", tenant="beta", name="rule")
    assert removed["removeOverride"]["revision"] > 0
    assert (await registry.ask(query, "beta"))["overrides"]["nodes"] == []
    again = await registry.ask(REMOVE, "beta", tenant="beta", name="rule")
    assert again["removeOverride"] is None


async def test_a_new_key_works_at_once_and_is_shown_once(registry: Registry) -> None:
    made = (await registry.ask(KEY, role="TENANT_USER", tenant="beta", label="ci"))["issueKey"]
    registry.keys["new"] = made["key"]
    assert made["key"].split("_")[1] == made["keyId"]
    found = await registry.ask("{ tenants { nodes { id } } }", "new")
    assert found["tenants"]["nodes"] == [{"id": "beta"}]


@pytest.mark.parametrize(
    ("query", "variables", "allowed"),
    [
        (SOURCE, {"name": "x", "rank": 1, "types": [RELEASED]}, {"admin"}),
        (TENANT, {"id": "x", "name": "x"}, {"admin"}),
        (KEY, {"role": "SERVICE", "label": "x"}, {"admin"}),
        ('mutation { revokeKey(keyId: "x", reason: "x") }', {}, {"admin", "tenant", "beta"}),
        (
            'mutation { rotateKey(keyId: "x", reason: "x") { keyId } }',
            {},
            {"admin", "tenant", "beta"},
        ),
        (REPLAY, {}, {"admin"}),
        (SET, override("acme"), {"admin", "tenant"}),
        (REMOVE, {"tenant": "acme", "name": "x"}, {"admin", "tenant"}),
    ],
)
async def test_who_may(
    registry: Registry, query: str, variables: dict[str, Any], allowed: set[str]
) -> None:
    before = (await registry.ask("{ revision }"))["revision"]
    for key in {"service", "tenant", "user", "beta"} - allowed:
        code, _ = await registry.refused(query, key, **variables)
        assert code == "not_allowed", key
    assert (await registry.ask("{ revision }"))["revision"] == before
    for key in allowed:
        await registry.ask(query, key, **variables)


async def test_a_foreign_tenant_is_refused_whether_it_exists_or_not(registry: Registry) -> None:
    foreign = await registry.refused(SET, "beta", **override("acme"))
    absent = await registry.refused(SET, "beta", **override("nobody"))
    assert foreign == absent


@pytest.mark.parametrize(
    ("query", "variables"),
    [
        (SOURCE, {"name": "operator", "rank": 1, "types": []}),
        (SOURCE, {"name": "x", "rank": 1000, "types": []}),
        (SOURCE, {"name": "x", "rank": -1, "types": []}),
        (SOURCE, {"name": "a/b", "rank": 1, "types": []}),
        (SOURCE, {"name": "x", "rank": 1, "types": ["routeyard.source.registered.v1"]}),
        (SOURCE, {"name": "x", "rank": 1, "types": ["routeyard.tenant.registered.v1"]}),
        (SOURCE, {"name": "x", "rank": 1, "types": ["nonsense"]}),
        (TENANT, {"id": "", "name": "x"}),
        (TENANT, {"id": "a/b", "name": "x"}),
        (TENANT, {"id": "x" * 64, "name": "x"}),
        (TENANT, {"id": "x", "name": "  "}),
        (TENANT, {"id": "x", "name": "a\x00b"}),
        (KEY, {"role": "SERVICE", "label": ""}),
        (KEY, {"role": "SERVICE", "tenant": "acme", "label": "x"}),
        (KEY, {"role": "TENANT_USER", "label": "x"}),
        (KEY, {"role": "TENANT_USER", "tenant": "nobody", "label": "x"}),
        (KEY, {"role": "SERVICE", "label": "x", "expiresAt": "2020-01-01T00:00:00Z"}),
        (KEY, {"role": "SERVICE", "label": "x", "expiresAt": "2099-01-01T00:00:00"}),
        (SET, override("nobody")),
        (SET, override("acme", reason="")),
        (SET, override("acme", name="a/b")),
        (SET, override("acme", expiresAt="2020-01-01T00:00:00Z")),
        (SET, override("acme", expiresAt="soon")),
    ],
)
async def test_nonsense_is_refused_and_changes_nothing(
    registry: Registry, query: str, variables: dict[str, Any]
) -> None:
    before = (await registry.ask("{ revision }"))["revision"]
    code, _ = await registry.refused(query, **variables)
    assert code == "invalid_request"
    assert (await registry.ask("{ revision }"))["revision"] == before


@pytest.mark.parametrize(
    "order",
    [
        'createProject(tenant: "%s", project: "p", name: "n") { revision }',
        'removeProject(tenant: "%s", project: "p") { revision }',
        'setOverride(tenant: "%s", name: "n", kind: DENY, reason: "r") { revision }',
        'removeOverride(tenant: "%s", name: "n", reason: "r") { revision }',
        'updateTenant(id: "%s", name: "n") { revision }',
        'offboardTenant(id: "%s", reason: "r") { revision }',
        'issueKey(role: TENANT_USER, tenant: "%s", label: "l") { keyId }',
        'deregisterEndpoint(id: "%s", reason: "r") { revision }',
        'activatePolicy(name: "%s", reason: "r") { revision }',
    ],
)
async def test_an_order_about_a_name_that_nothing_can_have_is_refused(
    registry: Registry, order: str
) -> None:
    query = f"mutation {{ {order % 'a'} }}"
    told = (await registry.post({"query": query}, "admin")).json()
    assert "Unknown argument" not in str(told)
    assert "required" not in str(told)
    told = (await registry.post({"query": query.replace('"a"', '"\\u0000"')}, "admin")).json()
    codes = {error["extensions"]["code"] for error in told.get("errors", ())}
    assert codes == {"invalid_request"} or not any(told["data"].values()), told
