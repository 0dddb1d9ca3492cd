"""Many changes in one commit: all of them, or none."""

from typing import Any

import pytest

from tests.services.registry.graphql.conftest import Registry

APPLY = """mutation($changes: [TenancyChange!]!, $reason: String! = "why", $dry: Boolean! = false) {
    applyTenancy(changes: $changes, reason: $reason, dryRun: $dry) { revision
        changes { kind id change } findings { kind id field message isFinal } } }"""
THERE = """{ revision tenants { nodes { id tenantClass tier } } tiers { nodes { id } }
    tenantClasses { nodes { id } } projects(tenant: "gamma") { nodes { id } }
    overrides { nodes { id reason author actor } } commits(first: 1) { nodes { reason } } }"""
Change = dict[str, Any]


def rule(name: str = "rule", **more: Any) -> Change:
    said = {"name": name, "kind": "DENY", "targetKind": "PROVIDER", "target": "openai"}
    return {"override": {**said, "tenant": "gamma", **more}}


GAMMA = [
    rule("no-openai"),
    rule("own", author="TENANT", project="web"),
    {"project": {"tenant": "gamma", "project": "web", "name": "Web"}},
    {"tenant": {"id": "gamma", "name": "Gamma", "tenantClass": "LEGAL", "tier": "gold"}},
    {"tenantClass": {"id": "LEGAL", "name": "Legal", "tier": "gold"}},
    {
        "tier": {
            "id": "gold",
            "name": "Gold",
            "limits": [{"kind": "REQUESTS_PER_MINUTE", "value": "60"}],
        }
    },
]


async def applied(registry: Registry, changes: list[Change], **how: Any) -> Any:
    key = how.pop("key", "admin")
    return (await registry.ask(APPLY, key, changes=changes, **how))["applyTenancy"]


async def refused(
    registry: Registry, changes: list[Change], key: str = "admin"
) -> tuple[str, str, str]:
    """The code, the field and the message."""
    posted = await registry.post({"query": APPLY, "variables": {"changes": changes}}, key)
    (error,) = posted.json()["errors"]
    return error["extensions"]["code"], error["extensions"].get("field"), error["message"]


async def test_a_tenant_comes_with_all_that_hangs_on_it_in_one_commit(registry: Registry) -> None:
    before = await registry.ask(THERE)
    done = await applied(registry, GAMMA, reason="gamma joins")
    assert done["revision"] == before["revision"] + 1
    assert {(each["kind"], each["id"]) for each in done["changes"]} == {
        ("TIER", "gold"),
        ("TENANT_CLASS", "LEGAL"),
        ("TENANT", "gamma"),
        ("PROJECT", "gamma/web"),
        ("OVERRIDE", "platform:gamma/no-openai"),
        ("OVERRIDE", "gamma/project:web/own"),
    }
    after = await registry.ask(THERE)
    assert {"id": "gamma", "tenantClass": "LEGAL", "tier": "gold"} in after["tenants"]["nodes"]
    assert {each["reason"] for each in after["overrides"]["nodes"]} == {"gamma joins"}
    assert after["commits"]["nodes"] == [{"reason": "gamma joins"}]


async def test_the_same_again_is_no_new_revision(registry: Registry) -> None:
    done = await applied(registry, GAMMA)
    again = await applied(registry, list(reversed(GAMMA)))
    assert again == {"revision": done["revision"], "changes": [], "findings": []}


async def test_one_wrong_change_keeps_all_out_and_is_named(registry: Registry) -> None:
    before = await registry.ask(THERE)
    wrong = rule("wrong", target=None)
    code, field, message = await refused(registry, [*GAMMA, wrong])
    assert (code, field) == ("invalid_request", "applyTenancy.changes.6.override.target")
    assert "needs target" in message
    assert await registry.ask(THERE) == before


@pytest.mark.parametrize(
    ("change", "field", "sentence"),
    [
        (rule(project="none"), "6.override.project", "There is no project 'none'"),
        (rule(tenant="nobody"), "6.override.tenant", "There is no tenant 'nobody'"),
        (rule(tenant=None, tenantClass="X"), "6.override.tenantClass", "no tenant class 'X'"),
        (rule(expiresAt="2020-01-01T00:00:00Z"), "6.override.expiresAt", "lie in the future"),
        (rule(weight=1.0), "6.override.weight", "weight is no part"),
        (rule(kind="PROFILE", targetKind=None, target=None), "6.override.require", "needs require"),
        (rule(kind="PROFILE", require={"x": 1}), "6.override.require", "is no requirement"),
        (rule(author="TENANT", tenant=None), "6.override.tenant", "for a tenant; name it"),
        ({"tier": {"id": "a b", "name": "A"}}, "6.tier.id", "id must be 1 to 63"),
        ({"tenant": {"id": "t", "name": " "}}, "6.tenant.name", "name must be 1 to 500"),
        ({"tenant": {"id": "t", "name": "T", "tier": "x"}}, "6.tenant.tier", "no tier 'x'"),
        ({"removeTier": "silver"}, None, ""),
        ({"removeTenantClass": "STANDARD"}, "6.removeTenantClass", "The class STANDARD stays"),
        (rule("no-openai"), "6.override", "changes.0.override and changes.6.override are both"),
    ],
)
async def test_every_change_is_checked_as_its_own_order_is(
    registry: Registry, change: Change, field: str | None, sentence: str
) -> None:
    if field is None:
        assert len((await applied(registry, [*GAMMA, change]))["changes"]) == 6
        return
    _, found, message = await refused(registry, [*GAMMA, change])
    assert found == f"applyTenancy.changes.{field}"
    assert sentence in message


async def test_a_dry_run_tells_every_fault_and_changes_nothing(registry: Registry) -> None:
    before = await registry.ask(THERE)
    wrong = [rule("a", project="none"), rule("b", kind="LIMIT")]
    done = await applied(registry, [*GAMMA, *wrong], dry=True)
    assert [each["field"] for each in done["findings"]] == [
        "changes.6.override.project",
        "changes.7.override.targetKind",
    ]
    assert len(done["changes"]) == 6
    assert await registry.ask(THERE) == before
    _, _, message = await refused(registry, [*GAMMA, *wrong])
    assert "1 more of the changes are refused, too; a dry run lists them all." in message


async def test_what_is_taken_away_together_may_use_one_another(registry: Registry) -> None:
    await applied(registry, GAMMA)
    _, field, message = await refused(registry, [{"removeTier": "gold"}])
    assert field == "applyTenancy.changes.0.removeTier"
    assert "gold is still used by tenant gamma, tenant class LEGAL" in message
    done = await applied(
        registry,
        [
            {"removeTier": "gold"},
            {"removeTenantClass": "LEGAL"},
            {"removeProject": {"tenant": "gamma", "project": "web"}},
            {"removeOverride": {"name": "no-openai", "tenant": "gamma"}},
            {
                "removeOverride": {
                    "name": "own",
                    "tenant": "gamma",
                    "project": "web",
                    "author": "TENANT",
                }
            },
            {"tenant": {"id": "gamma", "name": "Gamma"}},
        ],
    )
    assert sorted(each["change"] for each in done["changes"]) == ["CHANGED", *["REMOVED"] * 5]
    after = await registry.ask(THERE)
    assert {"id": "gamma", "tenantClass": "STANDARD", "tier": None} in after["tenants"]["nodes"]
    assert after["overrides"]["nodes"] == []


async def test_what_a_change_still_uses_cannot_go_beside_it(registry: Registry) -> None:
    _, field, _ = await refused(registry, [*GAMMA[:-1], {"removeTier": "gold"}])
    assert field == "applyTenancy.changes.3.tenant.tier"
    await applied(registry, GAMMA)
    to_silver = {"tier": {"id": "silver", "name": "Silver"}}
    moved = [{"tenant": {"id": "gamma", "name": "Gamma", "tenantClass": "LEGAL", "tier": "silver"}}]
    _, field, message = await refused(registry, [{"removeTier": "gold"}, to_silver, *moved])
    assert field == "applyTenancy.changes.0.removeTier"
    assert "used by tenant class LEGAL;" in message


async def test_a_tenants_admin_changes_its_own_projects_and_rules_alone(
    registry: Registry,
) -> None:
    own = [
        {"project": {"tenant": "beta", "project": "web", "name": "Web"}},
        rule("own", tenant="beta", project="web"),
    ]
    done = await applied(registry, own, key="beta")
    assert {each["id"] for each in done["changes"]} == {"beta/web", "beta/project:web/own"}
    for foreign in (
        rule("own", tenant="acme"),
        rule("own", tenant="absent"),
        rule("own", tenant="beta", author="PLATFORM"),
        {"tenant": {"id": "beta", "name": "Mine"}},
        {"tier": {"id": "free", "name": "Free"}},
        {"removeTier": "gold"},
        {"removeProject": {"tenant": "acme", "project": "web"}},
    ):
        code, field, _ = await refused(registry, [*own, foreign], "beta")
        assert (code, field.split(".")[2]) == ("not_allowed", "2"), foreign
    code, _, _ = await refused(registry, own, "user")
    assert code == "not_allowed"


async def test_too_many_changes_are_refused_with_what_to_do(registry: Registry) -> None:
    many = [rule(f"r{number}", tenant="acme") for number in range(501)]
    _, field, message = await refused(registry, many)
    assert field == "applyTenancy.changes"
    assert message.startswith("There are 501 changes; send at most 500 at once")
    assert (await refused(registry, []))[2].startswith("There are no changes")
    assert len((await applied(registry, many[:500]))["changes"]) == 500


async def test_one_choice_is_one_change(registry: Registry) -> None:
    two = {**GAMMA[2], **GAMMA[3]}
    code, _, _ = await refused(registry, [two])
    assert code == "invalid_request"


ISSUE = """mutation($project: String) { issueKey(role: TENANT_USER, label: "x", tenant: "gamma",
    project: $project) { keyId } }"""


async def revoked(registry: Registry) -> dict[str, bool]:
    found = await registry.ask('{ keys(tenant: "gamma") { nodes { project revokedAt } } }')
    return {each["project"]: each["revokedAt"] is not None for each in found["keys"]["nodes"]}


async def test_a_project_that_leaves_takes_its_keys_along_and_a_refused_order_does_not(
    registry: Registry,
) -> None:
    other = {"project": {"tenant": "gamma", "project": "app", "name": "App"}}
    await applied(registry, [*GAMMA, other])
    for project in ("web", "app"):
        await registry.ask(ISSUE, project=project)
    web = {"removeProject": {"tenant": "gamma", "project": "web"}}
    before = (await registry.ask("{ revision }"))["revision"]
    await applied(registry, [web], dry=True)
    await refused(registry, [web, rule("bad", project="none")])
    app = {"project": {"tenant": "gamma", "project": "app", "name": "Application"}}
    await applied(registry, [app])
    late = {"query": AT, "variables": {"changes": [web, app], "at": before}}
    (error,) = (await registry.post(late)).json()["errors"]
    assert error["extensions"]["code"] == "conflict"
    assert await revoked(registry) == {"web": False, "app": False}
    done = await applied(registry, [web])
    assert {each["id"] for each in done["changes"]} == {"gamma/web", "gamma/project:web/own"}
    assert await revoked(registry) == {"web": True, "app": False}


AT = """mutation($changes: [TenancyChange!]!, $at: Long) {
    applyTenancy(changes: $changes, reason: "why", ifRevision: $at) { revision } }"""


async def test_what_changed_since_a_plan_is_not_overwritten(registry: Registry) -> None:
    seen = (await applied(registry, GAMMA))["revision"]
    await applied(registry, [rule("no-openai", reason="somebody else")])
    both = [rule("fresh"), rule("no-openai", reason="mine")]
    posted = await registry.post({"query": AT, "variables": {"changes": both, "at": seen}})
    (error,) = posted.json()["errors"]
    assert error["extensions"]["code"] == "conflict"
    assert "'platform:gamma/no-openai' was changed at revision" in error["message"]
    await registry.ask(AT, changes=[rule("fresh")], at=seen)


async def test_an_order_that_is_sent_again_is_carried_out_once(registry: Registry) -> None:
    body = {"query": APPLY, "variables": {"changes": GAMMA}}
    first = await registry.post(body, **{"idempotency-key": "k"})
    await applied(registry, [rule("no-openai", reason="later")])
    again = await registry.post(body, **{"idempotency-key": "k"})
    assert again.headers["idempotency-replayed"] == "true"
    assert again.json() == first.json()
