"""Asking a server what it serves: one attempt each, small answers, its secret to it alone."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import NamedTuple
from urllib.parse import urlencode

import aiohttp

from routeyard.domain.errors import InvalidCatalog, Unavailable
from routeyard.guard.dial import Ask, Outbound
from routeyard.guard.secret import Secret
from routeyard.guard.target import read_target
from routeyard.guard.vet import Guard
from services.healthcheck.dial import UNRESOLVED, reason_of

LARGEST = 1024 * 1024
NO_LIST = "the answer is no list of models"
_OK, _ABSENT, _DENIED = 200, (404, 405, 501), (401, 403)
_ACCEPT = {"accept": "application/json"}


class NoAnswer(Unavailable):
    """There is no answer, or it says that nothing is given; the message is the short reason."""


class NoUse(InvalidCatalog):
    """The answer is of no use; the message is the short reason."""


class Way(NamedTuple):
    """How an endpoint is asked: by whose guard, with which secret and further headers."""

    outbound: Outbound
    guard: Guard
    timer: Callable[[], float]
    secret: Secret | None = None
    headers: Mapping[str, str] = {}


class GuardedAsker:
    """See `routeyard.servers.discover.Asker`; messages are the short reasons.

    `status` and `latency_ms` are those of the first answer.
    """

    def __init__(self, way: Way) -> None:
        self._way = way
        self.status: int | None = None
        self.latency_ms: float | None = None

    async def get(self, url: str, **parameters: str) -> object:
        """The JSON document at an address; None where the server has nothing there.

        Raises:
            EndpointRefused: it may not be asked.
            NoAnswer: there was no answer, or not with what was asked for.
            NoUse: the answer is not JSON, larger than 1 MiB, or repeats the secret.
        """
        mark = "&" if "?" in url else "?"
        asked = f"{url}{mark}{urlencode(parameters)}" if parameters else url
        return await self._asked(asked, Ask(headers=self._headers(), secret=self._way.secret))

    async def post(self, url: str, body: Mapping[str, object]) -> object:
        """The JSON document that a request is answered with. See `get`."""
        headers = {**self._headers(), "content-type": "application/json"}
        sent = json.dumps(dict(body)).encode()
        return await self._asked(url, Ask("POST", headers, sent, self._way.secret))

    async def maybe(self, url: str) -> object:
        """See `get`, but None also where the answer is no use: to find out what is there."""
        try:
            return await self.get(url)
        except NoUse:
            return None

    def _headers(self) -> dict[str, str]:
        return {**_ACCEPT, **self._way.headers}

    async def _asked(self, url: str, ask: Ask) -> object:
        started = self._way.timer()
        try:
            async with self._way.outbound.request(read_target(url), self._way.guard, ask) as answer:
                if self.status is None:
                    self.status = answer.status
                    self.latency_ms = round((self._way.timer() - started) * 1e3, 3)
                if answer.status in _ABSENT:
                    return None
                require_use(answer.status, has_secret=ask.secret is not None)
                return self._read(await _bounded(answer.content))
        except NoAnswer:
            raise
        except Unavailable as fault:
            raise NoAnswer(UNRESOLVED) from fault
        except (aiohttp.ClientError, OSError, ValueError) as fault:
            raise NoAnswer(reason_of(fault)) from fault

    def _read(self, body: bytes) -> object:
        secret = self._way.secret
        if secret is not None and secret.value.encode() in body:
            raise NoUse("the answer repeats the secret")
        try:
            document: object = json.loads(body)
        except (ValueError, RecursionError):
            raise NoUse(NO_LIST) from None
        return document


def require_use(status: int, *, has_secret: bool) -> None:
    """Refuse an answer that cannot be what was asked for.

    Raises:
        NoAnswer: with the short reason.
    """
    if status in _DENIED:
        raise NoAnswer(
            "the credential is refused" if has_secret else f"HTTP {status}: a credential is needed"
        )
    if 300 <= status < 400:  # noqa: PLR2004 - HTTP's redirects
        raise NoAnswer(f"HTTP {status}: a redirect")
    if status != _OK:
        raise NoAnswer(f"HTTP {status}")


async def _bounded(content: aiohttp.StreamReader) -> bytes:
    body = bytearray()
    async for chunk in content.iter_chunked(1 << 16):
        body += chunk
        if len(body) > LARGEST:
            raise NoUse("the answer is larger than 1 MiB")
    return bytes(body)
