"""Asking live servers on loopback, good ones and others."""

import asyncio
import json
from collections.abc import AsyncIterator, Callable, Mapping
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from routeyard.domain.errors import InvalidCatalog, Unavailable
from routeyard.servers import discover as discovery
from routeyard.servers.discover import Answers, discover
from routeyard.servers.kinds import Server
from services.registry.catalogs.live import ask
from services.registry.catalogs.live.ask import asking

pytestmark = pytest.mark.anyio

Handler = Callable[[web.Request], Any]
Serve = Callable[[Mapping[str, Any]], Any]


class Site:
    """A server that answers GET and POST from a table, and remembers what it was asked."""

    def __init__(self, answers: Mapping[str, Any]) -> None:
        self.answers = answers
        self.asked: list[str] = []
        self.headers: list[Mapping[str, str]] = []
        self.server = TestServer(web.Application())
        self.server.app.router.add_route("*", "/{path:.*}", self._answer)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self.asked.append(request.path_qs)
        self.headers.append(request.headers)
        answer = self.answers.get(request.path)
        if callable(answer):
            answer = answer(request)
            answer = await answer if asyncio.iscoroutine(answer) else answer
        if isinstance(answer, web.StreamResponse):
            return answer
        if answer is None:
            raise web.HTTPNotFound
        return web.Response(text=json.dumps(answer))

    @property
    def url(self) -> str:
        return str(self.server.make_url("")).rstrip("/")


@pytest.fixture
async def serve() -> AsyncIterator[Serve]:
    sites: list[Site] = []

    async def started(answers: Mapping[str, Any]) -> Site:
        site = Site(answers)
        await site.server.start_server()
        sites.append(site)
        return site

    yield started
    for site in sites:
        await site.server.close()


async def found(url: str, server: Server = Server.AUTO, timeout_s: float = 5.0) -> Answers:
    async with asking({"authorization": "Bearer k"}, timeout_s) as asker:
        return await discover(asker, url, server)


VLLM = {"data": [{"id": "m", "owned_by": "vllm"}]}
TAGS = {"models": [{"name": "a:1b", "model": "a:1b"}, {"name": "b:1b"}]}


@pytest.mark.parametrize("path", ["", "/", "/v1", "/v1/models"])
async def test_a_vllm_server_is_recognised_wherever_it_is_asked(serve: Serve, path: str) -> None:
    site = await serve({"/v1/models": VLLM})
    answers = await found(site.url + path)
    assert answers == Answers(server=Server.VLLM, listed=VLLM)
    assert site.asked == ["/v1/models"]
    assert site.headers[0]["authorization"] == "Bearer k"


async def test_a_nim_is_asked_whether_it_is_ready_and_what_it_is(serve: Serve) -> None:
    listed = {"data": [{"id": "m", "owned_by": "system", "max_model_len": 8}]}
    about = {"version": "1.8.3"}
    site = await serve(
        {"/v1/models": listed, "/v1/health/ready": {"message": "ok"}, "/v1/metadata": about}
    )
    assert await found(site.url) == Answers(server=Server.NIM, listed=listed, about=about)


async def test_a_nim_that_loads_still_is_unavailable(serve: Serve) -> None:
    listed = {"data": [{"id": "m", "owned_by": "system", "max_model_len": 8}]}
    loading = web.Response(status=503)
    site = await serve({"/v1/models": listed, "/v1/health/ready": loading})
    with pytest.raises(Unavailable, match="answered 503"):
        await found(site.url)


@pytest.mark.parametrize("also", [True, False])
async def test_ollama_shows_each_model(serve: Serve, also: bool) -> None:  # noqa: FBT001
    async def show(request: web.Request) -> object:
        name = (await request.json())["model"]
        return {"model_info": {"a.context_length": 8}} if name == "a:1b" else None

    answers = {"/api/tags": TAGS, "/api/show": show}
    compatible = {"/v1/models": {"data": [{"id": "a:1b", "owned_by": "library"}]}}
    site = await serve(answers | (compatible if also else {}))
    assert await found(site.url) == Answers(
        server=Server.OLLAMA,
        listed=TAGS,
        shown={"a:1b": {"model_info": {"a.context_length": 8}}},
    )


async def test_tgi_tells_more_than_its_list(serve: Serve) -> None:
    info = {"model_id": "a/m", "max_total_tokens": 2048}
    site = await serve({"/v1/models": {"data": [{"id": "a/m"}]}, "/info": info})
    assert await found(site.url) == Answers(server=Server.TGI, listed=info)


async def test_what_answers_like_openai_is_taken_at_its_word(serve: Serve) -> None:
    listed = {"data": [{"id": "m"}]}
    page = web.Response(text="<html>", content_type="text/html")
    site = await serve({"/v1/models": listed, "/info": page})
    assert await found(site.url) == Answers(server=Server.OPENAI, listed=listed)


async def test_anthropics_pages_are_put_together(serve: Serve) -> None:
    def page(request: web.Request) -> object:
        if "after_id" in request.query:
            return {"data": [{"id": request.query["after_id"] + "+"}], "has_more": False}
        return {"data": [{"id": "a"}], "has_more": True, "last_id": "a"}

    site = await serve({"/v1/models": page})
    answers = await found(site.url, Server.ANTHROPIC)
    assert answers.listed == {"data": [{"id": "a"}, {"id": "a+"}], "has_more": False}


async def test_geminis_pages_are_put_together_whatever_their_token(serve: Serve) -> None:
    def page(request: web.Request) -> object:
        if request.query.get("pageToken") == "opaque +/=":
            return {"models": [{"name": "models/b"}]}
        return {"models": [{"name": "models/a"}], "nextPageToken": "opaque +/="}

    site = await serve({"/v1beta/models": page})
    answers = await found(site.url, Server.GEMINI)
    assert answers.listed == {"models": [{"name": "models/a"}, {"name": "models/b"}]}


async def test_pages_without_end_are_refused(serve: Serve) -> None:
    site = await serve({"/v1/models": {"data": [], "has_more": True, "last_id": "a"}})
    with pytest.raises(InvalidCatalog, match="goes on after 50 pages"):
        await found(site.url, Server.ANTHROPIC)
    assert len(site.asked) == discovery.MOST_PAGES


async def test_openrouters_endpoints_are_asked_as_given(serve: Serve) -> None:
    listed = {"data": {"id": "a/m", "endpoints": []}}
    site = await serve({"/api/v1/models/a/m/endpoints": listed})
    url = f"{site.url}/api/v1/models/a/m/endpoints"
    assert await found(url, Server.OPENROUTER) == Answers(server=Server.OPENROUTER, listed=listed)


async def test_a_redirect_is_not_followed(serve: Serve) -> None:
    other = await serve({"/v1/models": VLLM})
    moved = web.Response(status=307, headers={"location": f"{other.url}/v1/models"})
    site = await serve({"/v1/models": moved})
    with pytest.raises(Unavailable, match=r"redirects to .*; give the final address"):
        await found(site.url)
    assert other.asked == []


async def test_a_large_answer_is_not_read_to_its_end(
    serve: Serve, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ask, "LARGEST", 1000)
    site = await serve({"/v1/models": {"data": ["x" * 100_000]}})
    with pytest.raises(InvalidCatalog, match="larger than 4 MiB"):
        await found(site.url, Server.VLLM)


async def test_a_server_that_says_nothing_is_given_up(serve: Serve) -> None:
    never = asyncio.Event()

    async def silent(_: web.Request) -> object:
        await never.wait()
        return VLLM

    site = await serve({"/v1/models": silent})
    with pytest.raises(Unavailable, match="does not answer"):
        await found(site.url, timeout_s=0.2)
    never.set()


async def test_nobody_there_is_said(free_tcp_port: int) -> None:
    with pytest.raises(Unavailable, match="check the address"):
        await found(f"http://127.0.0.1:{free_tcp_port}")


@pytest.mark.parametrize(
    ("answers", "server", "error", "why"),
    [
        ({}, Server.AUTO, InvalidCatalog, "neither under /v1/models"),
        ({}, Server.TGI, Unavailable, "is not there"),
        ({"/v1/models": "no object"}, Server.GEMINI, Unavailable, "is not there"),
        ({"/v1beta/models": "no object"}, Server.GEMINI, InvalidCatalog, "list of models"),
        ({"/v1/models": web.Response(status=401)}, Server.AUTO, Unavailable, "answered 401"),
        ({"/info": web.Response(text="<html>")}, Server.TGI, InvalidCatalog, "is not JSON"),
    ],
)
async def test_other_answers_say_what_is_wrong(
    serve: Serve, answers: Mapping[str, Any], server: Server, error: type[Exception], why: str
) -> None:
    site = await serve(answers)
    with pytest.raises(error, match=why):
        await found(site.url, server)
