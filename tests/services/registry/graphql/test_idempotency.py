"""Orders under an idempotency key are carried out once, whatever happens in between."""

import asyncio
import json
import subprocess
import sys
from typing import Any

import httpx
import psycopg
import pytest

from routeyard.domain.errors import InvalidRequest, Unavailable, Unsealable
from routeyard.domain.tenancy import Principal, Role, Scope
from routeyard.wire.sealing import SealingKeys, close, opened
from services.registry import idempotency
from services.registry.idempotency import Answer, Draw, Keyed, Requests
from services.registry.ledger import Batch, Receipt
from services.registry.postgres.ledger import PostgresLedger
from tests.fakes.idempotency import MemoryRequests
from tests.services.registry.graphql.conftest import Registry, environment

SET = """mutation($name: String! = "rule", $target: ID! = "a/m") {
    setOverride(tenant: "acme", name: $name, kind: DENY, targetKind: MODEL, target: $target,
        reason: "because") { revision changes { id change fields { name after } } } }"""
REMOVE = """mutation { removeOverride(tenant: "acme", name: "rule", reason: "over") {
    revision changes { id change } } }"""
ISSUE = 'mutation { issueKey(role: SERVICE, label: "robot") { keyId key } }'
ROTATE = 'mutation { rotateKey(keyId: "BETA", reason: "it is old") { keyId key } }'
TWO = """mutation {
    a: createTenant(id: "t1", name: "One") { revision }
    b: createTenant(id: "t2", name: "Two") { revision } }"""


async def order(
    registry: Registry, query: str, idempotency: str = "k", key: str = "admin", **variables: Any
) -> httpx.Response:
    body = {"query": query, "variables": variables}
    return await registry.post(body, key, **{"idempotency-key": idempotency})


async def revision(registry: Registry) -> int:
    return int((await registry.ask("{ revision }"))["revision"])


def rows(registry: Registry, query: str) -> list[tuple[Any, ...]]:
    with psycopg.connect(registry.database) as connection:
        return connection.execute(query.encode()).fetchall()


async def test_the_same_order_again_is_answered_byte_for_byte_and_not_carried_out(
    registry: Registry,
) -> None:
    first = await order(registry, SET)
    between = await order(registry, SET, "other", target="a/n")
    again = await order(registry, SET)

    assert first.json()["data"]["setOverride"]["changes"]
    assert (again.content, again.status_code) == (first.content, 200)
    assert again.headers["idempotency-replayed"] == "true"
    assert "idempotency-replayed" not in first.headers
    assert await revision(registry) == between.json()["data"]["setOverride"]["revision"]


async def test_another_order_under_the_key_is_refused(registry: Registry) -> None:
    await order(registry, SET)
    before = await revision(registry)
    other = await order(registry, SET, target="a/n")

    assert other.status_code == 409
    (error,) = other.json()["errors"]
    assert error["extensions"]["code"] == "idempotency_conflict"
    assert await revision(registry) == before


async def test_a_key_is_its_callers_own(registry: Registry) -> None:
    first = await order(registry, SET, key="admin")
    tenants = await order(registry, SET, key="tenant")
    foreign = await order(registry, SET, key="user")

    for answer in (tenants, foreign):
        assert "idempotency-replayed" not in answer.headers
        assert answer.content != first.content
    assert foreign.json()["errors"][0]["extensions"]["code"] == "not_allowed"


async def test_a_refusal_is_an_answer_too(registry: Registry) -> None:
    first = await order(registry, SET, key="user")
    again = await order(registry, SET, key="user")
    assert (again.content, again.headers["idempotency-replayed"]) == (first.content, "true")


async def test_a_refused_document_is_answered_as_before(registry: Registry) -> None:
    wrong = "mutation { revokeKey(keyId: 7) }"
    first, again = await order(registry, wrong), await order(registry, wrong)
    assert again.content == first.content


async def test_queries_take_no_key(registry: Registry) -> None:
    for _ in range(2):
        answer = await order(registry, "{ revision }")
        assert "idempotency-replayed" not in answer.headers
    assert rows(registry, "SELECT * FROM idempotency") == []


@pytest.mark.parametrize("key", ["", "x" * 256, "a\tb", "\xfc"])
async def test_a_key_has_a_form(registry: Registry, key: str) -> None:
    headers = [
        (b"authorization", f"Bearer {registry.keys['admin']}".encode()),
        (b"idempotency-key", key.encode("latin-1")),
    ]
    answer = await registry.http.post("/graphql", json={"query": SET}, headers=headers)
    assert answer.status_code == 400
    assert "1 to 255 printable" in answer.text


async def test_there_is_one_key(registry: Registry) -> None:
    headers = [("authorization", f"Bearer {registry.keys['admin']}")]
    headers += [("idempotency-key", "a"), ("idempotency-key", "b")]
    answer = await registry.http.post("/graphql", json={"query": SET}, headers=headers)
    assert answer.status_code == 400


async def test_of_many_at_once_one_is_carried_out_and_all_get_its_answer(
    registry: Registry,
) -> None:
    before = await revision(registry)
    answers = await asyncio.gather(*(order(registry, SET) for _ in range(40)))

    assert len({answer.content for answer in answers}) == 1
    assert sum("idempotency-replayed" not in answer.headers for answer in answers) == 1
    assert await revision(registry) == before + 1


async def test_what_failed_for_want_of_a_component_is_done_when_it_is_there(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = PostgresLedger.record

    async def fail_on_the_second(self: PostgresLedger, batch: Batch) -> Receipt:
        if "t2" in batch.reason:
            raise Unavailable("The database is away.")
        return await kept(self, batch)

    before = await revision(registry)
    monkeypatch.setattr(PostgresLedger, "record", fail_on_the_second)
    first = await order(registry, TWO)
    assert first.json()["errors"][0]["extensions"]["code"] == "unavailable"
    assert await revision(registry) == before + 1

    monkeypatch.setattr(PostgresLedger, "record", kept)
    again = await order(registry, TWO)
    assert again.json()["data"] == {"a": {"revision": before + 1}, "b": {"revision": before + 2}}
    assert "idempotency-replayed" not in again.headers
    assert (await order(registry, TWO)).content == again.content
    assert await revision(registry) == before + 2


async def test_a_new_key_is_not_in_the_database_in_the_clear(registry: Registry) -> None:
    first = await order(registry, ISSUE)
    made = first.json()["data"]["issueKey"]
    secret = made["key"].split("_")[2][:32]

    assert (await order(registry, ISSUE)).content == first.content
    (stored,) = rows(registry, "SELECT sealed FROM idempotency")
    assert secret.encode() not in stored[0]
    assert made["keyId"].encode() not in stored[0]
    for (table,) in rows(registry, "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"):
        for (row,) in rows(registry, f"SELECT t::text FROM {table} AS t"):  # noqa: S608 - its own tables
            assert secret not in row, table
            assert secret.encode().hex() not in row, table


async def test_a_stored_answer_cannot_be_moved_to_another_key(registry: Registry) -> None:
    await order(registry, ISSUE, "one")
    await order(registry, ISSUE, "two")
    with psycopg.connect(registry.database) as connection:
        connection.execute(
            "UPDATE idempotency SET sealed = (SELECT sealed FROM idempotency WHERE key = 'one')"
        )
    assert (await order(registry, ISSUE, "one")).status_code == 200
    moved = await order(registry, ISSUE, "two")
    assert moved.status_code == 409
    assert "ry_" not in moved.text


CRASH = """
import asyncio, json, os, sys
import httpx
from services.registry import app
from services.registry.postgres.idempotency import PostgresRequests
from services.registry.settings import RegistrySettings

async def crash(self, keyed, sealed):
    os._exit(137)

async def main(environment, body, headers):
    PostgresRequests.answer = crash
    registry = app.create_app(RegistrySettings.read(environment))
    transport = httpx.ASGITransport(app=registry)
    async with registry.running(), httpx.AsyncClient(transport=transport) as http:
        await http.post("http://registry/graphql", json=body, headers=headers)

asyncio.run(main(*json.loads(sys.stdin.read())))
"""


def crash_after_the_commit(registry: Registry, query: str, key: str = "admin") -> None:
    """A registry process that takes an order and is killed before its answer is stored."""
    headers = {"authorization": f"Bearer {registry.keys[key]}", "idempotency-key": "k"}
    told = json.dumps([environment(registry.database), {"query": query, "variables": {}}, headers])
    done = subprocess.run(
        [sys.executable, "-c", CRASH], input=told, text=True, timeout=60, check=False
    )
    assert done.returncode == 137


@pytest.mark.parametrize("query", [SET, TWO, REMOVE, ISSUE, ROTATE])
async def test_a_crash_between_the_commit_and_the_storing_does_not_do_it_twice(
    registry: Registry, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    await registry.ask(SET, name="rule", target="a/other")
    query = query.replace("BETA", registry.keys["beta"].split("_")[1])
    crash_after_the_commit(registry, query)
    after = await revision(registry)
    keys = rows(registry, "SELECT key_id FROM api_key")
    with psycopg.connect(registry.database) as connection:  # its time is over
        connection.execute("UPDATE idempotency SET held_until = clock_timestamp()")

    again = await order(registry, query)

    answer = again.json()
    assert "errors" not in answer, answer
    assert await revision(registry) == after
    assert rows(registry, "SELECT key_id FROM api_key") == keys
    for told in answer["data"].values():
        if "keyId" in told:
            assert (told["keyId"],) in keys
            works = {"authorization": f"Bearer {told['key']}"}
            asked = {"query": "{ revision }"}
            posted = await registry.http.post("/graphql", json=asked, headers=works)
            assert posted.status_code == 200
        else:
            assert told["revision"] <= after
            assert told.get("changes", [1])
    assert (await order(registry, query)).content == again.content


async def test_a_repeated_order_waits_for_the_one_that_is_carried_out() -> None:
    requests = made()
    may_end = asyncio.Event()

    async def slow(_: Draw) -> Answer:
        await may_end.wait()
        return Answer(200, b"done")

    first = asyncio.create_task(requests.once(ASKED, slow))
    await asyncio.sleep(0)
    second = asyncio.create_task(requests.once(ASKED, never))
    may_end.set()
    assert await first == Answer(200, b"done")
    assert await second == Answer(200, b"done", is_replayed=True)


async def test_waiting_has_an_end() -> None:
    requests = made()._replace(wait_s=0.0)
    await requests.store.begin(ASKED, b"seed", 60)
    with pytest.raises(Unavailable, match="is being carried out"):
        await requests.once(ASKED, never)


async def test_a_request_that_is_cancelled_is_let_go() -> None:
    requests = made()

    async def cancelled(_: Draw) -> Answer:
        raise asyncio.CancelledError

    with pytest.raises(asyncio.CancelledError):
        await requests.once(ASKED, cancelled)
    assert await requests.once(ASKED, lambda _: _done()) == Answer(200, b"done")


async def test_every_try_draws_the_same_and_every_place_something_else() -> None:
    requests, drawn = made(), []

    async def draw(draw: Draw) -> Answer:
        drawn.append([draw.of(place)(size) for place in ("a", "b") for size in (32, 42)])
        return Answer(200, b"", is_final=len(drawn) == 2)

    await requests.once(ASKED, draw)
    await requests.once(ASKED, draw)
    assert drawn[0] == drawn[1]
    assert len({each[:16] for each in drawn[0]}) == 4


def test_an_answer_is_opened_for_its_own_request_alone() -> None:
    keys = SealingKeys(b"k" * 32)
    sealed = close(b"text", ASKED.name, keys, lambda number: b"n" * number)
    assert opened(sealed, ASKED.name, SealingKeys(b"x" * 32, b"k" * 32)) == b"text"
    for name in (ASKED._replace(key="other").name, ASKED._replace(scope="other").name):
        with pytest.raises(Unsealable):
            opened(sealed, name, keys)
    with pytest.raises(Unsealable):
        opened(sealed, ASKED.name, SealingKeys(b"x" * 32))


def test_who_has_no_name_has_no_keys() -> None:
    nobody = Principal(role=Role.SERVICE, scope=Scope())
    with pytest.raises(InvalidRequest):
        idempotency.keyed("k", nobody, b"")


ASKED = Keyed("scope", "key", b"digest")


def made() -> Requests:
    number = iter(range(1, 1_000))
    return Requests(
        MemoryRequests(),
        SealingKeys(b"k" * 32),
        lambda size: next(number).to_bytes(size, "big"),
    )


async def never(_: Draw) -> Answer:
    raise AssertionError("it must not be carried out again")


async def _done() -> Answer:
    return Answer(200, b"done")
