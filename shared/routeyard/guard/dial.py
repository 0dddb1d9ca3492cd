"""Dialling what was vetted, and nothing else: no redirects, proxies, cookies or Unix sockets."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import NamedTuple, TypeVar

import aiohttp
from yarl import URL

from routeyard.guard.ranges import Address
from routeyard.guard.secret import Secret, headers_of
from routeyard.guard.sockets import OpenSocket, Sockets, open_socket
from routeyard.guard.target import Target
from routeyard.guard.vet import Guard, Vetted

CONNECT_S = 5.0
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
_T = TypeVar("_T")


class Ask(NamedTuple):
    """What HTTP sends besides the target. A body that is a stream is read once connected."""

    method: str = "GET"
    headers: Mapping[str, str] = {}
    body: bytes | AsyncIterator[bytes] | None = None
    secret: Secret | None = None


GET = Ask()


class Outbound:
    """The way out. Each request is vetted anew, by the guard of whoever it is made for."""

    def __init__(self, session: aiohttp.ClientSession, sockets: Sockets) -> None:
        self._session = session
        self._sockets = sockets

    @asynccontextmanager
    async def request(
        self, target: Target, guard: Guard, ask: Ask = GET
    ) -> AsyncIterator[aiohttp.ClientResponse]:
        """An answer, with its body still to be read, as it was sent.

        A redirect is an answer like others. How much is read, and how long all of it may take, is
        for the caller to bound.

        Raises:
            EndpointRefused: it may not be called.
            Unavailable: the name does not resolve.
            aiohttp.ClientError, OSError: nobody answers, or not with HTTP.
            ValueError: a header is none, or not the caller's to set.
        """
        vetted = await guard.vet(target)
        headers = headers_of(vetted, ask.headers, ask.secret)

        async def send(address: Address) -> aiohttp.ClientResponse:
            return await self._send(vetted, address, ask, headers)

        async with await _first(vetted.addresses, send, _is_http_unreached) as answer:
            yield answer

    async def connect(self, target: Target, guard: Guard) -> Streams:
        """A plain TCP connection, for the caller to close.

        Raises:
            EndpointRefused: it may not be called.
            Unavailable: the name does not resolve.
            OSError: nobody accepts, TimeoutError among them.
        """
        vetted = await guard.vet(target)

        async def reach(address: Address) -> socket.socket:
            async with asyncio.timeout(CONNECT_S):
                return await self._reach(address, target.port)

        reached = await _first(vetted.addresses, reach, _is_unreached)
        try:
            return await asyncio.open_connection(sock=reached)
        except BaseException:
            reached.close()
            raise

    async def _send(
        self, vetted: Vetted, address: Address, ask: Ask, headers: Mapping[str, str]
    ) -> aiohttp.ClientResponse:
        target = vetted.target
        with self._sockets.expecting(address, target.port):
            return await self._session.request(
                ask.method,
                # As it stands: what was judged is what is sent.
                URL(target.at(address), encoded=True),
                headers=headers,
                data=ask.body,
                allow_redirects=False,
                server_hostname=target.host if target.address is None else None,
            )

    async def _reach(self, address: Address, port: int) -> socket.socket:
        family = socket.AF_INET if address.version == 4 else socket.AF_INET6  # noqa: PLR2004
        where = (str(address), port)
        with self._sockets.expecting(address, port):
            made = self._sockets.make((family, socket.SOCK_STREAM, 0, "", where))
        made.settimeout(0)
        try:
            await asyncio.get_running_loop().sock_connect(made, where)
        except BaseException:
            made.close()
            raise
        return made


async def _first(
    addresses: tuple[Address, ...],
    attempt: Callable[[Address], Awaitable[_T]],
    is_unreached: Callable[[Exception], bool],
) -> _T:
    """The first attempt that reaches somebody; after any other fault there is no second one."""
    *others, last = addresses
    for address in others:
        try:
            return await attempt(address)
        except (aiohttp.ClientError, OSError) as fault:
            if not is_unreached(fault):
                raise
    return await attempt(last)


def _is_http_unreached(fault: Exception) -> bool:
    """Nothing was sent. A peer that fails TLS was reached, and is not replaced by another one."""
    if isinstance(fault, aiohttp.ClientSSLError):
        return False
    return isinstance(fault, aiohttp.ClientConnectorError | aiohttp.ConnectionTimeoutError)


def _is_unreached(fault: Exception) -> bool:
    return isinstance(fault, OSError)


@asynccontextmanager
async def dialling(
    agent: str,
    *,
    is_kept: bool = True,
    tls: ssl.SSLContext | None = None,
    open_: OpenSocket = open_socket,
) -> AsyncIterator[Outbound]:
    """A way out that takes nothing from the environment.

    `is_kept`: connections are used again, for the same address and TLS name. `tls` is the system's
    trust unless it is given. `open_` makes the sockets.
    """
    sockets = Sockets(open_)
    connector = aiohttp.TCPConnector(
        limit=0,
        force_close=not is_kept,
        ssl=tls if tls is not None else True,
        socket_factory=sockets.make,
    )
    async with aiohttp.ClientSession(
        connector=connector,
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"user-agent": agent, "accept-encoding": "identity"},
        timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
        trust_env=False,
        auto_decompress=False,
    ) as session:
        yield Outbound(session, sockets)
