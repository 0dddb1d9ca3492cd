"""What a live server is and says: each kind is asked what it can answer."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from typing import Protocol

from routeyard.domain.errors import InvalidCatalog, Unavailable
from routeyard.domain.value import Value
from routeyard.servers.kinds import (
    GEMINI_MODELS,
    INFO,
    METADATA,
    MODELS,
    READY,
    SHOW,
    TAGS,
    Server,
    by_host,
    by_shape,
    is_row,
    list_address,
    root_of,
)

MOST_PAGES = 50
MOST_MODELS = 500
AT_ONCE = 4


class Asker(Protocol):
    """Asks a server.

    Methods raise Unavailable when nobody answers in time, or not with what was asked for, and
    InvalidCatalog when the answer is not JSON, or too large.
    """

    async def get(self, url: str, **parameters: str) -> object:
        """The JSON document at an address; None where the server has nothing there."""

    async def post(self, url: str, body: Mapping[str, object]) -> object:
        """The JSON document that a request is answered with. See `get`."""

    async def maybe(self, url: str) -> object:
        """See `get`, but None also where the answer is no use: to find out what is there."""


class Answers(Value, frozen=True):
    """What a server said. `listed`: its list of models, whole.

    `shown`: Ollama's word on each model by name. `about`: NIM's metadata.
    """

    server: Server
    listed: object
    shown: dict[str, object] = {}
    about: object = None


async def discover(asker: Asker, url: str, server: Server = Server.AUTO) -> Answers:
    """Ask a server all that its kind can tell.

    Raises:
        Unavailable: it does not answer, or is not ready.
        InvalidCatalog: what it answers is no list of models.
    """
    if server is Server.AUTO:
        server = by_host(url)
    if server is Server.AUTO:
        return await _found(asker, url)
    return await _asked(asker, url, server)


async def _asked(  # noqa: PLR0911 - one line for each server
    asker: Asker, url: str, server: Server
) -> Answers:
    root = root_of(url)
    match server:
        case Server.OLLAMA:
            return await _ollama(asker, root, await _whole(asker, root + TAGS))
        case Server.TGI:
            return Answers(server=server, listed=await _whole(asker, root + INFO))
        case Server.NIM:
            return await _nim(asker, root, await _whole(asker, root + MODELS))
        case Server.ANTHROPIC:
            return Answers(server=server, listed=await _anthropic(asker, root))
        case Server.GEMINI:
            return Answers(server=server, listed=await _gemini(asker, root))
        case Server.OPENROUTER if url.rstrip("/").endswith("/endpoints"):
            return Answers(server=server, listed=await _whole(asker, url))
    return Answers(server=server, listed=await _whole(asker, list_address(url)))


async def _found(asker: Asker, url: str) -> Answers:
    """Most servers list models as OpenAI does; Ollama and TGI say more elsewhere."""
    root = root_of(url)
    listed = await asker.maybe(list_address(url))
    server = by_shape(listed)
    if server in (Server.AUTO, Server.OPENAI, Server.OLLAMA):
        tags = await asker.maybe(root + TAGS)
        if by_shape(tags) is Server.OLLAMA:
            return await _ollama(asker, root, tags)
    if server in (Server.AUTO, Server.OPENAI):
        info = await asker.maybe(root + INFO)
        if by_shape(info) is Server.TGI:
            return Answers(server=Server.TGI, listed=info)
    if server is Server.NIM:
        return await _nim(asker, root, listed)
    if server is Server.AUTO:
        raise InvalidCatalog(
            f"{url} answers with a list of models neither under {MODELS}, nor {TAGS}, nor {INFO}; "
            "check the address, or say what it is with --server."
        )
    return Answers(server=server, listed=listed)


async def _whole(asker: Asker, url: str, **parameters: str) -> object:
    answer = await asker.get(url, **parameters)
    if answer is None:
        raise Unavailable(f"{url} is not there (404); check the address and --server.")
    return answer


async def _ollama(asker: Asker, root: str, tags: object) -> Answers:
    listed = tags.get("models") if is_row(tags) else None
    names = [
        str(each.get("model") or each.get("name"))
        for each in (listed if isinstance(listed, list) else [])
        if is_row(each)
    ]
    turns = asyncio.Semaphore(AT_ONCE)

    async def show(name: str) -> tuple[str, object]:
        async with turns:
            return name, await asker.post(root + SHOW, {"model": name})

    shown = dict(await asyncio.gather(*(show(name) for name in names[:MOST_MODELS])))
    told = {name: answer for name, answer in shown.items() if answer is not None}
    return Answers(server=Server.OLLAMA, listed=tags, shown=told)


async def _nim(asker: Asker, root: str, listed: object) -> Answers:
    """It lists its models while it still loads them; only its health tells that."""
    await asker.get(root + READY)
    about = await asker.maybe(root + METADATA)
    return Answers(server=Server.NIM, listed=listed, about=about)


async def _anthropic(asker: Asker, root: str) -> object:
    def after(page: Mapping[str, object]) -> dict[str, str]:
        last = page.get("last_id")
        return {"after_id": str(last)} if page.get("has_more") is True and last else {}

    rows = await _pages(asker, root + MODELS, "data", after)
    return {"data": rows, "has_more": False}


async def _gemini(asker: Asker, root: str) -> object:
    def after(page: Mapping[str, object]) -> dict[str, str]:
        token = page.get("nextPageToken")
        return {"pageToken": str(token)} if token else {}

    return {"models": await _pages(asker, root + GEMINI_MODELS, "models", after)}


async def _pages(
    asker: Asker, url: str, field: str, after: Callable[[Mapping[str, object]], dict[str, str]]
) -> list[object]:
    rows: list[object] = []
    where: dict[str, str] = {}
    for _ in range(MOST_PAGES):
        page = await _whole(asker, url, **where)
        listed = page.get(field) if is_row(page) else None
        if not is_row(page) or not isinstance(listed, list):
            raise InvalidCatalog(f"{url} did not answer with a list of models; check --server.")
        rows += listed
        where = after(page)
        if not where:
            return rows
    raise InvalidCatalog(f"{url} goes on after {MOST_PAGES} pages; is it a list of models?")
