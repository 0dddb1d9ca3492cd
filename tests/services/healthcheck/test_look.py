"""Looks that somebody asks for, at servers on loopback."""

import asyncio
import json
import os
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta
from functools import partial
from typing import Any

import msgspec
import pytest
from aiohttp import web

from infra.local.mock_endpoint import Behaviour, serving
from routeyard.domain.catalog import Endpoint
from routeyard.domain.secret import SecretText
from routeyard.guard.dial import Outbound
from routeyard.guard.permission import Permission, read_networks
from routeyard.guard.resolve import SystemResolver
from routeyard.guard.vet import Guard
from routeyard.wire.credential import EndpointCredential, Scheme, write_endpoint
from routeyard.wire.probe import ProbeAsk, ProbeResult, read_result, tried, write_ask
from routeyard.wire.record import Incoming, Outgoing, Position
from routeyard.wire.sealing import Binding, SealingKeys, seal
from routeyard.wire.topics import Topics
from services.healthcheck.asks import BUSY, MOST_OF_AN_OWNER, TIMED_OUT, Answering, Asks, allowed_s
from services.healthcheck.dial import outbound
from services.healthcheck.look import NO_KEY, NOT_OPENED, Eyes, blank, look
from services.healthcheck.prober import Prober, Probing
from services.healthcheck.secrets import Secrets
from services.healthcheck.world import World
from tests.services.guard.cases import REFUSED, Case, Recorder, cases
from tests.services.healthcheck.graphs import NOON, endpoint, graph

KEYS = SealingKeys(b"k" * 32)
SECRET = "canary-5f2c"
DEADLINE_S = 10.0
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


@pytest.fixture
async def out() -> AsyncIterator[Outbound]:
    async with outbound() as found:
        yield found


def guard(*networks: str) -> Guard:
    return Guard(Permission(read_networks(networks or ("127.0.0.0/8",))), SystemResolver())


def eyes(out: Outbound, keys: SealingKeys | None = KEYS) -> Eyes:
    return Eyes(out, lambda _: guard(), "eu", lambda: 0.0, lambda: NOON, keys)


def sealed(
    of: Endpoint, *, name: str | None = None, url: str | None = None, **more: Any
) -> EndpointCredential:
    host = (url or of.url or "").rsplit("/", 1)[0]
    binding = Binding(of.owner, name or of.id, 1, host)
    return EndpointCredential(
        endpoint=binding.endpoint,
        owner=binding.tenant,
        version=1,
        host=host,
        sealed=seal(SecretText(SECRET), binding, KEYS, os.urandom),
        **{"scheme": Scheme.BEARER, **more},
    )


def own(url: str, **more: Any) -> Endpoint:
    fields = {"owner": "acme", "keyless": False, "credential": "1", **more}
    return endpoint("acme/gpu", url=url, **fields)


def ask(of: Endpoint, credential: EndpointCredential | None = None, **more: Any) -> ProbeAsk:
    until = NOON + timedelta(seconds=DEADLINE_S)
    fields = {"revision": 1, "expires_at": until, **more}
    return ProbeAsk(id="a1", endpoint=of, credential=credential, **fields)


@asynccontextmanager
async def answering(handler: Handler) -> AsyncIterator[str]:
    """A server of one page; its address as an endpoint's."""
    app = web.Application()
    app.router.add_route("*", "/{rest:.*}", handler)
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/v1"
    finally:
        await runner.cleanup()


async def test_a_secret_is_opened_and_shown_to_the_server_it_is_bound_to(out: Outbound) -> None:
    behaviour = Behaviour(key=SECRET)
    async with serving("vllm", models=("m",), behaviour=behaviour) as at:
        mine = own(at.url, server="vllm")
        seen = await look(ask(mine, sealed(mine)), eyes(out))
    assert (seen.is_reached, seen.status, seen.reason) == (True, 200, "")
    assert seen.answers is not None
    assert set(behaviour.shown) == {SECRET}


async def test_a_secret_in_a_header_of_its_own_goes_there(out: Outbound) -> None:
    behaviour = Behaviour(key=SECRET)
    async with serving("vllm", behaviour=behaviour) as at:
        mine = own(at.url, server="vllm")
        credential = sealed(mine, scheme=Scheme.HEADER, header="x-api-key")
        assert (await look(ask(mine, credential), eyes(out))).reason == ""


async def test_a_wrong_secret_is_told_as_such_and_a_missing_one_otherwise(out: Outbound) -> None:
    async with serving("vllm", behaviour=Behaviour(key="another")) as at:
        mine = own(at.url, server="vllm")
        seen = await look(ask(mine, sealed(mine)), eyes(out))
        assert (seen.is_reached, seen.status) == (True, 401)
        assert seen.reason == "the credential is refused"
        seen = await look(ask(endpoint(url=at.url, server="vllm")), eyes(out))
        assert seen.reason == "HTTP 401: a credential is needed"


async def test_without_a_key_to_open_it_nobody_is_asked(out: Outbound) -> None:
    behaviour = Behaviour()
    async with serving(behaviour=behaviour) as at:
        mine = own(at.url)
        seen = await look(ask(mine, sealed(mine)), eyes(out, keys=None))
    assert (seen.is_reached, seen.reason, behaviour.answered) == (False, NO_KEY, 0)


@pytest.mark.parametrize(
    "change",
    [
        {"owner": "beta"},
        {"endpoint": "acme/other"},
        {"version": 2},
        {"sealed": b"\x01" * 120},
    ],
)
async def test_a_secret_that_is_another_ones_is_not_opened(
    change: dict[str, Any], out: Outbound
) -> None:
    behaviour = Behaviour()
    async with serving(behaviour=behaviour) as at:
        mine = own(at.url)
        moved = msgspec.structs.replace(sealed(mine), **change)
        seen = await look(ask(mine, moved), eyes(out))
    assert (seen.reason, behaviour.answered) == (NOT_OPENED, 0)


async def test_a_secret_bound_to_another_address_is_not_sent(out: Outbound) -> None:
    behaviour = Behaviour()
    async with serving(behaviour=behaviour) as at:
        mine = own(at.url)
        seen = await look(ask(mine, sealed(mine, url="https://gpu.example/v1")), eyes(out))
    assert seen.reason == "refused: the secret is bound to another address"
    assert behaviour.answered == 0


async def test_the_secret_of_one_look_opens_for_that_look_alone(out: Outbound) -> None:
    behaviour = Behaviour(key=SECRET)
    async with serving("vllm", behaviour=behaviour) as at:
        mine = own(at.url, server="vllm")
        once = sealed(mine, name=tried(mine.id, "a1"))
        assert (await look(ask(mine, once, is_saved=False), eyes(out))).reason == ""
        for other in (ask(mine, once), msgspec.structs.replace(ask(mine, once), id="a2")):
            assert (await look(other, eyes(out))).reason == NOT_OPENED


async def test_a_redirect_is_told_and_the_secret_goes_no_further(out: Outbound) -> None:
    elsewhere = Behaviour()

    async def redirect(_: web.Request) -> web.Response:
        raise web.HTTPTemporaryRedirect(at.url + "/models")

    async with serving(behaviour=elsewhere) as at, answering(redirect) as url:
        mine = own(url)
        seen = await look(ask(mine, sealed(mine)), eyes(out))
    assert (seen.status, seen.reason) == (307, "HTTP 307: a redirect")
    assert (elsewhere.answered, elsewhere.shown) == (0, [])


async def test_an_answer_that_repeats_the_secret_is_not_carried_on(out: Outbound) -> None:
    async def echo(request: web.Request) -> web.Response:
        said = request.headers["authorization"]
        return web.json_response({"data": [{"id": said}], "object": "list"})

    async with answering(echo) as url:
        mine = own(url, server="vllm")
        seen = await look(ask(mine, sealed(mine)), eyes(out))
    assert seen.reason == "the answer repeats the secret"
    assert SECRET not in repr(seen)


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        (b"x" * (1024 * 1024 + 1), "the answer is larger than 1 MiB"),
        (b"[" * 100_000, "the answer is no list of models"),
        (b"{}", "the answer is no list of models"),
        (b'{"models": {}}', "the answer is no list of models"),
    ],
)
async def test_what_is_no_list_of_models_is_told(body: bytes, reason: str, out: Outbound) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(body=body, content_type="application/json")

    async with answering(answer) as url:
        seen = await look(ask(endpoint(url=url, server="ollama")), eyes(out))
    assert (seen.is_reached, seen.answers) == (True, None)
    assert seen.reason == reason


async def test_what_no_record_can_hold_is_left_out_of_an_answer(out: Outbound) -> None:
    rows = [{"id": "m", "a": "\ud800", "b": "\x00", "c": 10**40, "d": "x" * 5000, "e": 1}]

    async def answer(_: web.Request) -> web.Response:
        return web.Response(text=json.dumps({"data": rows}), content_type="application/json")

    async with answering(answer) as url:
        seen = await look(ask(endpoint(url=url, server="vllm")), eyes(out))
    assert seen.answers is not None
    assert seen.answers.listed == {
        "data": [{"id": "m", "a": None, "b": None, "c": None, "d": None, "e": 1}]
    }
    assert msgspec.json.encode(seen)


async def test_the_whole_table_of_refused_addresses_is_refused_without_a_socket() -> None:
    recorder = Recorder()
    async with outbound(recorder.open) as out:
        for case in cases():
            if case.expect != REFUSED or case.url.startswith("tcp:"):
                continue
            seeing = eyes(out)._replace(guard_for=partial(guard_of, case))
            seen = await look(ask(endpoint(url=case.url, server="vllm")), seeing)
            assert seen.reason.startswith("refused: "), case
            assert not seen.is_reached
            assert not recorder.dialled, case


def guard_of(case: Case, _: Endpoint) -> Guard:
    return case.guard


async def test_a_port_that_accepts_is_reached(out: Outbound) -> None:
    server = await asyncio.start_server(lambda _, writer: writer.close(), "127.0.0.1", 0)
    port = server.sockets[0].getsockname()[1]
    bare = endpoint(server="tcp", url=f"tcp://127.0.0.1:{port}")
    seen = await look(ask(bare), eyes(out))
    server.close()
    await server.wait_closed()
    assert (seen.is_reached, seen.reason, seen.answers) == (True, "", None)


class Told:
    """Takes what is written."""

    def __init__(self) -> None:
        self.records: list[Outgoing] = []
        self.came = asyncio.Event()

    async def write(self, records: Sequence[Outgoing]) -> list[Position]:
        self.records += records
        self.came.set()
        return [Position(each.topic, 0, 0) for each in records]

    def results(self) -> list[ProbeResult]:
        return [
            read_result(Incoming(Position(r.topic, 0, 0), r.key, r.value)) for r in self.records
        ]


def record(asked: ProbeAsk) -> Incoming:
    topic, key, value, _ = write_ask(asked, Topics())
    return Incoming(Position(topic, 0, 0), key, value)


async def asks(
    out: Outbound, told: Told, see: Callable[[ProbeAsk], Awaitable[ProbeResult]], revision: int = 1
) -> Asks:
    world, seeing = World("eu"), eyes(out)
    world.take(graph(revision=revision), None)

    def nothing(asked: ProbeAsk, reason: str) -> ProbeResult:
        return blank(asked, reason, eyes=seeing)

    return Asks(Answering(world, see, nothing, Topics(), seeing), told)


async def test_only_a_few_looks_are_made_at_once_for_one_owner(out: Outbound) -> None:
    gate, begun = asyncio.Event(), []

    async def see(asked: ProbeAsk) -> ProbeResult:
        begun.append(asked.id)
        await gate.wait()
        return blank(asked, "seen", eyes=eyes(out))

    told = Told()
    taking = await asks(out, told, see)
    many = [
        msgspec.structs.replace(ask(own("http://127.0.0.1:1/v1")), id=f"a{number}")
        for number in range(MOST_OF_AN_OWNER + 2)
    ]
    other = msgspec.structs.replace(ask(endpoint(owner="beta")), id="b")
    await taking.take([record(each) for each in (*many, other)])
    assert [each.reason for each in told.results()] == [BUSY, BUSY]
    gate.set()
    async with asyncio.timeout(DEADLINE_S):
        while len(told.records) < len(many) + 1:
            told.came.clear()
            await told.came.wait()
    assert sorted(begun) == [*(f"a{number}" for number in range(MOST_OF_AN_OWNER)), "b"]


async def test_nobody_answers_what_nobody_waits_for_or_what_is_reached_from_elsewhere(
    out: Outbound,
) -> None:
    async def see(asked: ProbeAsk) -> ProbeResult:
        raise AssertionError(asked)

    told = Told()
    taking = await asks(out, told, see)
    late = ask(endpoint(), expires_at=NOON - timedelta(seconds=1))
    await taking.take([record(late), record(ask(endpoint(zones=("us",))))])
    await taking.finish()
    assert not told.records


async def test_a_record_that_asks_for_nothing_is_put_aside(out: Outbound) -> None:
    async def see(asked: ProbeAsk) -> ProbeResult:
        raise AssertionError(asked)

    told = Told()
    taking = await asks(out, told, see)
    await taking.take([Incoming(Position("routeyard.probe-ask.v1", 0, 0), b"x", b"{")])
    assert [each.topic for each in told.records] == ["routeyard.dead-letter.v1"]


async def test_a_look_waits_for_the_graph_in_which_its_networks_stand(out: Outbound) -> None:
    async def see(asked: ProbeAsk) -> ProbeResult:
        return blank(asked, "seen", eyes=eyes(out))

    told = Told()
    taking = await asks(out, told, see)
    await taking.take([record(ask(endpoint(), revision=2))])
    for _ in range(5):
        await asyncio.sleep(0)
    assert not told.records
    taking._answering.world.take(graph(revision=2), None)
    async with asyncio.timeout(DEADLINE_S):
        await told.came.wait()
    assert [each.reason for each in told.results()] == ["seen"]


async def test_of_a_server_that_never_answers_it_is_told_while_somebody_waits(
    out: Outbound,
) -> None:
    async def see(_: ProbeAsk) -> ProbeResult:
        await asyncio.Event().wait()
        raise AssertionError

    told = Told()
    taking = await asks(out, told, see)
    await taking.take([record(ask(endpoint(), expires_at=NOON + timedelta(seconds=0.1)))])
    async with asyncio.timeout(DEADLINE_S):
        await told.came.wait()
    assert [each.reason for each in told.results()] == [TIMED_OUT]
    assert allowed_s(1.0) == 0.8
    assert allowed_s(25.0) == 20.0
    assert allowed_s(3600.0) == 20.0


def told_of(credential: EndpointCredential) -> Incoming:
    topic, key, value, _ = write_endpoint(credential, Topics())
    return Incoming(Position(topic, 0, 0), key, value)


async def test_usual_probes_show_the_secret_and_tell_when_it_is_refused(out: Outbound) -> None:
    from services.healthcheck.dial import GuardedDial  # noqa: PLC0415 - beside its one use

    behaviour, secrets = Behaviour(key=SECRET), Secrets(KEYS)
    prober = Prober(
        Probing(GuardedDial(out), lambda _: guard(), "eu", DEADLINE_S, lambda: 0.0, secrets.of)
    )
    async with serving("vllm", behaviour=behaviour) as at:
        mine = own(at.url, server="vllm")
        assert (await prober.look(mine)).reason == ""
        assert not behaviour.shown  # none is known yet
        secrets.take(told_of(sealed(mine)))
        assert (await prober.look(mine)).reason == ""
        assert behaviour.shown == [SECRET]
        behaviour.key = "rotated"
        assert (await prober.look(mine)).reason == "the credential is refused"


def test_a_secret_is_used_for_its_own_endpoint_owner_and_version_alone() -> None:
    secrets, mine = Secrets(KEYS), own("https://gpu.example/v1")
    secrets.take(told_of(sealed(mine)))
    assert secrets.of(mine) is not None
    assert secrets.of(msgspec.structs.replace(mine, credential="2")) is None
    assert secrets.of(msgspec.structs.replace(mine, credential=None)) is None
    assert secrets.of(msgspec.structs.replace(mine, owner="beta")) is None
    assert secrets.of(msgspec.structs.replace(mine, url="https://evil.example/v1")) is None
    assert Secrets(None).of(mine) is None
