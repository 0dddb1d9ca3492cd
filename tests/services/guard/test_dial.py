"""Dialling on loopback: what is sent to whom, and what is not followed."""

import asyncio
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from pathlib import Path

import aiohttp
import pytest

from routeyard.domain.errors import EndpointRefused, Unavailable
from routeyard.guard.dial import Ask, Outbound, dialling
from routeyard.guard.permission import NOTHING, Permission, read_networks
from routeyard.guard.ranges import Standing
from routeyard.guard.refusal import Rule
from routeyard.guard.secret import RESERVED, Secret
from routeyard.guard.sockets import AddrInfo, Sockets, open_socket
from routeyard.guard.target import TCP, read_target
from routeyard.guard.vet import Guard, Resolve, approve
from tests.services.guard.cases import Recorder
from tests.services.guard.servers import serving, trusted

DEADLINE_S = 10.0
THIS_MACHINE = Permission(read_networks(["127.0.0.0/8", "::1/128"]))
OK = b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"


class Resolver:
    """Answers with one list after the other, the last one for ever, and counts the questions."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.asked: list[str] = []

    async def __call__(self, host: str) -> Sequence[str]:
        self.asked.append(host)
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def guard(resolve: Resolve | None = None, permission: Permission = THIS_MACHINE) -> Guard:
    return Guard(permission, resolve or Resolver(["127.0.0.1"]))


async def body_of(outbound: Outbound, url: str, by: Guard, ask: Ask = Ask()) -> tuple[int, bytes]:  # noqa: B008
    async with outbound.request(read_target(url), by, ask) as answer:
        return answer.status, await answer.read()


async def test_the_name_is_sent_as_host_and_the_address_is_dialled() -> None:
    async with serving(OK) as heard, dialling("test") as outbound:
        url = f"http://Models.Example.:{heard.port}/v1?a=b"
        assert await body_of(outbound, url, guard()) == (200, b"ok")
    request, *headers = heard.heads[0].split("\r\n")
    assert request == "GET /v1?a=b HTTP/1.1"
    assert [h for h in headers if h.lower().startswith("host:")] == [
        f"host: models.example:{heard.port}"
    ]


async def test_tls_asks_for_the_name_and_checks_the_certificate_for_it(tmp_path: Path) -> None:
    server, client = trusted("models.example", tmp_path)
    async with serving(OK, server) as heard, dialling("test", tls=client) as outbound:
        url = f"https://models.example:{heard.port}/v1"
        assert await body_of(outbound, url, guard()) == (200, b"ok")
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await body_of(outbound, f"https://other.example:{heard.port}/v1", guard())
    assert heard.names == ["models.example", "other.example"]
    assert len(heard.heads) == 1


async def test_a_connection_is_kept_for_the_same_tls_name_only(tmp_path: Path) -> None:
    server, client = trusted("models.example", tmp_path)
    async with serving(OK, server) as heard, dialling("test", tls=client) as outbound:
        for _ in range(3):
            await body_of(outbound, f"https://models.example:{heard.port}/v1", guard())
        assert heard.connections == 1
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await body_of(outbound, f"https://other.example:{heard.port}/v1", guard())


@pytest.mark.parametrize(
    "location", ["http://127.0.0.1:1/", "http://169.254.169.254/", "//localhost/", "/elsewhere"]
)
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_redirects_are_answers_and_are_not_followed(status: int, location: str) -> None:
    answer = f"HTTP/1.1 {status} X\r\nlocation: {location}\r\ncontent-length: 0\r\n\r\n"
    async with serving(answer.encode()) as heard, dialling("test") as outbound:
        url = f"http://127.0.0.1:{heard.port}/v1"
        assert await body_of(outbound, url, guard()) == (status, b"")
    assert len(heard.heads) == 1


async def test_other_ways_of_sending_elsewhere_are_not_followed_either() -> None:
    headers = (
        b'alt-svc: h2="127.0.0.1:1"\r\nrefresh: 0;url=http://127.0.0.1:1/\r\n'
        b"set-cookie: a=b\r\ncontent-length: 0\r\n\r\n"
    )
    async with serving(b"HTTP/1.1 421 X\r\n" + headers) as heard, dialling("test") as outbound:
        url = f"http://127.0.0.1:{heard.port}/v1"
        assert (await body_of(outbound, url, guard()))[0] == 421
        assert (await body_of(outbound, url, guard()))[0] == 421
    assert len(heard.heads) == 2
    assert "cookie" not in heard.heads[1].lower()


async def test_a_name_is_resolved_once_and_what_it_turns_into_later_is_not_dialled() -> None:
    turning = Resolver(["127.0.0.1"], ["10.0.0.1"])
    async with serving(OK) as heard, dialling("test") as outbound:
        url = f"http://turning.example:{heard.port}/v1"
        assert await body_of(outbound, url, guard(turning)) == (200, b"ok")
        assert (turning.asked, heard.connections) == (["turning.example"], 1)
        # The connection is still there, and is of no use to a name that turned.
        with pytest.raises(EndpointRefused):
            await body_of(outbound, url, guard(turning))
    assert len(heard.heads) == 1


async def test_a_kept_connection_serves_nobody_who_may_not_call_it() -> None:
    async with serving(OK) as heard, dialling("test") as outbound:
        url = f"http://models.example:{heard.port}/v1"
        await body_of(outbound, url, guard())
        with pytest.raises(EndpointRefused):
            await body_of(outbound, url, guard(permission=NOTHING))
    assert len(heard.heads) == 1


@pytest.mark.parametrize("name", ["http_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"])
async def test_proxies_of_the_environment_are_not_used(
    name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with serving(OK) as proxy, serving(OK) as heard, dialling("test") as outbound:
        monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        assert (await body_of(outbound, f"http://127.0.0.1:{heard.port}/", guard()))[0] == 200
    assert (len(heard.heads), proxy.connections) == (1, 0)


async def test_secrets_of_the_environment_are_not_sent(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "netrc").write_text("default login me password hunter2", encoding="utf-8")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))
    async with serving(OK) as heard, dialling("test") as outbound:
        await body_of(outbound, f"http://127.0.0.1:{heard.port}/", guard())
    assert "authorization" not in heard.heads[0].lower()


async def test_the_next_address_is_tried_where_one_does_not_accept() -> None:
    resolve = Resolver(["::1", "127.0.0.2", "127.0.0.1"])
    async with serving(OK) as heard, dialling("test") as outbound:
        url = f"http://models.example:{heard.port}/v1"
        assert await body_of(outbound, url, guard(resolve)) == (200, b"ok")
        _, writer = await outbound.connect(read_target(url), guard(resolve))
        writer.close()
    assert len(heard.heads) == 1


async def test_the_next_address_is_not_tried_where_one_was_reached(tmp_path: Path) -> None:
    resolve = Resolver(["127.0.0.1", "::1"])
    async with serving(b"nonsense\r\n\r\n") as heard, dialling("test") as outbound:
        with pytest.raises(aiohttp.ClientResponseError):
            await body_of(outbound, f"http://models.example:{heard.port}/v1", guard(resolve))
    server, client = trusted("models.example", tmp_path)
    async with serving(OK, server) as heard, dialling("test", tls=client) as outbound:
        with pytest.raises(aiohttp.ClientConnectorCertificateError):
            await body_of(outbound, f"https://other.example:{heard.port}/v1", guard(resolve))


async def test_a_body_is_handed_over_as_it_comes() -> None:
    seen = asyncio.Event()

    async def answer(writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\none\r\n")
        await writer.drain()
        await seen.wait()
        writer.write(b"3\r\ntwo\r\n0\r\n\r\n")

    async with asyncio.timeout(DEADLINE_S), serving(answer) as heard, dialling("test") as outbound:
        target = read_target(f"http://127.0.0.1:{heard.port}/v1")
        async with outbound.request(target, guard()) as got:
            assert await got.content.readany() == b"one"
            seen.set()
            assert await got.content.read() == b"two"


async def test_a_body_can_be_sent_as_it_comes() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"one"

    async with serving(OK) as heard, dialling("test") as outbound:
        url = f"http://127.0.0.1:{heard.port}/v1"
        ask = Ask("POST", {"content-type": "text/plain"}, pieces())
        assert (await body_of(outbound, url, guard(), ask))[0] == 200
    assert heard.heads[0].startswith("POST /v1 ")


async def test_a_body_that_fails_is_not_sent_to_the_next_address() -> None:
    async def pieces() -> AsyncIterator[bytes]:
        yield b"one"
        raise OSError("the disk is gone")

    recorder = Recorder()

    def open_(info: AddrInfo) -> socket.socket:
        return recorder.open(info) if info[4][0] == "::1" else open_socket(info)

    async with serving(OK) as heard, dialling("test", open_=open_) as outbound:
        url = f"http://models.example:{heard.port}/v1"
        both = guard(Resolver(["127.0.0.1", "::1"]))
        with suppress(aiohttp.ClientError, OSError):
            await body_of(outbound, url, both, Ask("POST", body=pieces()))
    assert (heard.connections, recorder.dialled) == (1, [])


@pytest.mark.parametrize(
    "headers",
    [{"x-a": "b\r\nhost: internal"}, {"x-a\r\nhost: internal": "b"}, {"x-a": "b\nx-c: d"}],
)
async def test_no_header_brings_another_along(headers: dict[str, str]) -> None:
    async with serving(OK) as heard, dialling("test") as outbound:
        with pytest.raises(ValueError, match=r"(?i)newline|carriage|header|control"):
            await body_of(
                outbound, f"http://127.0.0.1:{heard.port}/", guard(), Ask(headers=headers)
            )
    assert not any("internal" in head or "x-c" in head for head in heard.heads)


@pytest.mark.parametrize("name", sorted(RESERVED))
async def test_a_caller_sets_neither_the_host_nor_a_secret_by_hand(name: str) -> None:
    recorder = Recorder()
    async with dialling("test", open_=recorder.open) as outbound:
        ask = Ask(headers={name.title(): "x"})
        with pytest.raises(ValueError, match=name):
            await body_of(outbound, "http://127.0.0.1:8000/", guard(), ask)
    assert recorder.dialled == []


async def test_a_port_is_connected_to_and_only_where_that_is_permitted() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        target = read_target(f"tcp://127.0.0.1:{server.getsockname()[1]}", TCP)
        async with dialling("test") as outbound:
            _, writer = await outbound.connect(target, guard())
            writer.close()
    recorder = Recorder()
    async with dialling("test", open_=recorder.open) as outbound:
        with pytest.raises(EndpointRefused):
            await outbound.connect(target, guard(permission=NOTHING))
        assert recorder.dialled == []
        with pytest.raises(ConnectionRefusedError):
            await outbound.connect(target, guard())
        assert recorder.dialled == [("127.0.0.1", target.port)]


async def test_a_name_that_is_not_resolved_in_time_is_not_waited_for() -> None:
    async def never(_: str) -> Sequence[str]:
        await asyncio.Event().wait()
        return ()

    with pytest.raises(Unavailable, match="in time"):
        await Guard(NOTHING, never, deadline_s=0.01).vet(read_target("https://slow.example"))


async def test_an_address_is_not_asked_for() -> None:
    resolve = Resolver([])
    vetted = await Guard(NOTHING, resolve).vet(read_target("https://1.1.1.1"))
    assert (vetted.standing, resolve.asked) == (Standing.PUBLIC, [])


async def test_a_refusal_does_not_tell_what_a_name_stands_for() -> None:
    async def refusal(*answers: str) -> str:
        with pytest.raises(EndpointRefused) as fault:
            await Guard(NOTHING, Resolver(answers)).vet(read_target("https://a.example"))
        return f"{fault.value.message} {fault.value.fields}"

    assert await refusal("10.0.0.1") == await refusal("127.0.0.1", "1.1.1.1")
    assert await refusal("10.0.0.1") == await refusal("1.1.1.1", "fd00::1")
    assert await refusal("169.254.169.254") == await refusal("224.0.0.1")
    with pytest.raises(EndpointRefused, match=r"loopback \(127.0.0.0/8, RFC 1122\)"):
        await Guard(NOTHING, Resolver([])).vet(read_target("https://127.0.0.1"))


@pytest.mark.parametrize("address", ["127.0.0.1", "::1", "169.254.169.254"])
def test_no_socket_is_made_for_what_was_not_vetted(address: str) -> None:
    recorder = Recorder()
    sockets = Sockets(recorder.open)
    info = (socket.AF_INET, socket.SOCK_STREAM, 0, "", (address, 80))
    other = read_target("http://127.0.0.9:80").address
    assert other is not None
    with sockets.expecting(other, 80), pytest.raises(EndpointRefused) as fault:
        sockets.make(info)
    assert (fault.value.fields["rule"], recorder.dialled) == (Rule.UNVETTED, [])


def test_no_socket_is_made_for_what_nobody_may_permit_even_if_it_was_expected() -> None:
    recorder = Recorder()
    sockets = Sockets(recorder.open)
    metadata = read_target("http://169.254.169.254").address
    assert metadata is not None
    with sockets.expecting(metadata, 80), pytest.raises(EndpointRefused):
        sockets.make((socket.AF_INET, socket.SOCK_STREAM, 0, "", ("169.254.169.254", 80)))
    assert recorder.dialled == []


@pytest.mark.parametrize(
    ("header", "prefix", "sent"),
    [("authorization", "Bearer ", "Bearer hunter2"), ("x-api-key", "", "hunter2")],
)
async def test_a_secret_is_told_to_the_address_it_is_bound_to(
    header: str, prefix: str, sent: str
) -> None:
    async with serving(OK) as heard, dialling("test") as outbound:
        url = f"http://models.example:{heard.port}/v1"
        secret = Secret(read_target(url), "hunter2", header, prefix)
        await body_of(outbound, url, guard(), Ask(secret=secret))
    assert f"\r\n{header}: {sent}\r\n" in heard.heads[0]


@pytest.mark.parametrize(
    "url",
    [
        "http://other.example:8000/v1",
        "http://models.example:8001/v1",
        "https://models.example:8000/v1",
        "http://sub.models.example:8000/v1",
        "http://127.0.0.1:8000/v1",
    ],
)
async def test_a_secret_is_told_to_no_other_address(url: str) -> None:
    recorder = Recorder()
    secret = Secret(read_target("http://models.example:8000/v1"), "hunter2")
    async with dialling("test", open_=recorder.open) as outbound:
        with pytest.raises(EndpointRefused, match="bound") as fault:
            await body_of(outbound, url, guard(), Ask(secret=secret))
    assert recorder.dialled == []
    assert "hunter2" not in f"{fault.value} {secret!r} {secret}"


def test_a_secret_is_not_told_without_tls_in_public() -> None:
    target = read_target("http://1.1.1.1/v1")
    assert target.address is not None
    plain = approve(target, (target.address,), Permission(is_plain_allowed=True))
    with pytest.raises(EndpointRefused, match="without TLS"):
        Secret(target, "hunter2").headers_for(plain)
    permitted = approve(target, (target.address,), Permission(read_networks(["1.1.1.0/24"])))
    assert Secret(target, "x").headers_for(permitted) == {"authorization": "Bearer x"}
