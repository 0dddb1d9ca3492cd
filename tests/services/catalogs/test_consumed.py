from collections.abc import AsyncIterator

import pytest
from aiohttp import web
from aiohttp.test_utils import BaseTestServer, TestServer

from routeyard.domain.errors import Unavailable
from services.registry.catalogs.consumed import RegistryPositions

pytestmark = pytest.mark.anyio


@pytest.fixture
async def server() -> AsyncIterator[BaseTestServer]:
    async def consumed(request: web.Request) -> web.Response:
        if request.headers.get("authorization") != "Bearer right":
            raise web.HTTPUnauthorized
        return web.json_response([{"topic": "t", "partition": 2, "next_offset": 7}])

    async def odd(_: web.Request) -> web.Response:
        return web.Response(text="ok")

    app = web.Application()
    app.router.add_get("/v1/consumed", consumed)
    app.router.add_get("/odd/v1/consumed", odd)
    async with TestServer(app) as running:
        yield running


async def test_the_registry_tells_how_far_it_has_read(server: BaseTestServer) -> None:
    registry = RegistryPositions(str(server.make_url("/")), "right")
    assert await registry.positions() == {("t", 2): 7}


async def test_an_answer_that_does_not_tell_says_what_to_do(server: BaseTestServer) -> None:
    for path, key in (("/", "wrong"), ("/odd", "right"), ("/none", "right")):
        registry = RegistryPositions(str(server.make_url(path)), key)
        with pytest.raises(Unavailable, match="--no-wait"):
            await registry.positions()
