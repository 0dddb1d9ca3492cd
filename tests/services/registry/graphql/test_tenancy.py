"""Tenants, their classes, tiers and projects; rules at every scope, and what they come to."""

from typing import Any

import pytest

from routeyard.domain import events as e
from routeyard.domain.overrides import OverrideKind
from routeyard.domain.tenancy import TargetKind
from services.registry.ledger import Batch
from tests.builders import event
from tests.services.registry.graphql.conftest import Registry

TIER = """mutation($id: ID!, $allow: [TargetInput!], $limits: [LimitInput!],
        $dryRun: Boolean! = false) {
    defineTier(id: $id, name: "Tier", allow: $allow, limits: $limits, dryRun: $dryRun) {
        revision } }"""
CLASS = """mutation($id: ID!, $tier: String, $residency: [String!]) {
    defineTenantClass(id: $id, name: "Class", tier: $tier, residency: $residency) { revision } }"""
UPDATE = """mutation($id: ID!, $tier: String, $networks: [String!]) {
    updateTenant(id: $id, tier: $tier, allowedNetworks: $networks) {
        changes { kind id fields { name before after } } } }"""
PROJECT = """mutation($tenant: ID!, $project: String! = "web", $residency: [String!]) {
    createProject(tenant: $tenant, project: $project, name: "Web", residency: $residency) {
        revision } }"""
SET = """mutation($name: String! = "rule", $kind: OverrideKind! = DENY,
        $reason: String! = "because",
        $tenant: ID, $tenantClass: String, $project: String, $apiKey: String, $author: Author,
        $targetKind: TargetKind, $target: ID, $model: ID, $weight: Float, $require: JSON,
        $limit: LimitKind, $value: Money, $rollout: RolloutInput) {
    setOverride(name: $name, kind: $kind, reason: $reason, tenant: $tenant,
        tenantClass: $tenantClass, project: $project, key: $apiKey, author: $author,
        targetKind: $targetKind, target: $target, model: $model, weight: $weight,
        require: $require, limit: $limit, value: $value, rollout: $rollout) {
            revision changes { id } } }"""
SCOPE = """query($tenant: ID!, $project: String, $apiKey: String) {
    effectiveScope(tenant: $tenant, project: $project, key: $apiKey) {
        allowed { origins targets { kind id } } denied { kind id }
        limits { kind value origin } residency aliases profiles
        said { level author origin kind outcome because value residency
            override { name reason actor } } } }"""
ON_OPENAI = {"targetKind": "PROVIDER", "target": "openai"}


async def told(registry: Registry, key: str = "admin", **scope: Any) -> Any:
    return (await registry.ask(SCOPE, key, **scope))["effectiveScope"]


async def four_levels(registry: Registry) -> None:
    """Something is said for everyone, acme's class, acme, its project and a key of it."""
    anthropic = {"kind": "PROVIDER", "id": "anthropic"}
    openai = {"kind": "PROVIDER", "id": "openai"}
    cap = [{"kind": "PRICE_OUTPUT", "value": "30"}]
    await registry.ask(TIER, id="basic", allow=[openai], limits=cap)
    await registry.ask(TIER, id="gold", allow=[openai, anthropic], limits=[])
    await registry.ask(CLASS, id="LEGAL", tier="basic", residency=["EU"])
    await registry.ask(
        'mutation { updateTenant(id: "acme", tenantClass: "LEGAL", tier: "gold") { revision } }'
    )
    await registry.ask(PROJECT, "tenant", tenant="acme", residency=["DE"])
    deny = {"kind": "DENY", "targetKind": "MODEL"}
    await registry.ask(SET, name="never", target="openai/gpt-3.5-turbo", **deny)
    await registry.ask(SET, name="class", tenantClass="LEGAL", target="openai/gpt-4o-mini", **deny)
    limit = {"name": "cap", "kind": "LIMIT", "limit": "PRICE_OUTPUT", "tenant": "acme"}
    await registry.ask(SET, "tenant", value="20", **limit)
    await registry.ask(SET, "tenant", project="web", value="25", **limit)
    await registry.ask(
        SET, "tenant", name="only", kind="ALLOW", tenant="acme", project="web", **ON_OPENAI
    )
    await registry.ask(SET, "tenant", tenant="acme", apiKey="k1", target="openai/gpt-4o", **deny)


async def test_who_of_the_platform_spoke_for_a_project_is_not_told_to_who_takes_it_away(
    registry: Registry,
) -> None:
    make = 'mutation { createProject(tenant: "acme", project: "lab", name: "x") { revision } }'
    await registry.ask(make, "tenant")
    await registry.ask(
        'mutation { setOverride(tenant: "acme", project: "lab", name: "r", kind: DENY, '
        'reason: "x", targetKind: MODEL, target: "a/b") { revision } }'
    )
    take = """mutation($dry: Boolean!) {
        removeProject(tenant: "acme", project: "lab", dryRun: $dry) {
            changes { kind fields { name } } } }"""
    for key, dry, is_told in (
        ("admin", True, True),
        ("tenant", True, False),
        ("tenant", False, False),
    ):
        told = (await registry.ask(take, key, dry=dry))["removeProject"]["changes"]
        (rule,) = [each for each in told if each["kind"] == "OVERRIDE"]
        assert ({"name": "actor"} in rule["fields"]) is is_told


async def test_what_applies_to_a_key_four_levels_deep_and_why(registry: Registry) -> None:
    await four_levels(registry)
    found = await told(registry, "tenant", tenant="acme", project="web", apiKey="k1")
    assert [each["origins"] for each in found["allowed"]] == [
        ["tier:gold"],
        ["acme/project:web/only"],
    ]
    assert [each["id"] for each in found["denied"]] == [
        "openai/gpt-3.5-turbo",
        "openai/gpt-4o-mini",
        "openai/gpt-4o",
    ]
    assert found["limits"] == [{"kind": "PRICE_OUTPUT", "value": "20", "origin": "acme/cap"}]
    assert found["residency"] == [["EU"], ["DE"]]
    outcomes = [
        (each["level"], each["origin"], each["outcome"], each["because"]) for each in found["said"]
    ]
    assert outcomes == [
        ("PLATFORM", "platform:*/never", "APPLIES", None),
        ("CLASS", "class:LEGAL", "APPLIES", None),
        ("CLASS", "platform:class:LEGAL/class", "APPLIES", None),
        ("CLASS", "tier:basic", "REPLACED", "tier:gold"),
        ("CLASS", "tier:basic", "OUTRANKED", "acme/cap"),
        ("TENANT", "tier:gold", "APPLIES", None),
        ("TENANT", "acme/cap", "APPLIES", None),
        ("PROJECT", "project:acme/web", "APPLIES", None),
        ("PROJECT", "acme/project:web/cap", "OUTRANKED", "acme/cap"),
        ("PROJECT", "acme/project:web/only", "APPLIES", None),
        ("KEY", "acme/key:k1/rule", "APPLIES", None),
    ]


async def test_who_speaks_for_the_platform_is_told_to_operators_only(registry: Registry) -> None:
    await four_levels(registry)
    actors = {}
    for key in ("tenant", "admin"):
        found = await told(registry, key, tenant="acme")
        actors[key] = {
            each["override"]["actor"]
            for each in found["said"]
            if each["override"] and each["author"] == "PLATFORM"
        }
    assert actors == {"tenant": {""}, "admin": {registry.keys["admin"].split("_")[1]}}


async def test_a_foreign_scope_is_as_absent_as_one_that_is_not_there(registry: Registry) -> None:
    await four_levels(registry)
    for scope in ({"tenant": "acme"}, {"tenant": "nobody"}, {"tenant": "acme", "project": "web"}):
        assert await told(registry, "beta", **scope) is None
    assert await told(registry, "tenant", tenant="acme", project="none") is None


async def test_a_tenants_rule_and_the_platforms_have_ids_of_their_own(registry: Registry) -> None:
    for key, author in (("admin", None), ("admin", "TENANT"), ("tenant", None)):
        await registry.ask(SET, key, tenant="acme", author=author, **ON_OPENAI)
    found = await registry.ask("{ overrides { nodes { id author } } }")
    assert found["overrides"]["nodes"] == [
        {"id": "acme/rule", "author": "TENANT"},
        {"id": "platform:acme/rule", "author": "PLATFORM"},
    ]
    removed = 'mutation { removeOverride(name: "rule", tenant: "acme", reason: "r") { revision } }'
    assert (await registry.ask(removed, "tenant"))["removeOverride"]["revision"] > 0
    assert (await registry.ask(removed, "tenant"))["removeOverride"] is None
    left = await registry.ask("{ overrides { nodes { id } } }")
    assert left["overrides"]["nodes"] == [{"id": "platform:acme/rule"}]


@pytest.mark.parametrize(
    ("key", "place"),
    [
        ("tenant", {"tenant": "acme", "author": "PLATFORM"}),
        ("tenant", {"tenant": "beta"}),
        ("tenant", {"author": "PLATFORM"}),
        ("tenant", {"author": "PLATFORM", "tenantClass": "STANDARD"}),
        ("user", {"tenant": "acme"}),
        ("service", {"tenant": "acme"}),
    ],
)
async def test_nobody_speaks_for_others(
    registry: Registry, key: str, place: dict[str, str]
) -> None:
    code, _ = await registry.refused(SET, key, **ON_OPENAI, **place)
    assert code == "not_allowed"


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"kind": "DENY"}, "needs target"),
        ({"kind": "DENY", "limit": "PRICE_INPUT", **ON_OPENAI}, "limit is no part of"),
        ({"kind": "PIN", **ON_OPENAI}, "points at a endpoint or a release"),
        ({"kind": "ALIAS", "targetKind": "ENDPOINT", "target": "x"}, "a model or a release"),
        ({"kind": "LIMIT", "limit": "PRICE_INPUT"}, "needs value"),
        ({"kind": "PROFILE"}, "needs require"),
        ({"kind": "PROFILE", "require": {"unheard": 1}}, "unknown field `unheard`"),
        ({"kind": "WEIGHT", "targetKind": "ENDPOINT", "target": "x"}, "needs weight"),
        ({"kind": "DENY", "rollout": {"percent": 101}, **ON_OPENAI}, "outside 0..100"),
        ({"kind": "PREFER", "weight": -1, **ON_OPENAI}, "weight is -1"),
        ({"project": "none", **ON_OPENAI}, "There is no project 'none'"),
        ({"project": "a/b", **ON_OPENAI}, "There is no project"),
        ({"apiKey": "a/b", **ON_OPENAI}, "key must be"),
        ({"tenant": None, **ON_OPENAI}, "name it"),
        ({"tenantClass": "STANDARD", **ON_OPENAI}, "name it"),
    ],
)
async def test_a_rule_that_makes_no_sense_is_refused(
    registry: Registry, fields: dict[str, Any], sentence: str
) -> None:
    before = (await registry.ask("{ revision }"))["revision"]
    code, message = await registry.refused(SET, "tenant", **{"tenant": "acme", **fields})
    assert code == "invalid_request"
    assert sentence in message
    assert (await registry.ask("{ revision }"))["revision"] == before


async def test_every_kind_of_rule_comes_back_as_it_was_given(registry: Registry) -> None:
    given: dict[str, dict[str, Any]] = {
        "ALLOW": ON_OPENAI,
        "DENY": {**ON_OPENAI, "rollout": {"percent": 25.0, "salt": "s"}},
        "PIN": {"targetKind": "ENDPOINT", "target": "openai", "model": "openai/gpt-4o"},
        "PREFER": {"weight": 2.5, **ON_OPENAI},
        "WEIGHT": {"targetKind": "ENDPOINT", "target": "openai", "weight": 3.0},
        "ALIAS": {"targetKind": "MODEL", "target": "openai/gpt-4o"},
        "PROFILE": {"require": {"min_context": 100_000, "capabilities": ["tool_use"]}},
        "LIMIT": {"limit": "SPEND_PER_DAY", "value": "12.50"},
    }
    for kind, fields in given.items():
        await registry.ask(SET, "tenant", name=kind, kind=kind, tenant="acme", **fields)
    found = await registry.ask(
        """{ overrides(tenant: "acme") { nodes { name kind targetKind target model weight require
            limit value rollout { percent salt } } } }""",
        "tenant",
    )
    shown = {
        each.pop("name"): {name: value for name, value in each.items() if value is not None}
        for each in found["overrides"]["nodes"]
    }
    assert shown == {kind: {"kind": kind, **fields} for kind, fields in given.items()}


async def test_a_rule_from_kafka_and_one_from_graphql_leave_the_same_trace(
    registry: Registry,
) -> None:
    history = """query($id: ID!) { history(id: $id, kind: OVERRIDE) { nodes {
        change actor reason fields { name before after } events { type } } } }"""
    rule: dict[str, Any] = {
        "kind": OverrideKind.DENY,
        "reason": "because",
        "actor": registry.keys["tenant"].split("_")[1],
        "target_kind": TargetKind.PROVIDER,
        "target": "openai",
    }
    said = e.TenantOverridden(tenant="acme", name="kafka", **rule)
    await registry.ledger.record(Batch([event(said, id="k1")], actor="kafka", reason="events"))
    await registry.ask(SET, "tenant", name="graphql", tenant="acme", **ON_OPENAI)
    traces = []
    for name in ("kafka", "graphql"):
        found = await registry.ask(history, "tenant", id=f"acme/{name}")
        (node,) = found["history"]["nodes"]
        node["fields"] = [each for each in node["fields"] if each["name"] != "id"]
        traces.append((node["change"], node["fields"], node["events"]))
    assert traces[0] == traces[1]


async def test_a_tenants_record_changes_field_by_field(registry: Registry) -> None:
    await registry.ask(TIER, id="gold")
    found = (await registry.ask(UPDATE, id="acme", tier="gold"))["updateTenant"]["changes"]
    assert found[0]["fields"] == [{"name": "tier", "before": None, "after": "gold"}]
    await registry.ask(UPDATE, id="acme", networks=["10.0.0.0/8"])
    kept = "{ tenants { nodes { id tier allowedNetworks } } }"
    acme = {"id": "acme", "tier": "gold", "allowedNetworks": ["10.0.0.0/8"]}
    assert acme in (await registry.ask(kept))["tenants"]["nodes"]
    await registry.ask(UPDATE, id="acme", tier=None)
    assert {**acme, "tier": None} in (await registry.ask(kept))["tenants"]["nodes"]


@pytest.mark.parametrize(
    ("query", "variables", "sentence"),
    [
        (UPDATE, {"id": "nobody", "tier": None}, "There is no tenant 'nobody'"),
        (UPDATE, {"id": "acme", "tier": "none"}, "There is no tier 'none'"),
        (UPDATE, {"id": "acme", "networks": ["10.0.0.0/99"]}, "is not a network"),
        (UPDATE, {"id": "acme", "networks": ["169.254.0.0/16"]}, "can never be permitted"),
        (UPDATE, {"id": "acme", "networks": ["0.0.0.0/0"]}, "wider than what can be permitted"),
        (CLASS, {"id": "X", "tier": "none"}, "There is no tier 'none'"),
        (CLASS, {"id": "a/b"}, "id must be"),
        (CLASS, {"id": "X", "residency": ["?"]}, "residency must be"),
        (TIER, {"id": "x", "limits": [{"kind": "SPEND_PER_DAY", "value": "1e99"}]}, "no amount"),
        (PROJECT, {"tenant": "nobody"}, "There is no tenant 'nobody'"),
        (PROJECT, {"tenant": "acme", "project": "a/b"}, "project must be"),
    ],
)
async def test_records_that_make_no_sense_are_refused(
    registry: Registry, query: str, variables: dict[str, Any], sentence: str
) -> None:
    code, message = await registry.refused(query, **variables)
    assert code == "invalid_request"
    assert sentence in message


async def test_what_is_in_use_is_not_taken_away(registry: Registry) -> None:
    await registry.ask(TIER, id="gold")
    await registry.ask(CLASS, id="LEGAL", tier="gold")
    await registry.ask('mutation { updateTenant(id: "acme", tenantClass: "LEGAL") { revision } }')
    for order, user in (
        ('removeTier(id: "gold")', "tenant class LEGAL"),
        ('removeTenantClass(id: "LEGAL")', "tenant acme"),
    ):
        code, message = await registry.refused(f"mutation {{ {order} {{ revision }} }}")
        assert code == "invalid_request"
        assert user in message
    code, _ = await registry.refused('mutation { removeTenantClass(id: "STANDARD") { revision } }')
    assert code == "invalid_request"


async def test_a_tenant_that_leaves_takes_its_projects_and_rules_along(registry: Registry) -> None:
    await four_levels(registry)
    done = await registry.ask(
        """mutation { offboardTenant(id: "acme", reason: "over") {
            changes { kind id change } } }"""
    )
    gone = {(each["kind"], each["id"]) for each in done["offboardTenant"]["changes"]}
    assert ("TENANT", "acme") in gone
    assert ("PROJECT", "acme/web") in gone
    assert ("OVERRIDE", "acme/key:k1/rule") in gone
    assert {each["change"] for each in done["offboardTenant"]["changes"]} == {"REMOVED"}
    assert await told(registry, tenant="acme") is None
    left = await registry.ask("{ overrides { nodes { id } } }")
    assert {each["id"] for each in left["overrides"]["nodes"]} == {
        "platform:*/never",
        "platform:class:LEGAL/class",
    }


async def test_a_dry_run_of_a_tier_changes_nothing(registry: Registry) -> None:
    before = (await registry.ask("{ revision }"))["revision"]
    done = await registry.ask(TIER, id="gold", dryRun=True)
    assert done["defineTier"]["revision"] == before + 1
    assert (await registry.ask("{ revision tiers { nodes { id } } }")) == {
        "revision": before,
        "tiers": {"nodes": []},
    }


RADIUS = """blastRadius { tenants overrides aliases profiles isComplete
    moves { tenant asked before after } }"""
DENY = f"""mutation($tenant: ID, $tenantClass: String, $dryRun: Boolean! = true) {{
    setOverride(name: "no-4o", kind: DENY, targetKind: MODEL, target: "openai/gpt-4o",
        reason: "r", tenant: $tenant, tenantClass: $tenantClass, dryRun: $dryRun) {{
            {RADIUS} }} }}"""


async def test_a_dry_run_tells_whom_it_would_touch_and_where_they_would_go(
    registry: Registry,
) -> None:
    alias = {"name": "fast", "kind": "ALIAS", "targetKind": "MODEL", "target": "openai/gpt-4o"}
    await registry.ask(SET, "tenant", tenant="acme", **alias)
    await registry.ask(SET, "beta", tenant="beta", **alias)
    before = (await registry.ask("{ revision }"))["revision"]
    told = (await registry.ask(DENY))["setOverride"]["blastRadius"]
    assert told["tenants"] == ["acme", "beta"]
    assert told["aliases"] == ["acme/fast", "beta/fast"]
    assert told["isComplete"]
    gone = {(m["tenant"], m["asked"]) for m in told["moves"] if m["after"] is None}
    assert gone >= {("acme", "fast"), ("beta", "fast"), ("acme", "openai/gpt-4o")}
    assert (await registry.ask("{ revision }"))["revision"] == before

    own = (await registry.ask(DENY, "tenant", tenant="acme", dryRun=False))["setOverride"]
    assert own["blastRadius"]["tenants"] == ["acme"]
    assert own["blastRadius"]["aliases"] == ["acme/fast"]
    assert {m["tenant"] for m in own["blastRadius"]["moves"]} == {"acme"}
    # What is done is done: said again, it moves nobody.
    again = (await registry.ask(DENY, "tenant", tenant="acme"))["setOverride"]
    assert again["blastRadius"]["moves"] == []
