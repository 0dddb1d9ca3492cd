"""The life of keys through GraphQL: who may issue, list, rotate and revoke which."""

import os
from typing import Any

import pytest

from routeyard.domain.secret import SecretText
from routeyard.runtime.clock import utc_now
from routeyard.wire.sealing import SealingKeys
from services.registry.endpoint_secrets import Destination, EndpointSecrets
from services.registry.postgres.endpoint_secrets import PostgresSecrets
from services.registry.postgres.engine import connect
from tests.components.databases import as_service
from tests.fakes.secrets import put
from tests.services.registry.graphql.conftest import Registry

ISSUE = """mutation($role: Role!, $tenant: ID, $project: String, $reason: String) {
    issueKey(role: $role, tenant: $tenant, project: $project, label: "ci", reason: $reason)
    { keyId key } }"""
ROTATE = """mutation($id: String!, $overlap: Int! = 0, $reason: String! = "quarterly") {
    rotateKey(keyId: $id, overlap: $overlap, reason: $reason) { keyId key } }"""
REVOKE = """mutation($id: String!, $force: Boolean! = false, $reason: String! = "leaked") {
    revokeKey(keyId: $id, force: $force, reason: $reason) }"""
LIST = """query($tenant: ID, $first: Int! = 50, $after: String) {
    keys(tenant: $tenant, first: $first, after: $after) { nodes {
    id label role tenant project createdAt expiresAt revokedAt rotates }
    pageInfo { hasNextPage endCursor } } }"""
HISTORY = """query($tenant: ID, $keyId: ID, $first: Int! = 50, $after: String) {
    keyHistory(tenant: $tenant, keyId: $keyId, first: $first, after: $after) {
    nodes { keyId tenant change actor reason at } pageInfo { hasNextPage endCursor } } }"""
PING = {"query": "{ revision }"}


def id_of(registry: Registry, name: str) -> str:
    return registry.keys[name].split("_")[1]


PROJECT = """mutation($project: String! = "web") {
    createProject(tenant: "acme", project: $project, name: "Web") { revision } }"""


async def issued(registry: Registry, by: str, name: str, **wanted: Any) -> str:
    made = (await registry.ask(ISSUE, by, **wanted))["issueKey"]
    registry.keys[name] = made["key"]
    return str(made["keyId"])


async def test_a_tenants_admin_issues_keys_of_its_tenant(registry: Registry) -> None:
    await registry.ask(PROJECT)
    await issued(registry, "tenant", "new", role="TENANT_USER", tenant="acme", project="web")
    await issued(registry, "tenant", "boss", role="TENANT_ADMIN", tenant="acme")
    await issued(registry, "boss", "next", role="TENANT_USER", tenant="acme")
    found = await registry.ask("{ tenants { nodes { id } } }", "next")
    assert found["tenants"]["nodes"] == [{"id": "acme"}]


@pytest.mark.parametrize(
    "wanted",
    [
        {"role": "PLATFORM_ADMIN"},
        {"role": "SERVICE"},
        {"role": "SERVICE", "tenant": "acme"},
        {"role": "PLATFORM_ADMIN", "tenant": "acme"},
        {"role": "TENANT_USER", "tenant": "beta"},
        {"role": "TENANT_USER", "tenant": "nobody"},
        {"role": "TENANT_ADMIN"},
        {"role": "TENANT_USER", "tenant": ""},
    ],
)
async def test_and_no_others(registry: Registry, wanted: dict[str, Any]) -> None:
    code, message = await registry.refused(ISSUE, "tenant", **wanted)
    assert (code, "of its own tenant" in message) == ("not_allowed", True)


@pytest.mark.parametrize(
    "more",
    ["scopes: []", "allowedRoutes: []", 'tenantId: "beta"', 'priceTier: "gold"', 'keyId: "x"'],
)
async def test_nothing_else_can_be_given_to_a_new_key(registry: Registry, more: str) -> None:
    query = (
        f'mutation {{ issueKey(role: TENANT_USER, tenant: "acme", label: "x", {more}) {{ key }} }}'
    )
    code, message = await registry.refused(query, "tenant")
    assert (code, "Unknown argument" in message) == ("invalid_request", True)


async def test_an_admin_of_a_project_decides_on_that_project_alone(registry: Registry) -> None:
    await registry.ask(PROJECT)
    await issued(registry, "tenant", "web", role="TENANT_ADMIN", tenant="acme", project="web")
    await issued(registry, "web", "user", role="TENANT_USER", tenant="acme", project="web")
    for project in (None, "search", "Web"):
        wanted = {"role": "TENANT_USER", "tenant": "acme", "project": project}
        assert (await registry.refused(ISSUE, "web", **wanted))[0] == "not_allowed"
    listed = (await registry.ask(LIST, "web"))["keys"]["nodes"]
    assert {each["project"] for each in listed} == {"web"}
    assert await registry.ask(REVOKE, "web", id=id_of(registry, "tenant")) == {"revokeKey": False}
    assert await registry.ask(ROTATE, "web", id=id_of(registry, "tenant")) == {"rotateKey": None}
    assert (await registry.refused(PROJECT, "web", project="other"))[0] == "not_allowed"
    history = (await registry.ask(HISTORY, "web"))["keyHistory"]["nodes"]
    assert {each["keyId"] for each in history} == {each["id"] for each in listed}


@pytest.mark.parametrize(
    ("wanted", "says"),
    [
        ({"role": "TENANT_USER"}, "Name a tenant for a tenant's role"),
        ({"role": "SERVICE", "tenant": "acme"}, "Name a tenant for a tenant's role"),
        ({"role": "SERVICE", "project": "web"}, "A project belongs to a tenant"),
        ({"role": "TENANT_USER", "tenant": "acme", "project": "a/b"}, "project must be 1 to 63"),
        ({"role": "TENANT_USER", "tenant": "acme", "project": ""}, "project must be 1 to 63"),
        ({"role": "TENANT_USER", "tenant": "nobody"}, "There is no tenant"),
        ({"role": "TENANT_USER", "tenant": "acme", "project": "none"}, "There is no project"),
        ({"role": "SERVICE", "reason": "two\nlines"}, "reason must be 1 to 500"),
    ],
)
async def test_a_key_that_makes_no_sense_is_not_issued(
    registry: Registry, wanted: dict[str, Any], says: str
) -> None:
    code, message = await registry.refused(ISSUE, **wanted)
    assert code == "invalid_request"
    assert says in message


async def test_foreign_and_absent_keys_are_answered_alike(registry: Registry) -> None:
    for foreign in ("user", "tenant", "admin", "service"):
        for query in (REVOKE, ROTATE):
            told = await registry.ask(query, "beta", id=id_of(registry, foreign))
            assert told == await registry.ask(query, "beta", id="nobody")
        assert (await registry.post(PING, foreign)).status_code == 200
    everything = (await registry.ask(LIST, "beta"))["keys"]
    assert [each["id"] for each in everything["nodes"]] == [id_of(registry, "beta")]
    for query, name in ((LIST, "keys"), (HISTORY, "keyHistory")):
        foreign = await registry.ask(query, "beta", tenant="acme")
        assert foreign == await registry.ask(query, "beta", tenant="nobody")
        assert foreign[name]["nodes"] == []
    by_id = await registry.ask(HISTORY, "beta", keyId=id_of(registry, "user"))
    assert by_id["keyHistory"]["nodes"] == []


@pytest.mark.parametrize("key", ["user", "service"])
@pytest.mark.parametrize("query", [LIST, HISTORY])
async def test_keys_are_shown_to_admins_alone(registry: Registry, key: str, query: str) -> None:
    assert (await registry.refused(query, key))[0] == "not_allowed"


async def test_a_rotated_key_works_on_for_the_overlap(registry: Registry) -> None:
    first = await issued(registry, "tenant", "first", role="TENANT_USER", tenant="acme")
    made = (await registry.ask(ROTATE, "tenant", id=first, overlap=3600))["rotateKey"]
    registry.keys["second"] = made["key"]
    for key in ("first", "second"):
        assert (await registry.post(PING, key)).status_code == 200
    again = (await registry.ask(ROTATE, "tenant", id=made["keyId"]))["rotateKey"]
    registry.keys["third"] = again["key"]
    assert (await registry.post(PING, "second")).status_code == 401
    assert (await registry.post(PING, "third")).status_code == 200
    listed = {each["id"]: each for each in (await registry.ask(LIST, "tenant"))["keys"]["nodes"]}
    assert listed[again["keyId"]]["rotates"] == made["keyId"]
    assert listed[again["keyId"]]["label"] == "ci"
    assert listed[first]["expiresAt"] is not None
    assert listed[first]["revokedAt"] is None


@pytest.mark.parametrize("overlap", [-1, 30 * 86_400 + 1, 2**31 - 1, -(2**31)])
async def test_an_overlap_has_bounds(registry: Registry, overlap: int) -> None:
    code, message = await registry.refused(ROTATE, id=id_of(registry, "user"), overlap=overlap)
    assert (code, "0 to 2592000 seconds" in message) == ("invalid_request", True)


async def test_a_key_is_rotated_once(registry: Registry) -> None:
    key = id_of(registry, "user")
    await registry.ask(ROTATE, id=key, overlap=60)
    code, message = await registry.refused(ROTATE, id=key, overlap=60)
    assert (code, "rotate the newest one" in message) == ("invalid_request", True)


async def test_the_last_platform_admins_key_needs_force(registry: Registry) -> None:
    key = id_of(registry, "admin")
    code, message = await registry.refused(REVOKE, id=key)
    assert (code, "last platform admin's key" in message) == ("invalid_request", True)
    assert (await registry.post(PING, "admin")).status_code == 200
    assert await registry.ask(REVOKE, id=key, force=True) == {"revokeKey": True}
    assert (await registry.post(PING, "admin")).status_code == 401


async def test_an_admin_may_revoke_another_and_rotate_itself(registry: Registry) -> None:
    other = await issued(registry, "admin", "other", role="PLATFORM_ADMIN")
    assert await registry.ask(REVOKE, id=other) == {"revokeKey": True}
    made = (await registry.ask(ROTATE, id=id_of(registry, "admin")))["rotateKey"]
    assert (await registry.post(PING, "admin")).status_code == 401
    registry.keys["new"] = made["key"]
    assert (await registry.post(PING, "new")).status_code == 200


async def test_keys_are_listed_in_pages_without_anything_usable(registry: Registry) -> None:
    for number in range(5):
        await issued(registry, "tenant", f"k{number}", role="TENANT_USER", tenant="acme")
    everything = (await registry.ask(LIST))["keys"]["nodes"]
    found: list[dict[str, Any]] = []
    after = None
    while True:
        page = (await registry.ask(LIST, first=3, after=after))["keys"]
        found += page["nodes"]
        after = page["pageInfo"]["endCursor"]
        if not page["pageInfo"]["hasNextPage"]:
            break
    assert found == everything
    assert {each["tenant"] for each in everything} == {None, "acme", "beta"}
    schema = await registry.ask('{ __type(name: "Key") { fields { name } } }')
    names = {each["name"] for each in schema["__type"]["fields"]}
    assert not {name for name in names if "digest" in name or "secret" in name or name == "key"}


async def test_who_did_what_and_why_is_told(registry: Registry) -> None:
    key = await issued(
        registry, "tenant", "x", role="TENANT_USER", tenant="acme", reason="for the build"
    )
    made = (await registry.ask(ROTATE, "admin", id=key))["rotateKey"]
    await registry.ask(REVOKE, "tenant", id=made["keyId"])
    told = (await registry.ask(HISTORY, "tenant", first=4))["keyHistory"]["nodes"]
    tenant, admin = id_of(registry, "tenant"), id_of(registry, "admin")
    known = (await registry.ask(HISTORY, "admin", tenant="acme", first=4))["keyHistory"]["nodes"]
    # Who speaks for the platform is told to the platform alone.
    for seen, platforms in ((told, None), (known, admin)):
        assert {(e["keyId"], e["change"], e["actor"], e["reason"]) for e in seen} == {
            (made["keyId"], "REVOKED", tenant, "leaked"),
            (key, "ROTATED", platforms, "quarterly"),
            (made["keyId"], "ISSUED", platforms, "quarterly"),
            (key, "ISSUED", tenant, "for the build"),
        }
    assert {each["tenant"] for each in told} == {"acme"}
    of_one = (await registry.ask(HISTORY, keyId=key))["keyHistory"]["nodes"]
    assert [each["change"] for each in of_one] == ["ROTATED", "ISSUED"]


async def test_the_first_keys_are_in_the_history_too(registry: Registry) -> None:
    told = (await registry.ask(HISTORY, keyId=id_of(registry, "admin")))["keyHistory"]["nodes"]
    assert [(each["change"], each["actor"]) for each in told] == [("ISSUED", "bootstrap")]


async def test_odd_ids_find_nothing(registry: Registry) -> None:
    for query, name in ((LIST, "keys"), (HISTORY, "keyHistory")):
        for tenant in ("\x00", "' OR 1=1 --", "%"):
            assert (await registry.ask(query, tenant=tenant))[name]["nodes"] == []
    assert (await registry.refused(REVOKE, id="a\x00b"))[0] == "invalid_request"


async def test_with_a_tenant_its_keys_and_secrets_go(registry: Registry) -> None:
    pool = connect(as_service(registry.database))
    store = PostgresSecrets(pool)
    secrets = EndpointSecrets(store, SealingKeys(bytes(32)), utc_now, os.urandom)
    await put(secrets, "acme-gpu", Destination("acme", "gpu.example"), SecretText("x"))
    await put(secrets, "beta-gpu", Destination("beta", "gpu.example"), SecretText("x"))
    leave = """mutation($dryRun: Boolean!) {
        offboardTenant(id: "acme", reason: "over", dryRun: $dryRun) { revision } }"""

    await registry.ask(leave, dryRun=True)
    assert (await registry.post(PING, "tenant")).status_code == 200
    await registry.ask(leave, dryRun=False)
    for key, status in (("tenant", 401), ("user", 401), ("beta", 200), ("service", 200)):
        assert (await registry.post(PING, key)).status_code == status
    held = [(await store.find(each)).credential is None for each in ("acme-gpu", "beta-gpu")]
    assert held == [True, False]
    told = (await registry.ask(HISTORY, tenant="acme", first=2))["keyHistory"]["nodes"]
    assert {(each["change"], each["reason"]) for each in told} == {("SHREDDED", "over")}
    await pool.dispose()


async def test_with_a_project_its_keys_go_and_no_others(registry: Registry) -> None:
    await registry.ask(PROJECT)
    await issued(registry, "tenant", "web", role="TENANT_USER", tenant="acme", project="web")
    remove = """mutation($dryRun: Boolean!) {
        removeProject(tenant: "acme", project: "web", dryRun: $dryRun) { revision } }"""
    await registry.ask(remove, "tenant", dryRun=True)
    assert (await registry.post(PING, "web")).status_code == 200
    await registry.ask(remove, "tenant", dryRun=False)
    assert (await registry.post(PING, "web")).status_code == 401
    assert (await registry.post(PING, "user")).status_code == 200


async def test_rules_of_a_key_that_is_revoked_stay_where_they_bind_nobody(
    registry: Registry,
) -> None:
    key = await issued(registry, "tenant", "new", role="TENANT_USER", tenant="acme")
    deny = """mutation($of: String!) { setOverride(name: "no", kind: DENY, reason: "because",
        tenant: "acme", key: $of, targetKind: PROVIDER, target: "openai") { revision } }"""
    applies = """query($of: String) { effectiveScope(tenant: "acme", key: $of) {
        denied { id } } }"""
    await registry.ask(deny, "tenant", of=key)
    await registry.ask(REVOKE, "tenant", id=key)
    assert (await registry.post(PING, "new")).status_code == 401
    again = await issued(registry, "tenant", "again", role="TENANT_USER", tenant="acme")
    for other in (None, again):
        told = await registry.ask(applies, "tenant", of=other)
        assert told == {"effectiveScope": {"denied": []}}
    remove = """mutation($of: String!) { removeOverride(name: "no", reason: "tidy",
        tenant: "acme", key: $of) { changes { id change } } }"""
    done = (await registry.ask(remove, "tenant", of=key))["removeOverride"]
    assert done["changes"] == [{"id": f"acme/key:{key}/no", "change": "REMOVED"}]
