"""What endpoints serve, and what was seen of them: kept the same in memory and in PostgreSQL."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from decimal import Decimal

import pytest

from routeyard.domain.catalog import Price
from routeyard.domain.events import Served
from routeyard.domain.matching import Listed
from routeyard.servers.discover import Answers
from routeyard.servers.kinds import Server
from routeyard.wire.probe import ProbeResult
from services.registry.postgres import schema
from services.registry.postgres import serving as postgres_serving
from services.registry.postgres.engine import connect, transaction
from services.registry.postgres.probes import PostgresProbes
from services.registry.postgres.scope import PLATFORM
from services.registry.postgres.serving import PostgresServing
from services.registry.probes import ProbeStore
from services.registry.serving import Serving, ServingStore
from tests.builders import NOON, at
from tests.fakes.serving import MemoryProbes, MemoryServing

LISTED = Listed(native_id="a", price=Price(input=Decimal("0.5")), capabilities={"tool_use": 1.0})
SERVED = Served(native_id="a", model="@acme/a", release="@acme/a@undated", is_private=True)
NEW = Serving("acme/gpu", "acme", declared=(LISTED,), served=(SERVED,))


@pytest.fixture(params=["memory", "postgres"])
async def stores(
    request: pytest.FixtureRequest,
) -> AsyncIterator[tuple[ServingStore, ProbeStore]]:
    if request.param == "memory":
        yield MemoryServing(), MemoryProbes()
        return
    database = request.getfixturevalue("database")
    schema.migrate(database)
    engine = connect(database)
    yield PostgresServing(engine), PostgresProbes(engine)
    await engine.dispose()


Stores = tuple[ServingStore, ProbeStore]


async def put(store: ServingStore, serving: Serving, at: datetime) -> bool:
    """As the commit of an order does."""
    if isinstance(store, MemoryServing):
        return store.put(serving, at)
    assert isinstance(store, PostgresServing)
    async with transaction(store._engine, PLATFORM) as connection:
        return await postgres_serving.put(connection, serving, at)


async def test_an_endpoint_is_kept_as_it_is_and_a_new_one_in_its_place(stores: Stores) -> None:
    store, _ = stores
    assert await store.find("acme/gpu") is None
    assert not await put(store, NEW._replace(version=3), NOON)
    assert await put(store, NEW, NOON)
    assert await store.find("acme/gpu") == NEW._replace(version=1)
    assert await put(store, NEW._replace(version=1, found=(LISTED,)), NOON)
    assert not await put(store, NEW._replace(version=1, declared=()), NOON)
    assert await store.find("acme/gpu") == NEW._replace(version=2, found=(LISTED,))
    assert await put(store, NEW._replace(declared=()), NOON)
    assert await store.find("acme/gpu") == NEW._replace(version=1, declared=())


async def test_of_two_changes_of_one_version_the_second_is_refused(stores: Stores) -> None:
    store, _ = stores
    await put(store, NEW, NOON)
    held = await store.find("acme/gpu")
    assert held is not None
    assert await store.change(held._replace(found=(LISTED,)))
    assert not await store.change(held._replace(served=()))
    found = await store.find("acme/gpu")
    assert found == held._replace(found=(LISTED,), version=2)


async def test_an_endpoint_is_handed_out_when_it_is_due_and_once(stores: Stores) -> None:
    store, _ = stores
    await put(store, NEW, NOON)
    await put(store, NEW._replace(endpoint="acme/later"), at(60))
    assert list(await store.due(NOON, at(300), 9)) == ["acme/gpu"]
    assert list(await store.due(NOON, at(300), 9)) == []
    assert sorted(await store.due(at(300), at(600), 9)) == ["acme/gpu", "acme/later"]
    await store.ask_at("acme/gpu", at(301))
    assert list(await store.due(at(301), at(600), 9)) == ["acme/gpu"]


async def test_endpoints_are_forgotten_one_by_one_and_with_their_tenant(stores: Stores) -> None:
    store, _ = stores
    names = ("acme/a", "acme/b", "beta/c")
    for name in names:
        await put(store, NEW._replace(endpoint=name, owner=name[:4]), NOON)
    await store.drop("acme/a")
    assert list(await store.older_than(at(1), "", 9)) == ["acme/b", "beta/c"]
    assert list(await store.older_than(NOON, "", 9)) == []
    assert list(await store.older_than(at(1), "acme/b", 9)) == ["beta/c"]
    await store.drop_of_tenant("acme")
    assert list(await store.older_than(at(1), "", 9)) == ["beta/c"]


async def test_a_result_is_kept_once_and_for_a_while(stores: Stores) -> None:
    _, probes = stores
    answers = Answers(server=Server.VLLM, listed={"data": [{"id": "a\\u0000"}]})
    seen = ProbeResult(
        ask="1", endpoint="e", zone="eu", at=NOON, is_reached=True, status=200, answers=answers
    )
    await probes.keep(seen, "acme")
    await probes.keep(ProbeResult(ask="1", endpoint="e", zone="us", at=NOON), "acme")
    found = await probes.find("1")
    assert found is not None
    assert (found.zone, found.status) == ("eu", 200)
    assert await probes.prune(NOON) == 0
    assert await probes.prune(NOON + timedelta(seconds=1)) == 1
    assert await probes.find("1") is None
