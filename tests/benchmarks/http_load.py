"""As many requests as a server answers, over connections that stay open, at little cost."""

import asyncio
import time
from collections.abc import Iterator, Sequence
from itertools import cycle
from typing import NamedTuple, cast
from urllib.parse import urlsplit

import httptools

CONNECTIONS = 16
OK = 200
GRACE_S = 10.0


class Load(NamedTuple):
    """What came of it: how many were answered in how many seconds, and each one's milliseconds."""

    answered: int
    seconds: float
    took_ms: list[float]
    refused: int


class Caller(asyncio.Protocol):
    """One connection: the next request goes out as soon as the last one is answered."""

    def __init__(self, requests: Iterator[bytes], until: float) -> None:
        self._requests = requests
        self._until = until
        self._parser = httptools.HttpResponseParser(self)
        self._sent = 0.0
        self.took_ms: list[float] = []
        self.refused = 0
        self.done = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Ask the first one."""
        self._transport = cast("asyncio.Transport", transport)  # uvloop's is none by descent
        self._ask()

    def data_received(self, data: bytes) -> None:
        """Read on."""
        self._parser.feed_data(data)

    def on_message_complete(self) -> None:
        """Note the answer, and ask the next one."""
        now = time.perf_counter()
        self.took_ms.append((now - self._sent) * 1e3)
        self.refused += self._parser.get_status_code() != OK
        if now < self._until:
            self._ask()
        else:
            self._transport.close()

    def connection_lost(self, fault: Exception | None) -> None:
        """The end; before its time it is a fault."""
        if fault is None and time.perf_counter() >= self._until:
            self.done.set_result(None)
        else:
            self.done.set_exception(fault or ConnectionError("the server hung up"))

    def _ask(self) -> None:
        self._sent = time.perf_counter()
        self._transport.write(next(self._requests))


async def load(url: str, requests: Sequence[bytes], seconds: float) -> Load:
    """Ask for so long, each connection one request after another."""
    address, endless = urlsplit(url), cycle(requests)
    loop, started = asyncio.get_running_loop(), time.perf_counter()
    callers = [
        (
            await loop.create_connection(
                lambda: Caller(endless, started + seconds), address.hostname, address.port
            )
        )[1]
        for _ in range(CONNECTIONS)
    ]
    await asyncio.wait_for(asyncio.gather(*(each.done for each in callers)), seconds + GRACE_S)
    lasted = time.perf_counter() - started
    took = [each for caller in callers for each in caller.took_ms]
    return Load(len(took), lasted, took, sum(each.refused for each in callers))


def request(url: str, path: str, body: bytes, key: str) -> bytes:
    """A request as it goes over the wire."""
    host = urlsplit(url).netloc
    head = f"POST {path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {key}\r\n"
    head += f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n"
    return head.encode() + body
