"""What the registry says of itself, here without Kafka."""

import psycopg

from tests.services.registry.graphql.conftest import Registry


async def test_without_kafka_it_is_ready_and_says_so(registry: Registry) -> None:
    assert (await registry.http.get("/livez")).json() == {"status": "alive"}
    ready = await registry.http.get("/readyz")
    assert (ready.status_code, ready.json()) == (200, {"status": "ready", "kafka": False})
    status = (await registry.http.get("/v1/status")).json()
    assert (status["service"], status["state"], status["kafka"]) == (
        "registry",
        "without kafka",
        False,
    )
    assert (status["revision"], status["published"]) == (3, 0)
    assert {"epoch", "checksum", "committed_at"} <= status.keys()


async def test_another_schema_makes_it_unready(registry: Registry) -> None:
    with psycopg.connect(registry.database) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '0000'")
    ready = await registry.http.get("/readyz")
    assert ready.status_code == 503
    assert "run `routeyard migrate`" in ready.json()["reason"]


async def test_metrics_tell_commits_lag_and_kafka(registry: Registry) -> None:
    await registry.ask('mutation { createTenant(id: "new", name: "New") { revision } }')
    lines = (await registry.http.get("/metrics")).text.splitlines()
    assert "routeyard_registry_commits_total 1.0" in lines
    assert 'routeyard_registry_events_total{outcome="accepted"} 1.0' in lines
    assert "routeyard_registry_relay_lag_revisions 4.0" in lines
    assert "routeyard_registry_kafka_up 0.0" in lines


async def test_positions_are_for_the_platforms_own_keys(registry: Registry) -> None:
    with psycopg.connect(registry.database) as connection:
        connection.execute("INSERT INTO consumed VALUES ('t', 2, 7)")
    for key, status in (("service", 200), ("admin", 200), ("tenant", 403)):
        headers = {"authorization": f"Bearer {registry.keys[key]}"}
        response = await registry.http.get("/v1/consumed", headers=headers)
        assert response.status_code == status
        if status == 200:
            assert response.json() == [{"topic": "t", "partition": 2, "next_offset": 7}]
    assert (await registry.http.get("/v1/consumed")).status_code == 401
