"""Sending bad requests to a registry that runs as a process, and judging what comes back."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from tests.services.registry.abuse.shots import Shot

DEADLINE_S = 40.0
MOST_HEAD = 64 * 1024
WORKERS = 4
# What an answer never holds: a driver's words, a statement, a trace, a file of ours.
STRANGE = (
    "traceback",
    "psycopg",
    "sqlalchemy",
    "strawberry",
    "select ",
    "insert into",
    'file "',
    "line 1:",
    "detail:",
    "site-packages",
)
# What the server says of itself where a request is none, before the application hears of it.
SERVERS_OWN = {"Invalid HTTP request received.", "Unsupported upgrade request."}
PLAIN = {"Not Found", "Method Not Allowed"}


class Fault(NamedTuple):
    """An answer that should not be."""

    kind: str
    what: str
    request: str
    answer: str


class Tally:
    """What came of the requests."""

    def __init__(self) -> None:
        self.kinds: Counter[str] = Counter()
        self.statuses: Counter[str] = Counter()
        self.codes: Counter[str] = Counter()
        self.faults: list[Fault] = []
        self.milliseconds: list[float] = []

    def note(self, shot: Shot, status: int | None, body: bytes, spent_s: float) -> None:
        """Take an answer in; without a status the connection was closed."""
        self.kinds[shot.kind] += 1
        self.statuses["closed" if status is None else str(status)] += 1
        self.milliseconds.append(spent_s * 1_000)
        for what in _wrong(shot, status, body, self.codes):
            sent = (shot.head + shot.body)[:600].decode(errors="replace")
            self.faults.append(Fault(shot.kind, what, sent, body[:600].decode(errors="replace")))

    def percentile(self, part: float) -> float:
        """The milliseconds within which that part of the answers came."""
        ordered = sorted(self.milliseconds)
        return ordered[min(len(ordered) - 1, int(len(ordered) * part))]


def _wrong(shot: Shot, status: int | None, body: bytes, codes: Counter[str]) -> Iterator[str]:
    text = body.decode(errors="replace")
    if status is None:
        if shot.is_http:
            yield "the connection was closed without an answer"
        return
    if status >= 500:
        yield f"the answer is {status}"
    lowered = text.lower()
    # Errors may say what was asked for.
    asked = (shot.head + shot.body).decode(errors="replace").lower()
    if found := [each for each in STRANGE if each in lowered and each not in asked]:
        yield f"the answer tells of {found}"
    try:
        told = json.loads(text) if text else {}
    except ValueError:
        told = None
    if not isinstance(told, dict):
        is_plain = text in SERVERS_OWN | PLAIN or text.startswith("# HELP")
        if not is_plain:
            yield "the answer is no JSON object"
        return
    for error in told.get("errors", ()):
        code = error.get("extensions", {}).get("code")
        codes[str(code)] += 1
        if code in {None, "internal"}:
            yield f"an error is of the code {code}"


class Wire:
    """One connection after the other to a port on this machine."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._held: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, shot: Shot) -> tuple[int | None, bytes]:
        """The status and the body; no status where the server only closes the connection."""
        try:
            async with asyncio.timeout(DEADLINE_S):
                return await self._exchange(shot)
        except (OSError, asyncio.IncompleteReadError, asyncio.LimitOverrunError, ValueError):
            await self.close()
            return None, b""

    async def _exchange(self, shot: Shot) -> tuple[int, bytes]:
        if self._held is None:
            self._held = await asyncio.open_connection("127.0.0.1", self._port, limit=MOST_HEAD)
        reader, writer = self._held
        writer.write(shot.head + shot.body)
        if not shot.is_http:
            # Nobody may wait for the rest of what is no request.
            writer.write_eof()
        await writer.drain()
        head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1")
        status = int(head.split(" ", 2)[1])
        fields = dict(
            line.lower().split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line
        )
        body = await reader.readexactly(int(fields.get("content-length", 0)))
        if fields.get("connection") == "close" or not shot.is_http:
            await self.close()
        return status, body

    async def close(self) -> None:
        held, self._held = self._held, None
        if held is not None:
            held[1].close()
            with suppress(OSError):
                await held[1].wait_closed()


async def fire(port: int, shots: Iterable[Shot]) -> Tally:
    """Send all of them, a few at a time."""
    tally, left = Tally(), iter(shots)

    async def work() -> None:
        wire = Wire(port)
        for shot in left:
            begun = time.perf_counter()
            status, body = await wire.send(shot)
            tally.note(shot, status, body, time.perf_counter() - begun)
        await wire.close()

    await asyncio.gather(*(work() for _ in range(WORKERS)))
    return tally


def resident_mib(process: int) -> float:
    """How much memory a process holds."""
    status = Path(f"/proc/{process}/status").read_text()
    line = next(line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(line.split()[1]) / 1024
