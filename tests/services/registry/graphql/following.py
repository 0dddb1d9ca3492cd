"""A subscriber on a real socket, and servers to follow: in this process, and as a process."""

import asyncio
import json
import os
import socket
import subprocess
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, nullcontext
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import httpx
import uvicorn
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from routeyard.runtime.process import serving
from tests.services.registry.graphql.conftest import environment

TRANSPORT = "graphql-transport-ws"
EVENTS = """subscription($after: GraphPoint) { graphChanges(after: $after) {
    epoch revision committedAt actor reason isComplete
    changes { kind id change revisions fields { name before after } } } }"""
DEADLINE_S = 20.0


class Ended(Exception):
    """The server closed the connection."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(f"{code} {reason}")
        self.code = code
        self.reason = reason


class Client:
    """Speaks graphql-transport-ws; every wait has a deadline."""

    def __init__(self, connection: ClientConnection) -> None:
        self._connection = connection

    async def say(self, **message: Any) -> None:
        await self._connection.send(json.dumps(message))

    async def say_raw(self, text: str | bytes) -> None:
        await self._connection.send(text)

    async def hear(self) -> Any:
        """The next message; Ended when there is none."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                return json.loads(await self._connection.recv())
        except ConnectionClosed as closed:
            frame = closed.rcvd
            raise Ended(frame.code if frame else 1006, frame.reason if frame else "") from None

    async def end(self) -> Ended:
        """How the server ends it, whatever it says before."""
        try:
            while True:
                await self.hear()
        except Ended as ended:
            return ended

    async def begin(self, key: str | None) -> Self:
        payload = {"authorization": f"Bearer {key}"} if key is not None else {}
        await self.say(type="connection_init", payload=payload)
        assert await self.hear() == {"type": "connection_ack"}
        return self

    async def subscribe(self, after: Any = None, query: str = EVENTS, id: str = "1") -> None:
        await self.say(
            type="subscribe", id=id, payload={"query": query, "variables": {"after": after}}
        )

    async def event(self) -> Any:
        """The next event of a subscription."""
        message = await self.hear()
        assert message["type"] == "next", message
        assert "errors" not in message["payload"], message
        return message["payload"]["data"]["graphChanges"]

    async def refusal(self) -> Any:
        """The one error that ends a subscription."""
        message = await self.hear()
        errors = message["payload"] if message["type"] == "error" else message["payload"]["errors"]
        if message["type"] == "next":
            assert (await self.hear())["type"] == "complete"
        (error,) = errors
        return error

    async def close(self) -> None:
        await self._connection.close()


@asynccontextmanager
async def connected(url: str, **more: Any) -> AsyncIterator[Client]:
    """A connection that has not said who it is yet."""
    more.setdefault("subprotocols", [Subprotocol(TRANSPORT)])
    async with connect(f"{url.replace('http', 'ws')}/graphql", proxy=None, **more) as connection:
        yield Client(connection)


def small_socket(url: str, buffer_bytes: int) -> socket.socket:
    """A connection to a server that takes little before it is read."""
    made = socket.socket()
    made.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer_bytes)
    made.connect(("127.0.0.1", int(url.rpartition(":")[2])))
    made.setblocking(False)  # noqa: FBT003 - the standard library's
    return made


@asynccontextmanager
async def served(app: Any, buffer_bytes: int | None = None) -> AsyncIterator[str]:
    """An application behind a real server in this process; its address.

    `buffer_bytes`: how much the operating system takes of an answer that nobody reads.
    """
    listening = socket.create_server(("127.0.0.1", 0))
    if buffer_bytes is not None:
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, buffer_bytes)
    server = uvicorn.Server(serving(app))
    task = asyncio.create_task(server.serve(sockets=[listening]))
    async with asyncio.timeout(DEADLINE_S):
        while not server.started:  # noqa: ASYNC110 - the server tells in no other way
            await asyncio.sleep(0.01)
    try:
        yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        await task


class RegistryProcess:
    """`python -m services.registry` on a database, without Kafka; started again where it was."""

    def __init__(self, database: str, log: Path | None = None) -> None:
        with socket.create_server(("127.0.0.1", 0)) as free:
            self._port: int = free.getsockname()[1]
        self._database = database
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"http://127.0.0.1:{self._port}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.kill()

    async def start(self) -> None:
        variables = {"ROUTEYARD_PORT": str(self._port), "ROUTEYARD_LOG_LEVEL": "error"}
        with self._log.open("ab") if self._log else nullcontext() as log:
            self._process = subprocess.Popen(  # noqa: ASYNC220 - it lives beside the test
                [sys.executable, "-m", "services.registry"],
                env={**os.environ, **environment(self._database), **variables},
                stderr=log,
            )
        async with asyncio.timeout(DEADLINE_S), httpx.AsyncClient(trust_env=False) as http:
            while not await _is_ready(http, self.url):  # noqa: ASYNC110 - over HTTP only
                await asyncio.sleep(0.05)

    @property
    def id(self) -> int:
        """The process's."""
        assert self._process is not None
        return self._process.pid

    @property
    def port(self) -> int:
        return self._port

    def kill(self) -> None:
        """As a crash would."""
        if self._process is not None:
            self._process.kill()
            self._process.wait(DEADLINE_S)

    async def stop(self) -> int:
        """As an operator would; its exit code."""
        assert self._process is not None
        self._process.terminate()
        return await asyncio.to_thread(self._process.wait, DEADLINE_S)


async def _is_ready(http: httpx.AsyncClient, url: str) -> bool:
    try:
        return (await http.get(f"{url}/readyz")).status_code == 200
    except httpx.TransportError:
        return False
