"""What two published guards make of a case, with their networks replaced: they dial nobody."""

import dataclasses
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch

import drawbridge
import httpcore
import httpx
import httpx_secure
from anyio.abc import SocketAttribute
from drawbridge import _validator

from routeyard.guard.permission import read_networks
from tests.services.guard.cases import ALLOWED, REFUSED, UNAVAILABLE, Case

Judge = Callable[[Case], Awaitable[str]]


class _Dialled(Exception):
    """A dial that would have been made."""


def _answers(case: Case, host: str) -> Sequence[str]:
    """What the C library makes of a host: another spelling of an address, or the case's name."""
    try:
        found = socket.getaddrinfo(host, None, flags=socket.AI_NUMERICHOST)
    except (OSError, UnicodeError):
        return case.resolves_to
    return [str(where[0]) for *_, where in found]


class _Peer:
    """A connection that was never made, to the address that would have been reached."""

    def __init__(self, address: str) -> None:
        self._address = address

    def extra(self, attribute: object) -> tuple[str, int]:
        assert attribute is SocketAttribute.remote_address
        return (self._address, 0)

    async def aclose(self) -> None:
        return


class _Backend(httpcore.AsyncNetworkBackend):
    async def connect_tcp(self, *_: Any, **__: Any) -> httpcore.AsyncNetworkStream:
        raise _Dialled


@asynccontextmanager
async def judges() -> AsyncIterator[dict[str, Judge]]:
    """Both libraries by name."""
    async with _httpx_secure() as one, _drawbridge() as other:
        yield {"httpx-secure": one, "drawbridge": other}


@asynccontextmanager
async def _httpx_secure() -> AsyncIterator[Judge]:
    async with httpx.AsyncClient(trust_env=False, verify=False) as client:  # noqa: S501 - dials nobody
        # Without its cache: the same name stands for something else in the next case.
        httpx_secure.httpx_ssrf_protection(client, dns_cache_size=0)
        transport: Any = client._transport
        transport._pool._network_backend._backend = _Backend()

        async def judge(case: Case) -> str:
            async def connect_tcp(host: str, *_: Any, **__: Any) -> _Peer:
                if answers := _answers(case, host):
                    return _Peer(answers[0])
                raise OSError("no such name")

            with patch.object(httpx_secure, "connect_tcp", connect_tcp):
                return await _verdict(client.get(case.url))

        yield judge


@asynccontextmanager
async def _drawbridge() -> AsyncIterator[Judge]:
    async def handle(_: httpx.Request) -> httpx.Response:
        raise _Dialled

    # All ports, since its list of four is a matter of taste.
    every_port = frozenset(range(1 << 16))
    policy = drawbridge.Policy(allow_ports=every_port, max_redirects=0, verify_ssl=False)
    async with drawbridge.Client(policy) as client:
        transport: Any = client._transport
        transport._inner.handle_async_request = handle

        async def judge(case: Case) -> str:
            async def getaddrinfo(host: str, port: int) -> list[Any]:
                answers = _answers(case, host)
                return [(socket.AF_UNSPEC, socket.SOCK_STREAM, 0, "", (a, port)) for a in answers]

            # Permissions have an equal here, and only here.
            allowed = frozenset(read_networks(case.permitted))
            permitted = dataclasses.replace(policy, ip_allowlist=allowed)
            with (
                patch.object(_validator, "_async_getaddrinfo", getaddrinfo),
                patch.object(transport, "_policy", permitted),
            ):
                return await _verdict(client.get(case.url))

        yield judge


async def _verdict(request: Awaitable[object]) -> str:
    """What is raised before a dial is taken for a refusal, but for names without an answer."""
    try:
        await request
    except _Dialled:
        return ALLOWED
    except (httpx.ConnectError, drawbridge.DrawbridgeDNSError):
        return UNAVAILABLE
    except (httpx.HTTPError, httpx.InvalidURL, drawbridge.DrawbridgeError, ValueError):
        return REFUSED
    raise AssertionError("A request without a network was answered.")
