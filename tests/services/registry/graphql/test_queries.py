"""What each caller is shown."""

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import event as listen
from sqlalchemy.engine import Engine

from routeyard.domain.health import EndpointHealth, HealthState
from routeyard.runtime.clock import utc_now
from services.registry.ledger import Batch
from services.registry.postgres.engine import connect
from services.registry.postgres.health import PostgresHealth
from tests.builders import event, released
from tests.components.databases import as_service
from tests.services.registry.graphql.conftest import Registry

IDS = "{ nodes { id } }"


def ids(answer: dict[str, Any], name: str) -> list[str]:
    return [node["id"] for node in answer[name]["nodes"]]


async def test_a_model_leads_to_offerings_endpoints_and_releases(registry: Registry) -> None:
    query = """{ model(id: "openai/gpt-4o") {
        id provider mode context lifecycle capabilities { tag level }
        releases { nodes { id model { id } } }
        offerings { nodes { id nativeId price { input output cachedRead }
            endpoint { id dialect hosting isEnabled owner } release { id } model { id } } }
    } }"""
    model = (await registry.ask(query, "user"))["model"]
    assert (model["mode"], model["context"], model["lifecycle"]) == ("CHAT", 128_000, "GA")
    assert model["releases"]["nodes"] == [
        {"id": "openai/gpt-4o@undated", "model": {"id": "openai/gpt-4o"}}
    ]
    (offering,) = model["offerings"]["nodes"]
    assert offering["price"] == {"input": "0.0000001", "output": "10", "cachedRead": None}
    assert offering["endpoint"] == {
        "id": "openai",
        "dialect": "OPENAI",
        "hosting": "PUBLIC_API",
        "isEnabled": False,
        "owner": None,
    }


@pytest.mark.parametrize(
    ("key", "sees_it"),
    [("admin", True), ("service", True), ("tenant", True), ("user", True), ("beta", False)],
)
async def test_a_tenants_own_endpoint_is_there_for_it_alone(
    registry: Registry, key: str, *, sees_it: bool
) -> None:
    query = f"""{{
        endpoints {IDS} offerings {IDS} models {IDS} releases {IDS}
        endpoint(id: "acme-gpu") {{ id health {{ state }} offerings {IDS} }}
        model(id: "acme/secret") {{ id }}
        status {{ models releases offerings endpoints }}
    }}"""
    seen = await registry.ask(query, key)
    assert ("acme-gpu" in ids(seen, "endpoints")) is sees_it
    assert ("acme-gpu/secret" in ids(seen, "offerings")) is sees_it
    assert ("acme/secret" in ids(seen, "models")) is sees_it
    assert ("acme/secret@undated" in ids(seen, "releases")) is sees_it
    assert (seen["endpoint"] is not None, seen["model"] is not None) == (sees_it, sees_it)
    number = 3 if sees_it else 2
    assert seen["status"] == {
        "models": number,
        "releases": number,
        "offerings": number,
        "endpoints": number - 1,
    }


async def test_absent_and_foreign_look_the_same(registry: Registry) -> None:
    query = (
        "query($endpoint: ID!, $model: ID!, $tenant: ID!) { endpoint(id: $endpoint) { id } "
        f"model(id: $model) {{ id }} overrides(tenant: $tenant) {IDS} "
        "offerings(filter: {endpoint: $endpoint}) { nodes { id } pageInfo { hasNextPage } } }"
    )
    foreign = await registry.ask(
        query, "beta", endpoint="acme-gpu", model="acme/secret", tenant="acme"
    )
    absent = await registry.ask(query, "beta", endpoint="none", model="none/none", tenant="none")
    assert foreign == absent


async def test_a_tenant_sees_itself_and_its_own_overrides(registry: Registry) -> None:
    order = (
        'mutation($tenant: ID!) { setOverride(tenant: $tenant, name: "no-openai", kind: DENY, '
        'targetKind: PROVIDER, target: "openai", reason: "policy") { revision } }'
    )
    for tenant, key in (("acme", "tenant"), ("beta", "beta"), ("beta", "admin")):
        await registry.ask(order, key, tenant=tenant)
    query = (
        f'{{ tenants {IDS} overrides(tenant: "beta") '
        "{ nodes { id author level kind target actor } } }"
    )
    own = await registry.ask(query, "beta")
    assert ids(own, "tenants") == ["beta"]
    said = {"level": "TENANT", "kind": "DENY", "target": "openai"}
    actor = registry.keys["beta"].split("_")[1]
    # Who speaks for the platform is its own affair.
    assert own["overrides"]["nodes"] == [
        {"id": "beta/no-openai", "author": "TENANT", "actor": actor, **said},
        {"id": "platform:beta/no-openai", "author": "PLATFORM", "actor": "", **said},
    ]
    assert (await registry.ask(query, "tenant"))["overrides"]["nodes"] == []
    assert ids(await registry.ask(query), "tenants") == ["acme", "beta"]


@pytest.mark.parametrize(
    "query",
    [
        "{ sources { id } }",
        "{ consumed { topic } }",
        "{ deadLetters { nodes { id } } }",
        "{ commits { nodes { revision } } }",
        '{ deadLetter(id: "1") { id } }',
    ],
)
async def test_operations_are_for_the_platforms_own_keys(registry: Registry, query: str) -> None:
    for key in ("tenant", "user", "beta"):
        code, _ = await registry.refused(query, key)
        assert code == "not_allowed"
    await registry.ask(query)


async def test_a_dead_letter_is_for_platform_admins(registry: Registry) -> None:
    await registry.ask("{ deadLetters { nodes { id } } consumed { topic } }", "service")
    code, _ = await registry.refused('{ deadLetter(id: "1") { id } }', "service")
    assert code == "not_allowed"


async def test_health_expires_and_has_a_history(registry: Registry) -> None:
    now = utc_now()
    states = [
        EndpointHealth(
            endpoint="openai",
            zone=zone,
            state=state,
            observed_at=now,
            since=now,
            expires_at=now + timedelta(seconds=left),
            latency_ms=8.0,
        )
        for zone, state, left in (
            ("eu", HealthState.UNHEALTHY, 60),
            ("us", HealthState.HEALTHY, -1),
        )
    ]
    pool = connect(as_service(registry.database))
    await PostgresHealth(pool).update(states, [])
    await pool.dispose()
    query = '{ endpoint(id: "openai") { health { zone state latencyMs } healthHistory { state } } }'
    endpoint = (await registry.ask(query, "user"))["endpoint"]
    assert endpoint["health"] == [
        {"zone": "eu", "state": "UNHEALTHY", "latencyMs": 8.0},
        {"zone": "us", "state": "UNKNOWN", "latencyMs": 8.0},
    ]
    assert len(endpoint["healthHistory"]) == 2


async def test_lists_of_lists_are_loaded_in_one_statement_each(registry: Registry) -> None:
    many = [event(released("openai", f"m{n}"), id=f"many{n}") for n in range(60)]
    await registry.ledger.record(Batch(many))
    query = """{ models(first: 100) { nodes { id releases { nodes { id } }
        offerings { nodes { id endpoint { id health { state } } release { id } } } } } }"""
    statements: list[str] = []

    def note(*said: Any) -> None:
        if "entity" in said[2] or "health" in said[2]:
            statements.append(said[2])

    listen.listen(Engine, "before_cursor_execute", note)
    try:
        found = await registry.ask(query, "user")
    finally:
        listen.remove(Engine, "before_cursor_execute", note)
    assert len(found["models"]["nodes"]) == 63
    # Models; releases, offerings; endpoints, releases by id; health.
    assert len(statements) == 6


async def test_everything_else_is_answered(registry: Registry) -> None:
    query = """{ status { epoch revision checksum committedAt tenants sources deadLetters parked }
        capabilities { tag models } providers { nodes { id } } sources { id rank types }
        precision { task low } revision
        commits { nodes { revision actor reason ops } pageInfo { hasNextPage endCursor } } }"""
    found = await registry.ask(query)
    assert found["status"]["revision"] == found["revision"] == 3
    assert found["status"]["tenants"] == 2
    assert found["status"]["sources"] == len(found["sources"]) > 0
    assert (found["status"]["deadLetters"], found["status"]["parked"]) == (0, 0)
    assert [c["reason"] for c in found["commits"]["nodes"]] == [
        "register the tenant beta",
        "events",
        "bootstrap",
    ]
    hidden = await registry.ask("{ status { deadLetters parked sources tenants } }", "user")
    assert hidden["status"] == {"deadLetters": None, "parked": None, "sources": 0, "tenants": 1}


async def test_introspection_fits_into_the_limits(registry: Registry) -> None:
    query = """{ __schema { queryType { name } types { kind name description
        fields { name args { name type { kind name ofType { kind name ofType { name } } } }
        type { kind name ofType { kind name ofType { kind name ofType { name } } } } } } } }"""
    assert (await registry.ask(query, "user"))["__schema"]["queryType"] == {"name": "Query"}
