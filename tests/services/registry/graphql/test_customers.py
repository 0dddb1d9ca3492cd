"""Tenants with what hangs on them, asked together."""

from typing import Any

from tests.services.registry.graphql.conftest import Registry
from tests.services.registry.graphql.test_apply import GAMMA, applied, rule

NESTED = """query($ids: [ID!], $first: Int! = 50) { tenants(ids: $ids, first: $first) {
    nodes { id projects { nodes { id } } overrides(first: 3) { nodes { id actor }
        pageInfo { hasNextPage } } } pageInfo { hasNextPage endCursor } revision } }"""


async def names(registry: Registry, arguments: str, key: str = "admin") -> list[str]:
    found = await registry.ask(f"{{ overrides({arguments}) {{ nodes {{ id }} }} }}", key)
    return [each["id"] for each in found["overrides"]["nodes"]]


async def filled(registry: Registry) -> None:
    await applied(
        registry,
        [
            *GAMMA,
            rule("all", tenant=None),
            rule("legal", tenant=None, tenantClass="LEGAL"),
            rule("key", key="k1"),
            rule("acme-1", tenant="acme"),
            rule("acme-2", tenant="acme", author="TENANT"),
        ],
    )


async def nested(registry: Registry, key: str = "admin", **wanted: Any) -> dict[str, Any]:
    found = (await registry.ask(NESTED, key, **wanted))["tenants"]
    return {
        each["id"]: (
            [own["id"] for own in each["projects"]["nodes"]],
            [own["id"] for own in each["overrides"]["nodes"]],
            each["overrides"]["pageInfo"]["hasNextPage"],
        )
        for each in found["nodes"]
    }


async def test_tenants_are_asked_with_their_projects_and_rules(registry: Registry) -> None:
    await filled(registry)
    gamma = ["gamma/project:web/own", "platform:gamma/key:k1/key", "platform:gamma/no-openai"]
    expected = {
        "acme": ([], ["acme/acme-2", "platform:acme/acme-1"], False),
        "beta": ([], [], False),
        "gamma": (["gamma/web"], gamma, False),
    }
    assert await nested(registry) == expected
    assert await nested(registry, ids=["gamma", "none", "gamma"]) == {"gamma": expected["gamma"]}
    assert await nested(registry, ids=[]) == {}
    await applied(registry, [rule("zzz")])
    assert (await nested(registry, ids=["gamma"]))["gamma"][2] is True


async def test_a_tenants_key_sees_its_own_alone(registry: Registry) -> None:
    await filled(registry)
    assert set(await nested(registry, "user")) == {"acme"}
    assert set(await nested(registry, "user", ids=["gamma", "acme"])) == {"acme"}
    assert await names(registry, 'tenantClass: "LEGAL"', "user") == []
    assert await names(registry, "level: PLATFORM", "user") == []
    asked = '{ override(id: "platform:gamma/no-openai") { id } }'
    assert await registry.ask(asked, "user") == {"override": None}
    assert (await registry.ask(asked))["override"]["id"] == "platform:gamma/no-openai"


async def test_rules_are_listed_by_class_and_level(registry: Registry) -> None:
    await filled(registry)
    assert await names(registry, 'tenantClass: "LEGAL"') == ["platform:class:LEGAL/legal"]
    assert await names(registry, "level: PLATFORM") == ["platform:*/all"]
    assert await names(registry, "level: CLASS") == ["platform:class:LEGAL/legal"]
    assert await names(registry, 'level: TENANT, tenant: "gamma"') == ["platform:gamma/no-openai"]
    assert await names(registry, "level: PROJECT") == ["gamma/project:web/own"]
    assert await names(registry, "level: KEY") == ["platform:gamma/key:k1/key"]


async def test_tenants_go_from_page_to_page(registry: Registry) -> None:
    asked = (
        "query($after: String) { tenants(first: 1, after: $after) { nodes { id } "
        "pageInfo { hasNextPage endCursor } } }"
    )
    first = (await registry.ask(asked))["tenants"]
    cursor = first["pageInfo"]["endCursor"]
    second = (await registry.ask(asked, after=cursor))["tenants"]
    assert (first["nodes"], second["nodes"]) == ([{"id": "acme"}], [{"id": "beta"}])
    code, _ = await registry.refused(NESTED, ids=["x"] * 201)
    assert code == "invalid_request"
