"""The table of spellings, and what happens to a case on the whole way to a socket."""

import json
import socket
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import msgspec

from routeyard.domain.errors import EndpointRefused, Unavailable
from routeyard.guard.dial import Outbound, dialling
from routeyard.guard.permission import Permission, read_networks
from routeyard.guard.sockets import AddrInfo
from routeyard.guard.target import read_target
from routeyard.guard.vet import Guard

FOLDER = Path(__file__).parents[2] / "cases" / "guard"
REFUSED, ALLOWED, UNAVAILABLE = "refused", "allowed", "unavailable"


class Case(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """An address as somebody writes it, who permitted what, and what must come of it.

    `resolves_to` is what its name would stand for, `dials` how many addresses are dialled.
    """

    url: str
    why: str
    expect: str
    rule: str | None = None
    permitted: tuple[str, ...] = ()
    resolves_to: tuple[str, ...] = ()
    plain: bool = False
    dials: int = 0

    @property
    def guard(self) -> Guard:
        return Guard(Permission(read_networks(self.permitted), self.plain), self.resolve)

    async def resolve(self, _: str) -> tuple[str, ...]:
        return self.resolves_to


class Outcome(NamedTuple):
    """What came of a case: the verdict, the rule, and every address that was to be dialled."""

    verdict: str
    rule: str | None
    dialled: Sequence[tuple[object, ...]]


class Recorder:
    """Makes no socket, and notes for which address one was wanted."""

    def __init__(self) -> None:
        self.dialled: list[tuple[object, ...]] = []

    def open(self, info: AddrInfo) -> socket.socket:
        self.dialled.append(info[4])
        raise ConnectionRefusedError(111, "nothing is dialled here")


def cases() -> list[Case]:
    """The whole table."""
    found = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(FOLDER.glob("*.json"))]
    return msgspec.convert([case for several in found for case in several], list[Case])


class Trials:
    """Sends cases on their way, with the last step replaced: no socket is ever made."""

    def __init__(self, outbound: Outbound, recorder: Recorder) -> None:
        self._outbound = outbound
        self._recorder = recorder

    async def outcome(self, case: Case) -> Outcome:
        """What a request for the case comes to."""
        self._recorder.dialled.clear()
        verdict, rule = await self._request(case)
        return Outcome(verdict, rule, tuple(self._recorder.dialled))

    async def _request(self, case: Case) -> tuple[str, str | None]:
        try:
            async with self._outbound.request(read_target(case.url), case.guard):
                raise AssertionError(case)
        except EndpointRefused as fault:
            return REFUSED, _name_of(fault)
        except Unavailable:
            return UNAVAILABLE, None
        except aiohttp.ClientConnectorError:
            return ALLOWED, None


@asynccontextmanager
async def trials() -> AsyncIterator[Trials]:
    """Trials over one way out."""
    recorder = Recorder()
    async with dialling("test", open_=recorder.open) as outbound:
        yield Trials(outbound, recorder)


async def outcome_of(case: Case) -> Outcome:
    """What a single case comes to."""
    async with trials() as found:
        return await found.outcome(case)


def _name_of(fault: EndpointRefused) -> str:
    rule: Any = fault.fields["rule"]
    return str(rule.name)
