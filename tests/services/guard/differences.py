"""Where this guard and a published one disagree, and the reasons that are good ones."""

from collections.abc import Iterable
from ipaddress import IPv6Network, ip_address
from typing import NamedTuple

from routeyard.domain.errors import EndpointRefused
from routeyard.guard.target import read_target
from tests.services.guard.cases import ALLOWED, REFUSED, Case, Outcome, trials
from tests.services.guard.libraries import judges

_NAT64 = IPv6Network("64:ff9b::/96")


class Difference(NamedTuple):
    """A case that a library lets through and this guard refuses, or the other way round."""

    library: str
    case: Case
    outcome: Outcome
    verdict: str

    @property
    def excuse(self) -> str | None:
        """Why it is right to let through what the library refuses; None when it is not."""
        if self.case.permitted and self.library == "httpx-secure":
            return "the network is permitted, which httpx-secure has no way to say"
        if _is_translated(self.case):
            return "NAT64 of a public address: all that a network without IPv4 resolves to"
        if self.library == "drawbridge" and "xn--" in read_target(self.case.url).host:
            return "drawbridge cannot send a name with letters outside of ASCII"
        return None


class Comparison(NamedTuple):
    """`laxer`: let through here and refused there; `stricter`: the other way round."""

    cases: int
    refused: int
    laxer: list[Difference]
    stricter: list[Difference]


async def compare(cases: Iterable[Case]) -> Comparison:
    """Every case, here and in both libraries."""
    count = refused = 0
    found: list[Difference] = []
    async with trials() as here, judges() as libraries:
        for case in cases:
            outcome = await here.outcome(case)
            count, refused = count + 1, refused + (outcome.verdict == REFUSED)
            for name, judge in libraries.items():
                found.append(Difference(name, case, outcome, await judge(case)))
    return Comparison(
        count,
        refused,
        [d for d in found if d.verdict == REFUSED != d.outcome.verdict],
        [d for d in found if d.verdict == ALLOWED != d.outcome.verdict],
    )


def _is_translated(case: Case) -> bool:
    try:
        address = read_target(case.url).address
    except EndpointRefused:
        return False
    answers = [address] if address is not None else [ip_address(a) for a in case.resolves_to]
    return any(answer in _NAT64 for answer in answers)
