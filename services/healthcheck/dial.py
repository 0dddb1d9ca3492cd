"""Reaching endpoints over the network, without following anything they say."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from routeyard.domain.errors import Unavailable

READ_BYTES = 16 * 1024
AGENT = "routeyard-healthcheck"
# The first that fits is the reason.
_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (aiohttp.ClientConnectorCertificateError, "the TLS certificate is not trusted"),
    (aiohttp.ClientSSLError, "TLS failed"),
    (ssl.SSLError, "TLS failed"),
    (aiohttp.ClientConnectorDNSError, "the name does not resolve"),
    (aiohttp.InvalidURL, "the address is not a URL"),
    (aiohttp.ServerTimeoutError, "timed out"),
    (aiohttp.ServerDisconnectedError, "closed without an answer"),
    (ConnectionResetError, "connection reset"),
    (ConnectionRefusedError, "connection refused"),
    (aiohttp.ClientConnectorError, "cannot connect"),
    (OSError, "cannot connect"),
    (aiohttp.ClientError, "no valid HTTP answer"),
)


class HttpDial:
    """Dials anew each time: a kept connection would not notice that no new one is accepted."""

    def __init__(self, session: aiohttp.ClientSession) -> None:
        self._session = session

    async def get(self, url: str) -> int:
        """See `Dial`; at most 16 KiB of the body are read."""
        try:
            async with self._session.get(url, allow_redirects=False) as answer:
                await answer.content.read(READ_BYTES)
                return answer.status
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            raise Unavailable(reason_of(fault)) from fault

    async def connect(self, host: str, port: int) -> None:
        """See `Dial`."""
        try:
            _, writer = await asyncio.open_connection(host, port)
        except (OSError, ValueError) as fault:
            raise Unavailable(reason_of(fault)) from fault
        writer.close()


def reason_of(fault: BaseException) -> str:
    """A few words, the same for the same cause, so that a state does not change with them."""
    cause = getattr(fault, "os_error", fault)
    for kind, reason in _REASONS:
        if isinstance(fault, kind) or isinstance(cause, kind):
            return reason
    return "the address is not a URL"


@asynccontextmanager
async def dialling() -> AsyncIterator[HttpDial]:
    """A dial that takes nothing from the environment and keeps nothing between probes."""
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(limit=0, force_close=True, use_dns_cache=False),
        cookie_jar=aiohttp.DummyCookieJar(),
        headers={"user-agent": AGENT, "accept": "application/json"},
        timeout=aiohttp.ClientTimeout(total=None),
        trust_env=False,
        auto_decompress=False,
    ) as session:
        yield HttpDial(session)
