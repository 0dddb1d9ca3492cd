"""Addresses that no table lists: the edges of every range, what lies within, and disguises."""

import random
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address

from routeyard.guard.ranges import ROWS
from tests.services.guard.cases import Case

SEED, WANTED = 20261125, 2500
_DISGUISES = ("::ffff:{}", "::{}", "::ffff:0:{}", "64:ff9b::{}", "64:ff9b:1::{}", "2606::5efe:{}")


def generated() -> list[Case]:
    """The same cases each time; what is expected of them is not said."""
    draw = random.Random(SEED)  # noqa: S311 - the same draws each time
    cases = list(_edges())
    while len(cases) < WANTED:
        cases += [_case(_host(draw), draw.random() < 0.5)]
    return list(dict.fromkeys(cases))


def _edges() -> Iterator[Case]:
    for row in ROWS:
        first, last = int(row.network.network_address), int(row.network.broadcast_address)
        kind = IPv4Address if row.network.version == 4 else IPv6Address
        for number in (first - 1, first, last, last + 1):
            if 0 <= number < 1 << row.network.max_prefixlen:
                yield _case(str(kind(number)), is_named=False)
                yield _case(str(kind(number)), is_named=True)


def _host(draw: random.Random) -> str:
    kind = draw.randrange(5)
    four, row = IPv4Address(draw.getrandbits(32)), draw.choice(ROWS).network
    within = int(row.network_address) | draw.getrandbits(row.max_prefixlen) & int(row.hostmask)
    if kind == 0:
        return str(four)
    if kind == 1:
        return str(IPv6Address(draw.getrandbits(128)))
    if kind == 2:
        return str(IPv6Address(1 << 125 | draw.getrandbits(125)))
    inside = IPv4Address(within) if row.version == 4 else four
    if kind == 3:
        return str(IPv6Address(draw.choice(_DISGUISES).format(inside)))
    return str(inside if row.version == 4 else IPv6Address(within))


def _case(host: str, is_named: bool) -> Case:  # noqa: FBT001 - a case is named or not
    written = f"[{host}]" if ":" in host else host
    url = "https://models.example/v1" if is_named else f"https://{written}/v1"
    return Case(url, "generated", "", resolves_to=(host,) if is_named else ())
