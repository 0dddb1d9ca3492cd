"""Who may hold a WebSocket, what may be said over it, and how it ends."""

import asyncio
import os
from base64 import b64decode
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine
from starlette.applications import Starlette
from starlette.routing import WebSocketRoute
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin, Subprotocol

from routeyard.domain.keys import Pepper
from routeyard.domain.tenancy import Role
from routeyard.runtime.clock import utc_now
from routeyard.runtime.process import MAX_MESSAGE_BYTES
from services.registry.callers import Callers
from services.registry.feed import Feed
from services.registry.graphql.admittance import Limits
from services.registry.graphql.schema import build_schema
from services.registry.graphql.socket import Socket
from services.registry.keys import Keys, WantedKey
from services.registry.keystore import Act
from services.registry.news import News
from services.registry.postgres.engine import connect
from services.registry.postgres.keys import PostgresKeys
from services.registry.postgres.reads import PostgresReads
from tests.components.databases import as_service
from tests.services.registry.graphql.conftest import SECRET, Registry
from tests.services.registry.graphql.following import (
    EVENTS,
    RegistryProcess,
    connected,
    served,
)

FEW = Limits(subscriptions=2, connections_of_a_key=2, connections=4, init_s=0.3, check_s=0.05)


@pytest.fixture
async def pool(registry: Registry) -> AsyncIterator[AsyncEngine]:
    engine = connect(as_service(registry.database))
    yield engine
    await engine.dispose()


@pytest.fixture
def keys(pool: AsyncEngine) -> Keys:
    return Keys(PostgresKeys(pool), Pepper(b64decode(SECRET)), utc_now, os.urandom)


@pytest.fixture
async def url(pool: AsyncEngine, keys: Keys) -> AsyncIterator[str]:
    """A server that takes on little, so that its limits are soon reached."""
    callers = Callers(keys, PostgresReads(pool).is_there)
    socket = Socket(build_schema(), callers, Feed(PostgresReads(pool), News()), FEW)
    async with served(Starlette(routes=[WebSocketRoute("/graphql", socket.serve)])) as address:
        yield address


async def test_without_a_key_there_is_no_connection(url: str) -> None:
    async with connected(url) as client:
        await client.say(type="connection_init")
        ended = await client.end()
    assert (ended.code, "no valid key" in ended.reason) == (4401, True)


@pytest.mark.parametrize("said", ["Bearer ry_aaaa_bbbb00000000", "Bearer x", "Bearer " + "x" * 500])
async def test_with_a_wrong_key_there_is_no_connection(url: str, said: str) -> None:
    async with connected(url) as client:
        await client.say(type="connection_init", payload={"authorization": said})
        assert (await client.end()).code == 4403


async def test_the_handshake_may_carry_the_key(registry: Registry, url: str) -> None:
    for name, value in (
        ("authorization", f"Bearer {registry.keys['user']}"),
        ("x-api-key", registry.keys["user"]),
    ):
        async with connected(url, additional_headers={name: value}) as client:
            await client.begin(None)


async def test_what_is_said_on_connecting_counts_before_the_handshake(
    registry: Registry, url: str
) -> None:
    good = {"authorization": f"Bearer {registry.keys['user']}"}
    async with connected(url, additional_headers=good) as client:
        await client.say(type="connection_init", payload={"Authorization": "Bearer x"})
        assert (await client.end()).code == 4403


async def test_who_says_nothing_is_not_waited_for(url: str) -> None:
    async with connected(url) as client:
        assert (await client.end()).code == 4408


async def test_nothing_is_subscribed_to_before_the_key_is_known(url: str) -> None:
    async with connected(url) as client:
        await client.subscribe()
        assert (await client.end()).code == 4401


async def test_a_revoked_key_ends_its_connections(registry: Registry, url: str, keys: Keys) -> None:
    async with connected(url) as client, connected(url) as other:
        await client.begin(registry.keys["beta"])
        await other.begin(registry.keys["user"])
        await client.subscribe()
        await keys.store.revoke(registry.keys["beta"].split("_")[1], Act("", "test", utc_now()))
        ended = await client.end()
        await other.say(type="ping")
        assert await other.hear() == {"type": "pong"}
    assert (ended.code, ended.reason) == (4403, "The key is not valid any more.")


async def test_an_expired_key_ends_its_connections(url: str, keys: Keys) -> None:
    soon = utc_now() + timedelta(seconds=0.5)
    issued = await keys.issue(WantedKey(Role.TENANT_USER, "acme", expires_at=soon))
    async with connected(url) as client:
        await client.begin(issued.key)
        assert (await client.end()).code == 4403


async def test_a_key_holds_so_many_connections_and_not_one_more(
    registry: Registry, url: str
) -> None:
    key, other = registry.keys["user"], registry.keys["beta"]
    async with connected(url) as one, connected(url) as two, connected(url) as three:
        await one.begin(key)
        await two.begin(key)
        await three.say(type="connection_init", payload={"authorization": f"Bearer {key}"})
        assert (await three.end()).code == 4429
        async with connected(url) as four:
            await four.begin(other)
    for _ in range(5):  # they are given back
        async with connected(url) as client:
            await client.begin(key)


async def test_a_process_holds_so_many_connections_and_not_one_more(url: str) -> None:
    async with connected(url), connected(url), connected(url), connected(url):
        with pytest.raises(InvalidStatus, match="503"):
            await connected(url).__aenter__()


async def test_a_connection_holds_so_many_subscriptions_and_not_one_more(
    registry: Registry, url: str
) -> None:
    async with connected(url) as client:
        await client.begin(registry.keys["user"])
        for number in range(3):
            await client.subscribe(id=str(number))
        refused = await client.hear()
        assert (refused["type"], refused["id"]) == ("error", "2")
        assert refused["payload"][0]["extensions"] == {"code": "invalid_request"}
        await client.say(type="complete", id="0")
        await client.subscribe({"epoch": "another", "revision": 0}, id="3")
        assert (await client.refusal())["extensions"]["code"] == "out_of_step"


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("{ revision }", "POST queries and mutations"),
        ('mutation { revokeKey(keyId: "x") }', "POST queries and mutations"),
        ("subscription {", "Syntax Error"),
        ("subscription { nothing }", "Cannot query field"),
        ("subscription a { graphChanges { epoch } }", "Only subscriptions"),
        ("", "Only subscriptions"),
        ("subscription { a: graphChanges { epoch } b: graphChanges { epoch } }", "one top level"),
        ("subscription {" + " graphChanges" * 2_000 + "}", "tokens"),
        ("subscription { graphChanges { " + "a " * 400 + "} }", "400 times in one place"),
    ],
)
async def test_what_is_no_subscription_is_refused_and_the_connection_goes_on(
    registry: Registry, url: str, query: str, said: str
) -> None:
    async with connected(url) as client:
        await client.begin(registry.keys["admin"])
        payload: dict[str, Any] = {"query": query}
        if query.startswith("subscription a"):
            payload["operationName"] = "b"
        await client.say(type="subscribe", id="1", payload=payload)
        message = await client.hear()
        assert message["type"] == "error"
        for error in message["payload"]:
            assert error["extensions"]["code"] == "invalid_request"
        assert said in message["payload"][0]["message"]
        await client.say(type="ping")
        assert await client.hear() == {"type": "pong"}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "x",
        "[]",
        "7",
        "null",
        "{}",
        '{"type": 7}',
        '{"type": "unknown"}',
        '{"type": "start", "id": "1", "payload": {"query": ""}}',
        '{"type": "subscribe"}',
        '{"type": "subscribe", "id": "1"}',
        '{"type": "subscribe", "id": 1, "payload": {"query": ""}}',
        '{"type": "subscribe", "id": "1", "payload": "x"}',
        '{"type": "subscribe", "id": "1", "payload": {"query": 7}}',
        '{"type": "subscribe", "id": "1", "payload": {"query": "", "variables": []}}',
        '{"type": "subscribe", "payload": {"query": ""}}',
        "[" * 30_000,
        '{"type": "ping", "payload": ' + "[" * 30_000,
        b"\x00\xff",
        b'{"type": "ping"}',
    ],
)
async def test_what_is_no_message_ends_the_connection(
    registry: Registry, url: str, text: str | bytes
) -> None:
    async with connected(url) as client:
        await client.begin(registry.keys["admin"])
        await client.say_raw(text)
        assert (await client.end()).code == 4400


async def test_a_message_has_an_end(registry: Registry, url: str) -> None:
    async with connected(url) as client:
        await client.begin(registry.keys["admin"])
        await client.say(type="ping", payload={"x": "x" * MAX_MESSAGE_BYTES})
        assert (await client.end()).code == 1009


async def test_the_protocols_own_rules_hold(registry: Registry, url: str) -> None:
    async with connected(url) as client:
        await client.begin(registry.keys["admin"])
        await client.subscribe()
        await client.subscribe()
        assert (await client.end()).code == 4409
    async with connected(url) as client:
        await client.begin(registry.keys["admin"])
        await client.say(type="connection_init")
        assert (await client.end()).code == 4429


@pytest.mark.parametrize("offered", [["graphql-ws"], [], ["graphql-sse", "soap"]])
async def test_other_protocols_are_not_spoken(url: str, offered: list[str]) -> None:
    protocols = [Subprotocol(each) for each in offered] or None
    async with connected(url, subprotocols=protocols) as client:
        assert (await client.end()).code == 4406


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "x"])
async def test_pages_of_other_origins_are_refused(url: str, origin: str) -> None:
    with pytest.raises(InvalidStatus, match="403"):
        await connected(url, origin=Origin(origin)).__aenter__()


async def test_a_page_of_the_same_origin_may_connect(registry: Registry, url: str) -> None:
    async with connected(url, origin=Origin(url)) as client:
        await client.begin(registry.keys["admin"])


async def test_a_client_that_goes_away_leaves_nothing_behind(registry: Registry, url: str) -> None:
    before = len(asyncio.all_tasks())
    for _ in range(5):
        async with connected(url) as client:
            await client.begin(registry.keys["admin"])
            await client.subscribe(id="1")
            await client.subscribe(id="2", query=EVENTS)
    async with asyncio.timeout(10):
        while len(asyncio.all_tasks()) > before:  # noqa: ASYNC110 - tasks tell nobody
            await asyncio.sleep(0.02)


async def test_a_registry_that_stops_ends_its_subscriptions_and_goes(registry: Registry) -> None:
    with RegistryProcess(registry.database) as process:
        await process.start()
        async with connected(process.url) as client, connected(process.url) as idle:
            await client.begin(registry.keys["admin"])
            await client.subscribe()
            await idle.begin(registry.keys["beta"])
            async with asyncio.timeout(8):  # its grace is 10 s
                code = await process.stop()
            assert (await client.end()).code == 1012
    assert code in {0, -15}
