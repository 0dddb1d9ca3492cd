"""Asking a live server: little time, small answers, and never elsewhere than where it was asked."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from routeyard.domain.errors import InvalidCatalog, Unavailable
from services.registry.catalogs.load import document_of

if TYPE_CHECKING:
    import aiohttp

TIMEOUT_S = 10.0
LARGEST = 4 * 1024 * 1024

_OK, _MOVED, _ABSENT = 200, range(300, 400), (404, 405, 501)


class Asker:
    """Asks with one set of headers, which go to no other address."""

    def __init__(self, session: "aiohttp.ClientSession", headers: Mapping[str, str]) -> None:
        self._session = session
        self._headers = dict(headers)

    async def get(self, url: str, **parameters: str) -> object:
        """The JSON document at an address; None where the server has nothing there.

        Raises:
            Unavailable: nobody answers in time, or not with what was asked for.
            InvalidCatalog: the answer is not JSON, or larger than 4 MiB.
        """
        return await self._asked("GET", url, params=parameters)

    async def post(self, url: str, body: Mapping[str, object]) -> object:
        """The JSON document that a request is answered with. See `get`."""
        return await self._asked("POST", url, json=dict(body))

    async def maybe(self, url: str) -> object:
        """See `get`, but None also where the answer is no use: to find out what is there."""
        try:
            return await self.get(url)
        except InvalidCatalog:
            return None

    async def _asked(self, method: str, url: str, **request: object) -> object:
        import aiohttp  # noqa: PLC0415 - a second of start-up that only this needs

        try:
            async with self._session.request(
                method,
                url,
                headers=self._headers,
                allow_redirects=False,
                **request,  # type: ignore[arg-type]
            ) as answer:
                if answer.status in _ABSENT:
                    return None
                _require_ok(url, answer.status, answer.headers.get("location", ""))
                return document_of(await _bounded(answer.content, url), url)
        except (aiohttp.ClientError, TimeoutError) as fault:
            why = str(fault) or type(fault).__name__
            raise Unavailable(f"{url} does not answer ({why}); check the address.") from fault


@asynccontextmanager
async def asking(headers: Mapping[str, str], timeout_s: float = TIMEOUT_S) -> AsyncIterator[Asker]:
    """An asker, for as long as it is needed."""
    import aiohttp  # noqa: PLC0415 - the same

    timeout = aiohttp.ClientTimeout(total=timeout_s)
    async with aiohttp.ClientSession(timeout=timeout, trust_env=True) as session:
        yield Asker(session, headers)


def _require_ok(url: str, status: int, location: str) -> None:
    if status in _MOVED:
        raise Unavailable(
            f"{url} redirects to {location or 'elsewhere'}; give the final address, "
            "a key is sent to no other."
        )
    if status != _OK:
        raise Unavailable(f"{url} answered {status}; check the address and the key.")


async def _bounded(content: "aiohttp.StreamReader", url: str) -> bytes:
    body = bytearray()
    async for chunk in content.iter_chunked(1 << 16):
        body += chunk
        if len(body) > LARGEST:
            raise InvalidCatalog(f"The answer of {url} is larger than 4 MiB; is it a list?")
    return bytes(body)
