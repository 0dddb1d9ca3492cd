"""Policies over GraphQL: published as drafts, moved on and back, seen by whom they are of."""

import asyncio
from typing import Any

from tests.services.registry.graphql.conftest import Registry

DOCUMENT = """
apiVersion: routeyard/v1
kind: RoutingPolicy
metadata: {name: NAME}
spec:
  match: tenant.class == "STANDARD"
  rules:
    - name: home
      when: tenant.data_residency == "EU"
      require: {residency: [EU]}
"""
PUBLISH = """mutation($document: String!, $tenant: ID, $dryRun: Boolean! = false, $at: Long) {
    publishPolicy(document: $document, reason: "contracts", tenant: $tenant, dryRun: $dryRun,
        ifRevision: $at) { revision warnings findings { field message isFinal }
        changes { kind id change fields { name after } } } }"""
MOVE = """mutation($name: String!, $version: Int, $tenant: ID, $at: Long) {
    ORDER(name: $name, version: $version, tenant: $tenant, reason: "time", ifRevision: $at) {
        revision changes { id fields { name before after } } } }"""
LIST = """query($tenant: ID, $name: String, $state: PolicyState) {
    policies(tenant: $tenant, name: $name, state: $state) { nodes { id state } } }"""
ONE = """query($name: String!, $tenant: ID, $version: Int) {
    policy(name: $name, tenant: $tenant, version: $version) { id version state tenant match
        document reason actor rules { name when require } } }"""


def named(name: str) -> str:
    return DOCUMENT.replace("NAME", name)


async def publish(registry: Registry, name: str = "home", key: str = "admin", **more: Any) -> Any:
    done = await registry.ask(PUBLISH, key, document=named(name), **more)
    return done["publishPolicy"]


async def move(registry: Registry, order: str, key: str = "admin", **given: Any) -> Any:
    return (await registry.ask(MOVE.replace("ORDER", order), key, **given))[order]


async def states(registry: Registry, key: str = "admin", **given: Any) -> dict[str, str]:
    found = (await registry.ask(LIST, key, **given))["policies"]["nodes"]
    return {each["id"]: each["state"] for each in found}


async def test_a_document_is_published_as_a_draft_of_the_next_version(registry: Registry) -> None:
    done = await publish(registry)

    (change,) = done["changes"]
    told = {each["name"]: each["after"] for each in change["fields"]}
    assert (change["kind"], change["id"], change["change"]) == ("POLICY", "home@1", "ADDED")
    assert told["state"] == "draft"
    assert told["document"] == named("home")
    assert (await publish(registry))["changes"][0]["id"] == "home@2"
    assert await states(registry) == {"home@1": "DRAFT", "home@2": "DRAFT"}
    found = (await registry.ask(ONE, name="home", version=1))["policy"]
    assert found["match"] == 'tenant.class == "STANDARD"'
    (rule,) = found["rules"]
    assert rule["require"]["residency"] == ["EU"]


async def test_one_version_decides_and_the_former_one_is_retired_with_it(
    registry: Registry,
) -> None:
    for _ in range(3):
        await publish(registry)
    await move(registry, "activatePolicy", name="home", version=1)
    await move(registry, "shadowPolicy", name="home", version=2)
    await move(registry, "shadowPolicy", name="home")

    assert await states(registry) == {"home@1": "ACTIVE", "home@2": "DRAFT", "home@3": "SHADOW"}
    done = await move(registry, "activatePolicy", name="home", version=3)
    assert {each["id"] for each in done["changes"]} == {"home@1", "home@3"}
    assert (await registry.ask(ONE, name="home"))["policy"]["version"] == 3
    await move(registry, "activatePolicy", name="home", version=1)
    assert await states(registry) == {"home@1": "ACTIVE", "home@2": "DRAFT", "home@3": "RETIRED"}
    await move(registry, "retirePolicy", name="home", version=1)
    assert await states(registry, state="ACTIVE") == {}
    code, said = await registry.refused(
        MOVE.replace("ORDER", "retirePolicy"), name="home", version=1
    )
    assert (code, said) == ("invalid_request", "home@1 is retired already.")
    said = (await registry.refused(MOVE.replace("ORDER", "retirePolicy"), name="home"))[1]
    assert said == "No version of home decides; name the one that you mean."


async def test_everything_wrong_is_told_at_once_with_its_place(registry: Registry) -> None:
    bad = named("home").replace("tenant.class", "tenant.clas").replace("require", "requires")
    code, said = await registry.refused(PUBLISH, document=bad)

    assert code == "invalid_request"
    assert [line.partition(" ")[0] for line in said.splitlines()] == ["6:16:", "10:7:"]
    told = (await registry.ask(PUBLISH, document=bad, dryRun=True))["publishPolicy"]
    assert told["changes"] == []
    assert [each["field"] for each in told["findings"]] == [
        "document:6:16",
        "document:10:7",
    ]
    assert await states(registry) == {}


async def test_a_tenants_own_policy_is_seen_by_the_tenant_and_the_platform(
    registry: Registry,
) -> None:
    assert (await publish(registry, "own", "tenant"))["changes"][0]["id"] == "acme/own@1"
    await publish(registry, "platforms")
    await publish(registry, "given", tenant="acme")
    await publish(registry, "other", "beta")

    assert set(await states(registry, "user")) == {"acme/own@1", "acme/given@1"}
    assert set(await states(registry, "beta")) == {"beta/other@1"}
    assert set(await states(registry, tenant="acme")) == {"acme/own@1", "acme/given@1"}
    assert len(await states(registry)) == 4
    for name, tenant in (("platforms", None), ("own", "acme"), ("nothing", None)):
        found = await registry.ask(ONE, "beta", name=name, tenant=tenant)
        assert found == {"policy": None}
    assert (await registry.ask(ONE, "user", name="own"))["policy"]["tenant"] == "acme"


async def test_only_admins_publish_and_only_for_their_own(registry: Registry) -> None:
    for key, tenant in (("user", None), ("user", "acme"), ("tenant", "beta"), ("router", None)):
        if key not in registry.keys:
            continue
        code, _ = await registry.refused(PUBLISH, key, document=named("x"), tenant=tenant)
        assert code == "not_allowed", key
    await publish(registry, "own", "tenant")
    order = MOVE.replace("ORDER", "activatePolicy")
    assert (await registry.refused(order, "beta", name="own", tenant="acme"))[0] == "not_allowed"
    code, said = await registry.refused(order, "beta", name="own")
    assert (code, "There is no policy" in said) == ("invalid_request", True)


async def test_what_was_changed_meanwhile_is_not_overwritten(registry: Registry) -> None:
    before = (await publish(registry))["revision"]
    await publish(registry)

    code, _ = await registry.refused(PUBLISH, document=named("home"), at=before)
    assert code == "conflict"
    order = MOVE.replace("ORDER", "activatePolicy")
    assert (await registry.refused(order, name="home", version=1, at=before))[0] == "conflict"
    assert set((await states(registry)).values()) == {"DRAFT"}


async def test_a_tenants_own_condition_is_small(registry: Registry) -> None:
    loop = named("own").replace(
        'tenant.data_residency == "EU"', 'request.models.exists(m, m == "a/b")'
    )
    _, said = await registry.refused(PUBLISH, "tenant", document=loop)
    assert "goes through no list" in said
    await registry.ask(PUBLISH, document=loop)
    long = " || ".join([f'project.id == "{n}"' for n in range(40)])
    large = named("own").replace('tenant.data_residency == "EU"', long)
    assert "at most 100 parts" in (await registry.refused(PUBLISH, "tenant", document=large))[1]
    await registry.ask(PUBLISH, document=large)


async def test_old_versions_are_withdrawn_but_for_those_in_force(registry: Registry) -> None:
    await publish(registry)
    await move(registry, "activatePolicy", name="home", version=1)
    for _ in range(21):
        await publish(registry)

    held = await states(registry)
    assert len(held) == 21
    assert held["home@1"] == "ACTIVE"
    assert {"home@2"} & set(held) == set()
    assert (await publish(registry))["changes"][0]["id"] in {"home@23", "home@3"}


async def test_a_tenant_that_leaves_takes_its_policies_along(registry: Registry) -> None:
    await publish(registry, "own", "beta")
    left = 'mutation { offboardTenant(id: "beta", reason: "left") { changes { id change } } }'
    done = (await registry.ask(left))["offboardTenant"]

    assert {"id": "beta/own@1", "change": "REMOVED"} in done["changes"]
    assert await states(registry) == {}


async def test_the_history_tells_who_moved_a_version_and_why(registry: Registry) -> None:
    await publish(registry, "own", "tenant")
    await move(registry, "activatePolicy", "tenant", name="own")
    asked = """{ history(id: "acme/own@1", kind: POLICY) { nodes { reason
        events { type reason } fields { name after } } } }"""

    newest, first = (await registry.ask(asked, "user"))["history"]["nodes"]
    assert (newest["reason"], first["reason"]) == ("time", "contracts")
    assert newest["events"] == [{"type": "routeyard.policy.moved.v1", "reason": "time"}]
    assert {"name": "state", "after": "active"} in newest["fields"]
    assert (await registry.ask(asked, "beta"))["history"]["nodes"] == []


async def test_whoever_activates_at_once_one_version_decides(registry: Registry) -> None:
    for _ in range(4):
        await publish(registry)
    order = MOVE.replace("ORDER", "activatePolicy")
    answers = await asyncio.gather(
        *(
            registry.post({"query": order, "variables": {"name": "home", "version": number}})
            for number in (1, 2, 3, 4, 1, 2)
        )
    )

    assert all(answer.status_code == 200 for answer in answers)
    assert len(await states(registry, state="ACTIVE")) == 1
    assert len(await states(registry, state="RETIRED")) == 3


async def test_whoever_publishes_at_once_each_gets_a_version(registry: Registry) -> None:
    done = await asyncio.gather(*(publish(registry) for _ in range(5)))

    assert {each["changes"][0]["id"] for each in done} == {f"home@{n}" for n in range(1, 6)}


async def test_an_order_under_a_key_is_carried_out_once(registry: Registry) -> None:
    body = {"query": PUBLISH, "variables": {"document": named("home")}}
    answers = [await registry.post(body, **{"idempotency-key": "once"}) for _ in range(2)]

    assert answers[0].json() == answers[1].json()
    assert list(await states(registry)) == ["home@1"]


async def test_a_document_is_checked_and_nothing_is_kept(registry: Registry) -> None:
    asked = """query($document: String!, $tenant: ID) { checkPolicy(document: $document,
        tenant: $tenant) { name tests { name passed message } errors { line column message }
        warnings { message } } }"""
    tests = "  tests: [{name: a, given: {}, expect: {model: openai/gpt-5}}]\n"
    text = named("home").partition("  rules:")[0] + "  objective: {cost: 1}\n" + tests
    found = (await registry.ask(asked, document=text))["checkPolicy"]

    assert found["name"] == "home"
    assert [(each["name"], each["passed"]) for each in found["tests"]] == [("a", False)]
    assert "model openai/gpt-5 is expected" in found["errors"][0]["message"]
    assert await states(registry) == {}
    assert (await registry.refused(asked, "user", document=text))[0] == "not_allowed"


async def test_a_difference_is_for_those_who_see_both_versions(
    registry: Registry,
) -> None:
    done = await publish(registry)
    await move(registry, "activatePolicy", name="home", version=1)
    diff = """{ policyDiff(name: "home", from: 1, to: 2) { cases moved rules { rule change }
        moves { asked before after } } }"""
    other = named("home").replace("require: {residency: [EU]}", "prefer: {provider: openai}")
    await registry.ask(PUBLISH, document=other)
    found = (await registry.ask(diff))["policyDiff"]

    assert done["revision"]
    assert found["rules"] == [{"rule": "home", "change": "CHANGED"}]
    assert found["cases"] > 0
    assert await registry.ask(diff, "user") == {"policyDiff": None}


async def test_a_policy_is_found_among_others_of_its_name(registry: Registry) -> None:
    await publish(registry, "home", "tenant")
    await publish(registry, "home", "beta")
    await publish(registry)

    assert (await registry.ask(ONE, name="home"))["policy"]["id"] == "home@1"
    assert (await registry.ask(ONE, name="home", tenant="beta"))["policy"]["id"] == "beta/home@1"
    assert (await registry.ask(ONE, "user", name="home"))["policy"]["id"] == "acme/home@1"


async def test_a_tenant_has_twenty_policies_at_most(registry: Registry) -> None:
    for number in range(20):
        await publish(registry, f"own-{number}", "tenant")

    code, said = await registry.refused(PUBLISH, "tenant", document=named("one-more"))
    assert (code, "at most 20 policies" in said) == ("invalid_request", True)
    assert (await publish(registry, "own-3", "tenant"))["changes"][0]["id"] == "acme/own-3@2"
    await publish(registry, "one-more")
