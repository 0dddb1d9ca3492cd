"""A tenant brings an endpoint of its own, and everything that becomes of it, as JSON.

    python -m tests.experiments.own_endpoint

A stand-in for vLLM on loopback wants a secret. The tenant's key registers it; routers use it for
that tenant and for nobody else, without a restart; the secret is rotated; the endpoint is taken
down; another one leaves with its tenant. At the end the secrets are looked for everywhere.
"""

import asyncio
import io
import json
import tempfile
import threading
import time
import uuid
from base64 import b64encode
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

import psycopg
from aiokafka import AIOKafkaConsumer, TopicPartition
from psycopg.sql import SQL, Identifier

from infra.local.console import Console
from infra.local.loopback import request
from infra.local.mock_endpoint import Behaviour, Serving, serving
from routeyard.kafka.clients import admin
from routeyard.runtime.settings import KafkaSettings
from tests.e2e.running import RunningStack, wait_until

SILENCES, MOST_S = 3, 6.0
LLAMA, OWN = "meta-llama/Llama-3.1-8B-Instruct", "acme-contracts-ft"
REGISTER = """mutation($input: EndpointInput!) { registerEndpoint(input: $input) {
    revision changes { kind id change } } }"""
ROTATE = """mutation($id: ID!, $secret: SecretInput!) { rotateSecret(id: $id, secret: $secret) {
    revision } }"""
TEST = """mutation($id: ID, $input: EndpointInput) { testEndpoint(id: $id, input: $input, waitS: 20)
    { reached status reason zone models { nativeId model isPrivate } } }"""
TAKE_DOWN = """mutation($id: ID!) { deregisterEndpoint(id: $id, reason: "moved") { revision } }"""
SHOW = """query($id: ID!) { endpoint(id: $id) { id url owner isEnabled hasSecret secretVersion
    offerings { nodes { nativeId modelId context } } health { state reason } } }"""
EVERYTHING = """{ status { revision } models(first: 50) { nodes { id name } }
    endpoints(first: 100) { nodes { id name url owner secretVersion } }
    offerings(first: 100) { nodes { id nativeId } } }"""
OPERATORS = """{ commits(first: 100) { nodes { actor reason } }
    deadLetters { nodes { id error body } } keyHistory(first: 50) { nodes { reason } } }"""


class Cast(NamedTuple):
    """Who takes part: two tenants' admins by key, and the stack."""

    running: RunningStack
    keys: dict[str, str]

    def order(self, who: str, query: str, **variables: Any) -> Any:
        """The whole answer to a query; errors are part of it."""
        return answer_of(
            f"{self.running.addresses.registry}/graphql",
            body={"query": query, "variables": variables},
            headers={"authorization": f"Bearer {self.keys[who]}"},
        )

    def done(self, who: str, query: str, **variables: Any) -> Any:
        """The data; an answer with errors is a fault."""
        answer = self.order(who, query, **variables)
        assert not answer.get("errors"), answer
        (data,) = answer["data"].values()
        return data

    def resolve(self, who: str, model: str, router: int = 0) -> Any:
        """What a router says to a key that asks for a model that can be called."""
        return answer_of(
            f"{self.running.addresses.routers[router]}/v1/resolve",
            body={"models": [model], "require": {"callable": True}},
            headers={"authorization": f"Bearer {self.keys[who]}"},
        )

    def chosen(self, who: str, model: str) -> set[str]:
        """The endpoints that the routers choose; a refusal is its code."""
        answers = [self.resolve(who, model, number) for number in (0, 1)]
        return {_endpoint(answer) for answer in answers}


def answer_of(url: str, **more: Any) -> Any:
    """A JSON answer, whatever its status."""
    return json.loads(request(url, timeout_s=30.0, **more)[1])


def _endpoint(answer: Any) -> str:
    if (chosen := answer.get("chosen")) is not None:
        return str(chosen["endpoint"])
    return str(answer.get("error", {}).get("code", "nothing"))


def cast(running: RunningStack) -> Cast:
    """Two tenants with admins of their own; acme's endpoints may be on this machine."""
    number = uuid.uuid4().hex[:6]
    keys = dict(running.addresses.keys)
    for name, networks in (("acme", ["127.0.0.0/8"]), ("beta", [])):
        tenant = f"{name}-{number}"
        running.query(
            "mutation($id: ID!, $name: String!, $networks: [String!]) { "
            "createTenant(id: $id, name: $name, "
            "allowedNetworks: $networks) { revision } }",
            id=tenant,
            name=tenant,
            networks=networks,
        )
        made = running.query(
            'mutation($id: ID!) { issueKey(role: TENANT_ADMIN, label: "story", tenant: $id) '
            "{ key } }",
            id=tenant,
        )
        keys |= {name: made["issueKey"]["key"], f"{name} id": tenant}
    found = Cast(running, keys)
    wait_until(
        lambda: found.chosen("acme", "none") == found.chosen("beta", "none") == {"invalid_request"},
        "routers know the keys",
    )
    return found


def tell(running: RunningStack) -> dict[str, Any]:
    """The whole story; what is measured is in milliseconds."""
    secrets = [f"canary-{uuid.uuid4().hex}" for _ in range(3)]
    behaviour = Behaviour(key=secrets[0])
    found = cast(running)
    tenant = found.keys["acme id"]
    own, endpoint = f"@{tenant}/{OWN}", f"{tenant}/gpu"
    story: dict[str, Any] = {"tenant": tenant}
    with standing_in(behaviour) as at:
        wanted = {
            "name": "gpu",
            "url": at.url,
            "server": "VLLM",
            "hosting": "ON_PREM",
            "residency": ["EU"],
            "secret": {"value": secrets[0]},
            "models": [{"nativeId": OWN, "capabilities": [{"tag": "tool_use"}]}],
        }
        wrong = {**wanted, "secret": {"value": secrets[2]}}
        story["tried with a wrong secret"] = found.done("acme", TEST, input=wrong)
        story["tried"] = found.done("acme", TEST, input=wanted)
        started = time.perf_counter()
        story["registered"] = found.done("acme", REGISTER, input=wanted)
        wait_until(lambda: found.chosen("acme", own) == {endpoint}, "routers use it")
        story["used after_ms"] = round((time.perf_counter() - started) * 1e3)
        wait_until(lambda: len(_offerings(found, endpoint)) == 2, "it is found out what it serves")
        story["found after_ms"] = round((time.perf_counter() - started) * 1e3)
        wait_until(lambda: _health(found, endpoint) == {"HEALTHY"}, "it is healthy")
        story["shown to its owner"] = found.done("acme", SHOW, id=endpoint)
        story["shown to another"] = found.done("beta", SHOW, id=endpoint)
        story["chosen for another"] = sorted(found.chosen("beta", own))
        story["tested"] = found.done("acme", TEST, id=endpoint)
        behaviour.key = secrets[1]
        story["tested with an old secret"] = found.done("acme", TEST, id=endpoint)
        wait_until(lambda: _health(found, endpoint) == {"UNHEALTHY"}, "its health tells of it")
        story["health with an old secret"] = found.done("acme", SHOW, id=endpoint)["health"]
        found.done("acme", ROTATE, id=endpoint, secret={"value": secrets[1]})
        story["tested with the new one"] = found.done("acme", TEST, id=endpoint)
        wait_until(lambda: _health(found, endpoint) == {"HEALTHY"}, "it is healthy again")
        story["taken down by another"] = found.order("beta", TAKE_DOWN, id=endpoint)
        story["taken down"] = found.done("acme", TAKE_DOWN, id=endpoint)
        wait_until(lambda: found.chosen("acme", own) == {"invalid_request"}, "nobody uses it")
        found.done("acme", REGISTER, input={**wanted, "secret": {"value": secrets[1]}})
        wait_until(lambda: found.chosen("acme", own) == {endpoint}, "routers use it again")
        story["offboarded"] = running.query(
            'mutation($id: ID!) { offboardTenant(id: $id, reason: "left") { revision } }', id=tenant
        )["offboardTenant"]
        wait_until(lambda: found.chosen("acme", own) == {"unauthenticated"}, "its keys are gone")
        story["secrets left"] = secrets_left(running, tenant)
    told = sorted({secrets.index(each) for each in behaviour.shown if each in secrets})
    story["secrets that arrived"] = told
    story["strangers that arrived"] = len([e for e in behaviour.shown if e not in secrets])
    story["places searched"], story["canaries found"] = hunt(found, secrets)
    return story


def _offerings(found: Cast, endpoint: str) -> list[Any]:
    shown = found.done("acme", SHOW, id=endpoint)
    nodes: list[Any] = shown["offerings"]["nodes"]
    return nodes


def _health(found: Cast, endpoint: str) -> set[str]:
    return {each["state"] for each in found.done("acme", SHOW, id=endpoint)["health"]}


def secrets_left(running: RunningStack, tenant: str) -> int:
    """How many sealed secrets of a tenant the database still holds."""
    with psycopg.connect(running.addresses.database) as connection:
        row = connection.execute(
            "SELECT count(*) FROM endpoint_secret WHERE owner = %s AND sealed IS NOT NULL",
            (tenant,),
        ).fetchone()
    return int(row[0]) if row else -1


def hunt(found: Cast, secrets: list[str]) -> tuple[int, list[str]]:
    """How many places were searched for the secrets, and in which they were found."""
    places = dict(_places(found))
    forms = [
        form
        for secret in secrets
        for form in (secret, secret.encode().hex(), b64encode(secret.encode()).decode()[:-4])
    ]
    return len(places), [name for name, text in places.items() if any(f in text for f in forms)]


def _places(found: Cast) -> Iterator[tuple[str, str]]:
    addresses = found.running.addresses
    for who, query in (("admin", EVERYTHING), ("admin", OPERATORS), ("beta", EVERYTHING)):
        yield f"GraphQL {who} {query[:12]}", json.dumps(found.order(who, query))
    for name, url in addresses.services().items():
        for path in ("/metrics", "/v1/status"):
            headers = {"authorization": f"Bearer {addresses.keys['service']}"}
            yield f"{name}{path}", request(f"{url}{path}", headers=headers)[1].decode()
    for file in sorted((found.running.stack.data_dir / "logs").glob("*")):
        yield f"log {file.name}", file.read_text(encoding="utf-8", errors="replace")
    yield from _tables(addresses.database)
    yield from asyncio.run(_topics(addresses.kafka))


def _tables(database: str) -> Iterator[tuple[str, str]]:
    with psycopg.connect(database) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        for (table,) in tables:
            rows = connection.execute(SQL("SELECT t::text FROM {} t").format(Identifier(table)))
            yield f"table {table}", "\n".join(row[0] for row in rows)


async def _topics(kafka: str) -> list[tuple[str, str]]:
    """Every record of every topic of ours, in full."""
    settings = KafkaSettings(bootstrap=kafka, is_development=True)
    client = admin(settings, "hunt")
    await client.start()
    try:
        names = [each for each in await client.list_topics() if each.startswith("routeyard.")]
        counts = {
            each["topic"]: len(each["partitions"]) for each in await client.describe_topics(names)
        }
    finally:
        await client.close()
    return [(f"topic {name}", await _topic(kafka, name, counts[name])) for name in sorted(names)]


async def _topic(kafka: str, name: str, partitions: int) -> str:
    parts = [TopicPartition(name, part) for part in range(partitions)]
    consumer = AIOKafkaConsumer(bootstrap_servers=kafka, enable_auto_commit=False)
    await consumer.start()
    try:
        consumer.assign(parts)
        await consumer.seek_to_beginning(*parts)
        return "\n".join([text async for text in _records(consumer)])
    finally:
        await consumer.stop()


async def _records(consumer: AIOKafkaConsumer) -> AsyncIterator[str]:
    """All there are; what is still being written, as bookmarks are, has an end all the same."""
    deadline, silent = time.monotonic() + MOST_S, 0
    while silent < SILENCES and time.monotonic() < deadline:
        batch = await consumer.getmany(timeout_ms=300)
        silent = 0 if batch else silent + 1
        for record in (each for records in batch.values() for each in records):
            yield f"{record.key!r} {record.value!r} {record.headers!r}"


@contextmanager
def standing_in(behaviour: Behaviour) -> Iterator[Serving]:
    """A stand-in for vLLM in a thread of its own."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def run(work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, loop).result(20)

    manager = serving("vllm", models=(LLAMA, OWN), behaviour=behaviour)
    try:
        yield run(manager.__aenter__())
    finally:
        run(manager.__aexit__(None, None, None))
        loop.call_soon_threadsafe(loop.stop)
        thread.join(20)
        loop.close()


def main() -> None:
    """Tell it on a stack of its own."""
    with (
        tempfile.TemporaryDirectory(prefix="routeyard-own-") as folder,
        RunningStack(Path(folder), console=Console(io.StringIO())) as running,
    ):
        print(json.dumps(tell(running), indent=1))  # noqa: T201 - its result


if __name__ == "__main__":
    main()
