"""Requests that no client would send, on a real socket: no way in, and no fault."""

import asyncio

import httpx
import pytest

from services.registry.app import create_app
from services.registry.settings import RegistrySettings
from tests.services.registry.graphql.conftest import Registry, environment
from tests.services.registry.graphql.following import served

BODY = b'{"query": "{ revision }"}'
LENGTH = b"content-length: %d" % len(BODY)
JSON = b"content-type: application/json"
HOST = b"host: x"
CHUNKED = b"transfer-encoding: chunked"


def request(line: bytes, *headers: bytes, body: bytes = b"") -> bytes:
    return b"\r\n".join([line, *headers, b"", body])


def post(path: bytes, *headers: bytes, body: bytes = BODY) -> bytes:
    return request(b"POST " + path + b" HTTP/1.1", *headers, body=body)


GET = b"GET /graphql HTTP/1.1"
RAW = {
    "two lengths": post(b"/graphql", HOST, LENGTH, b"content-length: 1"),
    "length and chunks": post(b"/graphql", HOST, LENGTH, CHUNKED, body=b"0\r\n\r\n" + BODY),
    "odd chunks": post(b"/graphql", HOST, b"transfer-encoding: xchunked"),
    "bad chunk": post(b"/graphql", HOST, CHUNKED, body=b"zz\r\n"),
    "negative length": post(b"/graphql", HOST, b"content-length: -1"),
    "no host": post(b"/graphql", LENGTH, JSON),
    "a host that is a path": post(b"/graphql", b"host: x/livez?", LENGTH, JSON),
    "two hosts": post(b"/graphql", b"host: a", b"host: b", LENGTH, JSON),
    "nul in the path": request(b"GET /graph\x00ql HTTP/1.1", HOST),
    "nul in a header": request(GET, HOST, b"x: a\x00b"),
    "bare line feeds": b"GET /graphql HTTP/1.1\nhost: x\n\n",
    "a folded header": request(GET, HOST, b"x: a\r\n b"),
    "dots": post(b"/v1/../graphql", HOST, LENGTH, JSON),
    "encoded dots": post(b"/v1/%2e%2e/graphql", HOST, LENGTH, JSON),
    "two slashes": post(b"//graphql", HOST, LENGTH, JSON),
    "an encoded slash": post(b"/%2fgraphql", HOST, LENGTH, JSON),
    "an absolute address": post(b"http://evil/graphql", HOST, LENGTH, JSON),
    "an asterisk": request(b"OPTIONS * HTTP/1.1", HOST),
    "connect": request(b"CONNECT evil:443 HTTP/1.1", b"host: evil:443"),
    "a large header": request(GET, HOST, b"x: " + b"a" * 200_000),
    "many headers": request(GET, HOST, *[b"x: a"] * 20_000),
    "no http": b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
    "http 9": request(b"GET /graphql HTTP/9.9", HOST),
    "a key of bytes": post(b"/graphql", HOST, b"authorization: Bearer \xff\xfe", LENGTH, JSON),
    "an upgrade to nothing": request(GET, HOST, b"upgrade: websocket", b"connection: upgrade"),
    "an upgrade to h2c": request(GET, HOST, b"upgrade: h2c", b"connection: upgrade"),
}


async def sent(port: int, raw: bytes) -> bytes:
    """What comes back before the server closes, or has answered, or stays silent."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    got = b""
    try:
        writer.write(raw)
        async with asyncio.timeout(5):
            await writer.drain()
            while b"\r\n\r\n" not in got and (more := await reader.read(65_536)):
                got += more
    except (OSError, TimeoutError):
        pass
    finally:
        writer.close()
    return got


@pytest.mark.timeout(180)
async def test_none_is_answered_with_data_and_no_fault_comes_of_any(registry: Registry) -> None:
    app = create_app(RegistrySettings.read(environment(registry.database)))
    async with served(app) as url:
        port = int(url.rpartition(":")[2])
        for name, raw in RAW.items():
            got = await sent(port, raw)
            assert b"revision" not in got, name
            assert not got.startswith((b"HTTP/1.1 2", b"HTTP/1.1 5")), (name, got[:200])
        async with httpx.AsyncClient(trust_env=False) as http:
            headers = {"authorization": f"Bearer {registry.keys['admin']}"}
            asked = {"query": "{ revision }"}
            posted = await http.post(f"{url}/graphql", json=asked, headers=headers)
        assert posted.status_code == 200
