"""A tenant brings an endpoint of its own, and everything that becomes of it, as JSON.

    python -m tests.experiments.own_endpoint

On Apache Kafka, where it can be run. A stand-in for vLLM on loopback wants a secret. The tenant's
key registers it; routers use it for that tenant and for nobody else, without a restart; the secret
is rotated; the endpoint moves; it is taken down; another one leaves with its tenant. The secrets
are looked for everywhere while they are in use, and again at the end.
"""

from __future__ import annotations

import asyncio
import io
import json
import tempfile
import threading
import time
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

from infra.local.console import Console
from infra.local.kafka import ApacheKafka, why_unavailable
from infra.local.loopback import request
from infra.local.mock_endpoint import Behaviour, Serving, serving
from infra.local.tansu import Tansu
from tests.e2e import canary
from tests.e2e.canary import Place
from tests.e2e.running import RunningStack, wait_until

LLAMA, OWN = "meta-llama/Llama-3.1-8B-Instruct", "contracts-ft"
KNOWN = "meta/llama-3.1-8b-instruct"
REGISTER = """mutation($input: EndpointInput!) { registerEndpoint(input: $input) {
    revision changes { kind id change } } }"""
UPDATE = """mutation($id: ID!, $input: EndpointChange!) { updateEndpoint(id: $id, input: $input) {
    revision } }"""
ROTATE = """mutation($id: ID!, $secret: SecretInput!) { rotateSecret(id: $id, secret: $secret) {
    revision } }"""
TEST = """mutation($id: ID, $input: EndpointInput, $wait: Int! = 20) {
    testEndpoint(id: $id, input: $input, waitS: $wait) {
    reached status reason zone models { nativeId model isPrivate } } }"""
TAKE_DOWN = """mutation($id: ID!) { deregisterEndpoint(id: $id, reason: "moved") { revision } }"""
SHOW = """query($id: ID!) { endpoint(id: $id) { id url owner isEnabled hasSecret secretVersion
    offerings { nodes { nativeId modelId context } } health { state reason } } }"""
HISTORY = """query($id: ID!) { history(id: $id, kind: ENDPOINT) { nodes { revision change
    fields { name before after } events { id type } } } }"""
CREATE = """mutation($id: ID!, $networks: [String!]) { createTenant(id: $id, name: "Story",
    allowedNetworks: $networks) { revision } }"""
ISSUE = (
    """mutation($id: ID!) { issueKey(role: TENANT_ADMIN, label: "story", tenant: $id) { key } }"""
)
LEAVE = 'mutation($id: ID!) { offboardTenant(id: $id, reason: "left") { revision } }'
LISTS = (
    "{ status { revision } models(first: 100) { nodes { id name } } }",
    "{ endpoints(first: 100) { nodes { id name url owner secretVersion } } }",
    "{ offerings(first: 100) { nodes { id nativeId } } }",
    "{ commits(first: 100) { nodes { actor reason } } }",
    "{ deadLetters { nodes { id error body } } keyHistory(first: 50) { nodes { reason } } }",
)


class Told:
    """Who takes part: two tenants' admins by key. Every answer that anybody gets is kept."""

    def __init__(self, running: RunningStack) -> None:
        self.running = running
        self.keys = dict(running.addresses.keys)
        self.answers: list[Place] = []
        self.tenants: dict[str, str] = {}

    def join(self, name: str, networks: list[str]) -> None:
        """Let a tenant join, with an admin."""
        tenant = f"{name}-{uuid.uuid4().hex[:6]}"
        self.done("admin", CREATE, id=tenant, networks=networks)
        self.keys[name] = self.done("admin", ISSUE, id=tenant)["key"]
        self.tenants[name] = tenant

    def ask(self, who: str, query: str, **variables: Any) -> Any:
        """The whole answer to a query; errors are part of it."""
        url = f"{self.running.addresses.registry}/graphql"
        return self._answer(url, who, {"query": query, "variables": variables})

    def done(self, who: str, query: str, **variables: Any) -> Any:
        """The data; an answer with errors is a fault."""
        answer = self.ask(who, query, **variables)
        assert not answer.get("errors"), answer
        (data,) = answer["data"].values()
        return data

    def resolve(self, who: str, model: str, router: int = 0) -> Any:
        """What a router says, with every reason, to a key that asks for a model."""
        url = f"{self.running.addresses.routers[router]}/v1/resolve"
        body = {"models": [model], "require": {"callable": True}, "explain": True}
        return self._answer(url, who, body)

    def chosen(self, who: str, model: str) -> set[str]:
        """The endpoints that the routers choose; a refusal is its code."""
        return {_endpoint(self.resolve(who, model, router)) for router in (0, 1)}

    def _answer(self, url: str, who: str, body: Any) -> Any:
        headers = {"authorization": f"Bearer {self.keys[who]}"}
        content = request(url, body=body, headers=headers, timeout_s=30.0)[1]
        self.answers.append(Place(f"answer to {who} from {url}", content))
        return json.loads(content)


def _endpoint(answer: Any) -> str:
    if (chosen := answer.get("chosen")) is not None:
        return str(chosen["endpoint"])
    return str(answer.get("error", {}).get("code", "none"))


class Story:
    """What happens, in its order; each method tells what came of it."""

    def __init__(self, told: Told, at: Serving, behaviour: Behaviour) -> None:
        self._told, self._at, self._behaviour = told, at, behaviour
        self.secrets = [f"canary-{uuid.uuid4().hex}" for _ in range(4)]
        self.tenant = told.tenants["acme"]
        self.endpoint = f"{self.tenant}/gpu"
        self.own = f"@{self.tenant}/{OWN}"
        behaviour.key = self.secrets[0]

    def wanted(self, secret: int) -> dict[str, Any]:
        """The endpoint as its owner sets it up."""
        return {
            "name": "gpu",
            "url": self._at.url,
            "server": "VLLM",
            "hosting": "ON_PREM",
            "residency": ["EU"],
            "secret": {"value": self.secrets[secret]},
            "models": [{"nativeId": OWN, "capabilities": [{"tag": "tool_use"}]}],
        }

    def tried_out(self) -> dict[str, Any]:
        """Before it is set up: with a secret that is wrong, with the right one, and too slow."""
        wrong, right = (self._do(TEST, input=self.wanted(number)) for number in (3, 0))
        self._behaviour.latency_ms = 60_000.0
        slow = self._do(TEST, input=self.wanted(0), wait=2)
        self._behaviour.latency_ms = 0.0
        return {"with a wrong secret": wrong, "with the right one": right, "too slow": slow}

    def registered(self) -> dict[str, Any]:
        """Set up; used by both routers, found out what it serves, and healthy."""
        began = time.perf_counter()
        told = {"effect": self._do(REGISTER, input=self.wanted(0))}
        self._until(lambda: self.chosen() == {self.endpoint}, "routers use it")
        told["used after_ms"] = _since(began)
        self._until(lambda: len(self.shown()["offerings"]["nodes"]) == 2, "it is found out")
        told["found after_ms"] = _since(began)
        self._until(lambda: self.health() == {"HEALTHY"}, "it is healthy")
        return told | {"shown": self.shown()}

    def seen_by_others(self) -> dict[str, Any]:
        """What another tenant, and its routers, know of it: nothing."""
        known = {name: self._told.resolve(name, KNOWN) for name in ("acme", "beta")}
        return {
            "endpoint": self._told.done("beta", SHOW, id=self.endpoint),
            "chosen for its own model": sorted(self._told.chosen("beta", self.own)),
            "chosen for a known model": {
                name: self.endpoint in json.dumps(answer) for name, answer in known.items()
            },
            "considered more": known["acme"]["considered"] - known["beta"]["considered"],
        }

    def rotated(self) -> dict[str, Any]:
        """The server wants another secret; its owner gives it."""
        self._behaviour.key = self.secrets[1]
        old = self._do(TEST, id=self.endpoint)
        self._until(lambda: self.health() == {"UNHEALTHY"}, "its health tells of it")
        health = self.shown()["health"]
        self._do(ROTATE, id=self.endpoint, secret={"value": self.secrets[1]})
        new = self._do(TEST, id=self.endpoint)
        self._until(lambda: self.health() == {"HEALTHY"}, "it is healthy again")
        self._behaviour.shown.clear()
        self._until(lambda: len(self._behaviour.shown) > 2, "it is probed on")
        return {
            "with the old one": old,
            "health": health,
            "with the new one": new,
            "version": self.shown()["secretVersion"],
            "shown since": self.which(self._behaviour),
        }

    def moved(self) -> dict[str, Any]:
        """To another address: the secret does not go along unless it is given again."""
        elsewhere = Behaviour(key=self.secrets[2])
        with standing_in(elsewhere) as there:
            refused = self._told.ask("acme", UPDATE, id=self.endpoint, input={"url": there.url})
            before = self.which(elsewhere)
            given = {"url": there.url, "secret": {"value": self.secrets[2]}}
            self._do(UPDATE, id=self.endpoint, input=given)
            told = self._do(TEST, id=self.endpoint)
            self._until(lambda: self.health() == {"HEALTHY"}, "it is healthy there")
            here = {"url": self._at.url, "secret": {"value": self.secrets[1]}}
            self._do(UPDATE, id=self.endpoint, input=here)
            back = self._do(TEST, id=self.endpoint)
        return {
            "without the secret": refused["errors"][0]["extensions"],
            "shown before it was given": before,
            "with it": told["reason"],
            "back": back["reason"],
            "shown there": self.which(elsewhere),
            "shown here": self.which(self._behaviour),
        }

    def taken_down(self) -> dict[str, Any]:
        """By another it is not; by its owner it is."""
        other = self._told.ask("beta", TAKE_DOWN, id=self.endpoint)
        done = self._do(TAKE_DOWN, id=self.endpoint)
        self._until(lambda: self.chosen() == {"invalid_request"}, "nobody uses it")
        left = canary.secrets_left(self._told.running, self.tenant)
        return {"by another": other, "by its owner": done, "secrets left": left}

    def offboarded(self) -> dict[str, Any]:
        """It is set up once more, and its tenant leaves."""
        self._do(REGISTER, input=self.wanted(1))
        self._until(lambda: self.chosen() == {self.endpoint}, "routers use it again")
        effect = self._told.done("admin", LEAVE, id=self.tenant)
        self._until(lambda: self.chosen() == {"unauthenticated"}, "its keys are gone")
        return {
            "effect": effect,
            "secrets left": canary.secrets_left(self._told.running, self.tenant),
            "shown": self._told.done("admin", SHOW, id=self.endpoint),
        }

    def hunted(self) -> dict[str, Any]:
        """Where the secrets are found, in the clear and sealed. `searched` proves the search."""
        for who in ("admin", "acme", "beta"):
            for query in LISTS:
                self._told.ask(who, query)
            self._told.ask(who, HISTORY, id=self.endpoint)
        records = canary.all_records(self._told.running.addresses.kafka)
        places = [*self._told.answers, *canary.places(self._told.running, records)]
        told = canary.told_of(self.endpoint, records)
        named = canary.found([self._at.url], places)
        return {
            "places": len(places),
            "bytes": sum(len(place.content) for place in places),
            "searched": sorted(name for name in named if not name.startswith("answer")),
            "found in": canary.found(self.secrets, places),
            "sealed in": sorted(canary.where_sealed(told, places)),
            "versions told": [each and each.version for each in told],
        }

    def which(self, behaviour: Behaviour) -> list[int]:
        """Which of the secrets a server was shown; -1 is a stranger."""
        known = {secret: number for number, secret in enumerate(self.secrets)}
        return sorted({known.get(each, -1) for each in behaviour.shown})

    def chosen(self) -> set[str]:
        """The endpoints that routers choose for its owner's own model."""
        return self._told.chosen("acme", self.own)

    def shown(self) -> Any:
        """The endpoint as its owner sees it."""
        return self._told.done("acme", SHOW, id=self.endpoint)

    def health(self) -> set[str]:
        """Its states."""
        return {each["state"] for each in self.shown()["health"]}

    def _do(self, query: str, **variables: Any) -> Any:
        return self._told.done("acme", query, **variables)

    def _until(self, is_so: Callable[[], bool], what: str) -> None:
        wait_until(is_so, what, 45)


def tell(running: RunningStack) -> dict[str, Any]:
    """The whole story; what is measured is in milliseconds."""
    told, behaviour = Told(running), Behaviour(key="none yet")
    told.join("acme", ["127.0.0.0/8"])
    told.join("beta", [])
    wait_until(
        lambda: told.chosen("acme", "none") == told.chosen("beta", "none") == {"invalid_request"},
        "routers know the keys",
    )
    pids = running.stack.pids()
    with standing_in(behaviour) as at:
        story = Story(told, at, behaviour)
        done: dict[str, Any] = {"endpoint": story.endpoint}
        done["tried out"] = story.tried_out()
        done["registered"] = story.registered()
        done["seen by others"] = story.seen_by_others()
        done["restarts"] = len(pids.items() ^ running.stack.pids().items())
        done["hunted in use"] = _after_a_restart(running, story)
        for name in ("rotated", "moved", "taken_down", "offboarded"):
            done[name.replace("_", " ")] = getattr(story, name)()
        done["hunted at the end"] = story.hunted()
    return done


def _after_a_restart(running: RunningStack, story: Story) -> dict[str, Any]:
    """All is announced again, and a snapshot is made of the graph as it is now."""
    running.kill("registry")
    running.await_ready()
    running.await_converged()
    return story.hunted()


def _since(began: float) -> int:
    return round((time.perf_counter() - began) * 1e3)


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
    """Tell it on a stack of its own, with the packaged catalogs in it."""
    broker = Tansu if why_unavailable() else ApacheKafka
    with ExitStack() as held:
        folder = held.enter_context(tempfile.TemporaryDirectory(prefix="routeyard-own-"))
        console = Console(io.StringIO())
        running = held.enter_context(RunningStack(Path(folder), broker, console))
        for source in ("providers", "models-dev"):
            running.stack.run("ingest", source, "--json", deadline_s=180)
        running.await_converged()
        print(json.dumps({"broker": broker.__name__, **tell(running)}, indent=1))  # noqa: T201 - its result


if __name__ == "__main__":
    main()
