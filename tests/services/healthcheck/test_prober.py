import asyncio
import socket
import ssl
from collections.abc import AsyncIterator

import aiohttp
import pytest

from infra.local.mock_endpoint import KINDS, Behaviour, serving
from infra.local.ports import free_port
from routeyard.domain.catalog import Endpoint
from routeyard.domain.events import EndpointObserved
from routeyard.guard.permission import Permission, read_networks
from routeyard.guard.resolve import SystemResolver
from routeyard.guard.secret import Secret
from routeyard.guard.target import Target
from routeyard.guard.vet import Guard
from services.healthcheck.dial import GuardedDial, dialling, reason_of
from services.healthcheck.prober import MAX_AT_ONCE, Dial, Prober, Probing, judge
from tests.services.healthcheck.graphs import endpoint

DEADLINE_S = 10.0


class Recorder:
    """Dials nobody, notes who would have been, and answers as told."""

    def __init__(self, status: int = 200) -> None:
        self.dialled: list[str] = []
        self.guards: list[Guard] = []
        self.secrets: list[Secret | None] = []
        self.status = status
        self.gate: asyncio.Event | None = None
        self.is_full = asyncio.Event()
        self.at_once = self.most_at_once = 0

    async def get(self, target: Target, guard: Guard, secret: Secret | None = None) -> int:
        self.secrets.append(secret)
        self.dialled.append(target.url)
        self.guards.append(guard)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        if self.at_once >= MAX_AT_ONCE:
            self.is_full.set()
        if self.gate is not None:
            await self.gate.wait()
        self.at_once -= 1
        return self.status

    async def connect(self, target: Target, guard: Guard) -> None:
        self.dialled.append(target.url)
        self.guards.append(guard)


def guard_of_this_machine(_: Endpoint) -> Guard:
    return Guard(Permission(read_networks(["127.0.0.0/8"])), SystemResolver())


def prober(dial: Dial, *ticks: float, timeout_s: float = DEADLINE_S) -> Prober:
    moments = iter(ticks or (0.0, 0.0))
    return Prober(Probing(dial, guard_of_this_machine, "eu", timeout_s, lambda: next(moments, 0.0)))


@pytest.fixture
async def dial() -> AsyncIterator[GuardedDial]:
    async with dialling() as found:
        yield found


@pytest.mark.parametrize(
    ("status", "is_keyless", "reason"),
    [
        (200, True, ""),
        (204, False, ""),
        (401, True, "HTTP 401"),
        (403, True, "HTTP 403"),
        (401, False, ""),
        (404, True, "HTTP 404"),
        (404, False, ""),
        (429, False, ""),
        (301, False, "HTTP 301: a redirect"),
        (500, False, "HTTP 500"),
        (503, True, "HTTP 503"),
    ],
)
def test_an_answer_is_judged_by_what_the_probe_may_expect(
    status: int, *, is_keyless: bool, reason: str
) -> None:
    assert judge(status, is_keyless=is_keyless) == reason


async def test_a_look_tells_where_from_and_how_long_it_took() -> None:
    seen = await prober(Recorder(), 1.0, 1.25).look(endpoint())
    assert seen == EndpointObserved(endpoint="mine", is_up=True, zone="eu", latency_ms=250.0)


async def test_a_failure_has_a_reason_and_no_latency() -> None:
    seen = await prober(Recorder(503), 1.0, 1.25).look(endpoint())
    assert (seen.is_up, seen.latency_ms, seen.reason) == (False, None, "HTTP 503")


async def test_what_is_no_address_is_down_without_a_dial() -> None:
    recorder = Recorder()
    seen = await prober(recorder).look(endpoint(url="nonsense"))
    assert (seen.is_up, seen.reason, recorder.dialled) == (
        False,
        "refused: the address is not a URL",
        [],
    )


async def test_an_endpoint_that_does_not_answer_in_time_is_down() -> None:
    recorder = Recorder()
    recorder.gate = asyncio.Event()
    seen = await prober(recorder, timeout_s=0.01).look(endpoint())
    assert (seen.is_up, seen.reason) == (False, "timed out")


async def test_only_so_many_are_dialled_at_once() -> None:
    recorder = Recorder()
    recorder.gate = asyncio.Event()
    many = Prober(Probing(recorder, guard_of_this_machine, "eu", DEADLINE_S, lambda: 0.0))
    async with asyncio.timeout(DEADLINE_S), asyncio.TaskGroup() as looks:
        for number in range(2 * MAX_AT_ONCE):
            looks.create_task(many.look(endpoint(f"e{number}")))
        await recorder.is_full.wait()
        recorder.gate.set()
    assert (recorder.most_at_once, len(recorder.dialled)) == (MAX_AT_ONCE, 2 * MAX_AT_ONCE)


@pytest.mark.parametrize("kind", KINDS)
async def test_each_kind_of_server_is_seen_to_be_up(kind: str, dial: GuardedDial) -> None:
    async with serving(kind) as at:
        seen = await prober(dial).look(endpoint(url=at.url, server=kind))
    assert (seen.is_up, seen.reason) == (True, "")


async def test_a_server_that_fails_is_seen_to_be_down_and_up_again(dial: GuardedDial) -> None:
    behaviour = Behaviour()
    async with serving(behaviour=behaviour) as at:
        behaviour.status = 503
        assert (await prober(dial).look(endpoint(url=at.url))).reason == "HTTP 503"
        behaviour.status = 200
        assert (await prober(dial).look(endpoint(url=at.url))).is_up


async def test_a_server_that_is_gone_refuses_connections(dial: GuardedDial) -> None:
    async with serving() as at:
        pass
    seen = await prober(dial).look(endpoint(url=at.url))
    assert (seen.is_up, seen.reason) == (False, "connection refused")


async def test_a_slow_server_is_down(dial: GuardedDial) -> None:
    async with serving(behaviour=Behaviour(latency_ms=60_000)) as at:
        seen = await prober(dial, timeout_s=0.05).look(endpoint(url=at.url))
    assert (seen.is_up, seen.reason) == (False, "timed out")


async def test_a_port_that_accepts_is_up_and_one_that_does_not_is_down(dial: GuardedDial) -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        seen = await prober(dial).look(endpoint(server="tcp", url=f"tcp://127.0.0.1:{port}"))
    assert seen.is_up
    seen = await prober(dial).look(endpoint(server="tcp", url=f"tcp://127.0.0.1:{free_port()}"))
    assert (seen.is_up, seen.reason) == (False, "connection refused")


async def answer_with(answer: bytes) -> asyncio.Server:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(answer)
        await writer.drain()
        writer.close()

    return await asyncio.start_server(serve, "127.0.0.1", 0)


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"", "closed without an answer"),
        (b"SSH-2.0-OpenSSH_9.6\r\n\r\n", "no valid HTTP answer"),
        (b"HTTP/1.1 302 Found\r\nlocation: http://127.0.0.1:1/\r\n\r\n", "HTTP 302: a redirect"),
        (b"HTTP/1.1 200 OK\r\nx: " + b"y" * 100_000 + b"\r\n\r\n", "no valid HTTP answer"),
    ],
)
async def test_answers_that_are_none_are_told_in_a_few_words(
    answer: bytes, reason: str, dial: GuardedDial
) -> None:
    async with await answer_with(answer) as server:
        port = server.sockets[0].getsockname()[1]
        seen = await prober(dial).look(endpoint(url=f"http://127.0.0.1:{port}/v1"))
    assert (seen.is_up, seen.reason) == (False, reason)


async def test_a_body_without_end_is_not_read(dial: GuardedDial) -> None:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        try:
            while True:
                writer.write(b"x" * 65_536)
                await writer.drain()
        except OSError:
            ended.set()
        finally:
            writer.close()

    ended = asyncio.Event()
    async with await asyncio.start_server(serve, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        seen = await prober(dial).look(endpoint(url=f"http://127.0.0.1:{port}/v1"))
        assert seen.is_up
        async with asyncio.timeout(DEADLINE_S):
            await ended.wait()


async def test_http_where_tls_is_spoken_of_fails_with_tls(dial: GuardedDial) -> None:
    async with serving() as at:
        seen = await prober(dial).look(endpoint(url=at.url.replace("http:", "https:")))
    assert (seen.is_up, seen.reason) == (False, "TLS failed")


@pytest.mark.parametrize("server", ["vllm", "tcp"])
async def test_a_name_that_is_none_is_told(server: str, dial: GuardedDial) -> None:
    seen = await prober(dial).look(endpoint(url="https://no-such-host.invalid", server=server))
    assert (seen.is_up, seen.reason) == (False, "the name does not resolve")


def test_reasons_do_not_carry_details_that_vary() -> None:
    assert reason_of(aiohttp.ServerDisconnectedError("x")) == "closed without an answer"
    assert reason_of(ssl.SSLError("x")) == "TLS failed"
    assert reason_of(OSError(113, "No route to host")) == "cannot connect"
    assert reason_of(TimeoutError()) == "timed out"
    assert reason_of(ValueError("a header")) == "no valid HTTP answer"
