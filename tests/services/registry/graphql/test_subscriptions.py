"""Following the graph: every revision once, whatever happens to either side."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from websockets.exceptions import WebSocketException

from routeyard.domain.events import ModelWithdrawn
from services.registry.app import create_app
from services.registry.ledger import Batch
from services.registry.postgres.engine import driver_url
from services.registry.postgres.reads import PostgresReading
from services.registry.reads import Step
from services.registry.settings import RegistrySettings
from tests.builders import endpoint, event, released
from tests.services.registry.graphql.conftest import Registry, environment
from tests.services.registry.graphql.following import (
    Ended,
    RegistryProcess,
    connected,
    served,
    small_socket,
)

SET = """mutation($tenant: ID!, $name: String! = "rule", $target: ID! = "a/m", $reason: String!) {
    setOverride(tenant: $tenant, name: $name, kind: DENY, targetKind: MODEL, target: $target,
        reason: $reason) { revision } }"""
HEAD = "{ status { epoch revision } }"


@pytest.fixture
async def url(registry: Registry) -> AsyncIterator[str]:
    """The address of a second registry, on the same database."""
    app = create_app(RegistrySettings.read(environment(registry.database)))
    async with served(app) as address:
        yield address


async def point(registry: Registry) -> Any:
    return (await registry.ask(HEAD))["status"]


async def model(registry: Registry, name: str, *, at: str = "openai", **fields: Any) -> int:
    said = event(released(at, name, endpoint=at, **fields), id=f"{at} {name} {fields}")
    receipt = await registry.ledger.record(Batch([said]))
    assert receipt.is_new_revision
    return receipt.head.revision


async def test_each_commit_is_told_as_it_happens(registry: Registry, url: str) -> None:
    async with connected(url) as client:
        await client.begin(registry.keys["admin"])
        before = await point(registry)
        await client.subscribe(before)
        first = await registry.ask(SET, "tenant", tenant="acme", reason="first")
        revision = first["setOverride"]
        told = await client.event()

    actor = registry.keys["tenant"].split("_")[1]
    assert told.pop("committedAt")
    (change,) = told.pop("changes")
    assert told == {
        "epoch": before["epoch"],
        **revision,
        "actor": actor,
        "reason": "first",
        "isComplete": True,
    }
    assert (change["kind"], change["id"], change["change"]) == ("OVERRIDE", "acme/rule", "ADDED")
    assert change["revisions"] == [revision["revision"]]
    assert {"name": "target", "before": None, "after": "a/m"} in change["fields"]


async def test_without_a_point_it_begins_with_the_next_commit(registry: Registry, url: str) -> None:
    async with connected(url) as client:
        await client.begin(registry.keys["admin"])
        await client.subscribe()
        # Whether it has begun can only be told by what it tells.
        while True:
            revision = await model(registry, f"m{(await point(registry))['revision']}")
            try:
                async with asyncio.timeout(0.5):
                    told = await client.event()
            except TimeoutError:
                continue
            break
    assert told["revision"] == revision


async def test_everything_since_the_empty_graph_can_be_followed(
    registry: Registry, url: str
) -> None:
    head = await point(registry)
    async with connected(url) as client:
        await client.begin(registry.keys["admin"])
        await client.subscribe({"epoch": head["epoch"], "revision": 0})
        told = [(await client.event())["revision"] for _ in range(head["revision"])]
    assert told == list(range(1, head["revision"] + 1))


async def test_a_tenant_is_told_what_it_may_see_and_who_ordered_it_only_of_itself(
    registry: Registry, url: str
) -> None:
    before = await point(registry)
    await registry.ask(SET, tenant="beta", reason="not to be told")
    await registry.ledger.record(
        Batch([event(released("acme", "hidden", endpoint="acme-gpu"), id="h")])
    )
    public = await model(registry, "public")
    by_admin = (await registry.ask(SET, tenant="acme", reason="the platform's"))["setOverride"]
    own = await registry.ask(SET, "tenant", tenant="acme", name="own", reason="our own")

    async with connected(url) as beta, connected(url) as acme:
        await beta.begin(registry.keys["beta"])
        await beta.subscribe(before)
        told = [await beta.event() for _ in range(2)]
        await acme.begin(registry.keys["user"])
        await acme.subscribe(before)
        told_acme = [await acme.event() for _ in range(4)]

    assert [each["revision"] for each in told] == [before["revision"] + 1, public]
    assert [each["kind"] for each in told[1]["changes"]] == ["MODEL", "OFFERING", "RELEASE"]
    assert [(each["actor"], each["reason"]) for each in told] == [(None, None), (None, None)]
    assert "hidden" not in str(told)
    assert [each["revision"] for each in told_acme] == [
        before["revision"] + 2,
        public,
        by_admin["revision"],
        own["setOverride"]["revision"],
    ]
    makers = [(each["actor"], each["reason"]) for each in told_acme]
    tenant = registry.keys["tenant"].split("_")[1]
    assert makers == [(None, None)] * 3 + [(tenant, "our own")]
    assert "not to be told" not in str(told_acme)


async def test_what_a_tenant_loses_sight_of_is_gone_for_it(registry: Registry, url: str) -> None:
    """A model is there for operators while it is known; for a tenant while it is offered."""
    await model(registry, "brief")
    before = await point(registry)
    gone = event(ModelWithdrawn("openai", "brief", endpoint="openai"), id="w", seconds=9)
    await registry.ledger.record(Batch([gone]))
    async with connected(url) as client:
        await client.begin(registry.keys["beta"])
        await client.subscribe(before)
        told = await client.event()
    changes = {(each["kind"], each["change"]) for each in told["changes"]}
    assert ("OFFERING", "REMOVED") in changes
    assert ("MODEL", "REMOVED") in changes


async def test_a_point_of_another_graph_or_ahead_of_it_is_refused(
    registry: Registry, url: str
) -> None:
    head = await point(registry)
    async with connected(url) as client:
        await client.begin(registry.keys["admin"])
        await client.subscribe({**head, "epoch": "another"})
        error = await client.refusal()
        assert error["extensions"]["code"] == "out_of_step"
        assert "Read it anew" in error["message"]
        await client.subscribe({**head, "revision": head["revision"] + 1})
        error = await client.refusal()
        assert error["extensions"]["code"] == "invalid_request"
        await client.subscribe({**head, "revision": -1})
        assert (await client.refusal())["extensions"]["code"] == "invalid_request"
        await client.subscribe(head)
        revision = await model(registry, "m")
        assert (await client.event())["revision"] == revision


async def test_a_graph_that_is_restored_meanwhile_ends_the_subscription(
    registry: Registry, url: str
) -> None:
    async with connected(url) as client:
        await client.begin(registry.keys["admin"])
        await client.subscribe(await point(registry))
        engine = create_async_engine(driver_url(registry.database))
        async with engine.begin() as connection:
            await connection.execute(text("UPDATE head SET epoch = 'restored'"))
        await engine.dispose()
        assert (await client.refusal())["extensions"]["code"] == "out_of_step"


async def test_a_subscription_can_be_completed_and_its_id_used_again(
    registry: Registry, url: str
) -> None:
    async with connected(url) as client:
        await client.begin(registry.keys["admin"])
        await client.subscribe(await point(registry))
        await client.say(type="complete", id="1")
        await client.subscribe(await point(registry))
        revision = await model(registry, "m")
        assert (await client.event())["revision"] == revision


RESTARTS = 3


@pytest.mark.timeout(180)
async def test_a_restart_of_the_registry_loses_and_doubles_nothing(registry: Registry) -> None:
    """Commits go on while the followed process is killed, and stopped, and started again."""
    start = await point(registry)
    with RegistryProcess(registry.database) as process:
        await process.start()
        is_over = asyncio.Event()
        followers = {
            name: asyncio.create_task(follow(process.url, registry.keys[name], start, is_over))
            for name in ("admin", "beta")
        }
        number = iter(range(10_000))
        for restart in range(RESTARTS):
            for _ in range(10):
                await commit(registry, next(number))
            if restart % 2:
                assert await process.stop() in {0, -15}
            else:
                process.kill()
            for _ in range(10):
                await commit(registry, next(number))
            await process.start()
        await commit(registry, next(number))
        last = (await point(registry))["revision"]
        is_over.set()
        told = {name: await asyncio.wait_for(task, 60) for name, task in followers.items()}

    everything = list(range(start["revision"] + 1, last + 1))
    assert [each["revision"] for each in told["admin"]] == everything
    seen = [
        each["revision"]
        for each in told["admin"]
        if any(change["kind"] != "OVERRIDE" for change in each["changes"])
    ]
    assert [each["revision"] for each in told["beta"]] == seen
    assert 0 < len(seen) < len(everything)


async def commit(registry: Registry, number: int) -> None:
    """By turns what everyone sees, and what is acme's alone."""
    if number % 3:
        await registry.ask(SET, tenant="acme", name=f"rule-{number}", reason="r")
    else:
        await model(registry, f"m{number}")


async def follow(url: str, key: str, after: Any, is_over: asyncio.Event) -> list[Any]:
    """Follow through every disconnect, until nothing more comes once all is committed."""
    told: list[Any] = []
    while True:
        try:
            async with connected(url) as client:
                await client.begin(key)
                await client.subscribe(after)
                while True:
                    async with asyncio.timeout(3.0 if is_over.is_set() else 30.0):
                        told.append(await client.event())
                    after = {key: told[-1][key] for key in ("epoch", "revision")}
        except TimeoutError:
            return told
        except (Ended, OSError, WebSocketException):
            await asyncio.sleep(0.05)


async def test_a_slow_consumer_gets_everything_and_holds_nothing_up(
    registry: Registry, url: str
) -> None:
    start = await point(registry)
    async with connected(url) as slow, connected(url) as quick:
        for client in (slow, quick):
            await client.begin(registry.keys["admin"])
            await client.subscribe(start)
        long = "x" * 400
        for number in range(150):
            await registry.ask(SET, tenant="acme", target=f"a/{number}", reason=long)
        wanted = list(range(start["revision"] + 1, start["revision"] + 151))
        assert [(await quick.event())["revision"] for _ in wanted] == wanted
        assert [(await slow.event())["revision"] for _ in wanted] == wanted


MANY = " ".join(f"c{n}: changes {{ fields {{ name before after }} }}" for n in range(14))
LARGE = f"""subscription($after: GraphPoint) {{
    graphChanges(after: $after) {{ revision {MANY} }} }}"""


async def test_for_who_does_not_read_nothing_is_read_ahead(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: Counter[str | None] = Counter()
    kept = PostgresReading.step

    async def counted(reading: PostgresReading, revision: int, most: int) -> Step | None:
        steps[reading._viewer.tenant] += 1
        return await kept(reading, revision, most)

    monkeypatch.setattr(PostgresReading, "step", counted)
    app = create_app(RegistrySettings.read(environment(registry.database)))
    start, few, many = await point(registry), 4_096, 80
    async with (
        served(app, few) as url,
        connected(url, sock=small_socket(url, few), max_queue=1) as slow,
        connected(url) as quick,
    ):
        for client, key in ((slow, "user"), (quick, "admin")):
            await client.begin(registry.keys[key])
            await client.subscribe(start, LARGE)
        for number in range(many):
            target = "x" * 400 + str(number)
            await registry.ask(SET, "tenant", tenant="acme", target=target, reason="r" * 400)
        wanted = list(range(start["revision"] + 1, start["revision"] + many + 1))
        assert [(await quick.event())["revision"] for _ in wanted] == wanted
        assert steps[None] == many
        assert 0 < steps["acme"] < many / 2
        assert [(await slow.event())["revision"] for _ in wanted] == wanted


async def test_two_registries_on_one_database_tell_the_same(registry: Registry, url: str) -> None:
    app = create_app(RegistrySettings.read(environment(registry.database)))
    async with served(app) as other, connected(url) as one, connected(other) as two:
        head = await point(registry)
        for client in (one, two):
            await client.begin(registry.keys["admin"])
            await client.subscribe(head)
        await registry.ledger.record(Batch([event(endpoint("new"), id="n")]))
        assert await one.event() == await two.event()
