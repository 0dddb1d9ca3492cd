"""The table of spellings, and what happens to a case on the whole way to a socket."""

import json
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import aiohttp
import msgspec

from routeyard.domain.errors import EndpointRefused, Unavailable
from routeyard.guard.dial import dialling
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


async def outcome_of(case: Case) -> Outcome:
    """What a request comes to, with the last step replaced: no socket is ever made."""
    recorder = Recorder()
    async with dialling("test", open_=recorder.open) as outbound:
        try:
            async with outbound.request(read_target(case.url), case.guard):
                raise AssertionError(case)
        except EndpointRefused as fault:
            return Outcome(REFUSED, _name_of(fault), recorder.dialled)
        except Unavailable:
            return Outcome(UNAVAILABLE, None, recorder.dialled)
        except aiohttp.ClientConnectorError:
            return Outcome(ALLOWED, None, recorder.dialled)


def _name_of(fault: EndpointRefused) -> str:
    rule: Any = fault.fields["rule"]
    return str(rule.name)
