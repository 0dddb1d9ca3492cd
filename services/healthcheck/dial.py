"""Reaching endpoints over the network, without following anything they say."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp

from routeyard.domain.errors import Unavailable
from routeyard.guard import dial
from routeyard.guard.dial import Ask, Outbound
from routeyard.guard.secret import Secret
from routeyard.guard.sockets import OpenSocket, open_socket
from routeyard.guard.target import Target
from routeyard.guard.vet import Guard

READ_BYTES = 16 * 1024
AGENT = "routeyard-healthcheck"
ASK = Ask(headers={"accept": "application/json"})
UNRESOLVED = "the name does not resolve"
# The first that fits is the reason.
_REASONS: tuple[tuple[type[BaseException], str], ...] = (
    (aiohttp.ClientConnectorCertificateError, "the TLS certificate is not trusted"),
    (aiohttp.ClientSSLError, "TLS failed"),
    (ssl.SSLError, "TLS failed"),
    (TimeoutError, "timed out"),
    (aiohttp.ServerDisconnectedError, "closed without an answer"),
    (ConnectionResetError, "connection reset"),
    (ConnectionRefusedError, "connection refused"),
    (aiohttp.ClientConnectorError, "cannot connect"),
    (OSError, "cannot connect"),
    (aiohttp.ClientError, "no valid HTTP answer"),
)


class GuardedDial:
    """Dials anew each time: a kept connection would not notice that no new one is accepted."""

    def __init__(self, outbound: Outbound) -> None:
        self._outbound = outbound

    async def get(self, target: Target, guard: Guard, secret: Secret | None = None) -> int:
        """See `Dial`; at most 16 KiB of the body are read."""
        ask = ASK._replace(secret=secret)
        try:
            async with self._outbound.request(target, guard, ask) as answer:
                await answer.content.read(READ_BYTES)
                return answer.status
        except Unavailable as fault:
            raise Unavailable(UNRESOLVED) from fault
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            raise Unavailable(reason_of(fault)) from fault

    async def connect(self, target: Target, guard: Guard) -> None:
        """See `Dial`."""
        try:
            _, writer = await self._outbound.connect(target, guard)
        except Unavailable as fault:
            raise Unavailable(UNRESOLVED) from fault
        except OSError as fault:
            raise Unavailable(reason_of(fault)) from fault
        writer.close()


def reason_of(fault: BaseException) -> str:
    """A few words, the same for the same cause, so that a state does not change with them."""
    cause = getattr(fault, "os_error", fault)
    for kind, reason in _REASONS:
        if isinstance(fault, kind) or isinstance(cause, kind):
            return reason
    return "no valid HTTP answer"


@asynccontextmanager
async def dialling(open_: OpenSocket = open_socket) -> AsyncIterator[GuardedDial]:
    """A dial that keeps nothing between probes; `open_` makes its sockets."""
    async with outbound(open_) as out:
        yield GuardedDial(out)


@asynccontextmanager
async def outbound(open_: OpenSocket = open_socket) -> AsyncIterator[Outbound]:
    """The way out of this process; no connection is kept."""
    async with dial.dialling(AGENT, is_kept=False, open_=open_) as out:
        yield out
