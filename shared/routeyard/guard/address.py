"""Judging an address by the table of ranges, and by every address inside it."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv6Address
from typing import NamedTuple

from routeyard.guard.embedding import embedded
from routeyard.guard.ranges import ROWS, Address, Network, Row, Standing

Networks = tuple[Network, ...]


class _Entry(NamedTuple):
    mask: int
    first: int
    row: Row


class Verdict(NamedTuple):
    """How an address stands, and why."""

    standing: Standing
    why: str

    @property
    def is_denied(self) -> bool:
        """Whether it must not be called."""
        return self.standing >= Standing.PRIVATE


def _entries(version: int) -> tuple[_Entry, ...]:
    rows = [row for row in ROWS if row.network.version == version]
    rows.sort(key=lambda row: -row.network.prefixlen)
    return tuple(
        _Entry(int(row.network.netmask), int(row.network.network_address), row) for row in rows
    )


_NARROWEST_FIRST = {version: _entries(version) for version in (4, 6)}


def row_of(address: Address) -> Row:
    """The narrowest row that holds an address; there is one for every address."""
    number = int(address)
    for entry in _NARROWEST_FIRST[address.version]:
        if number & entry.mask == entry.first:
            return entry.row
    raise AssertionError(address)


def judge(address: Address, permitted: Networks = ()) -> Verdict:
    """The worst of what is said of an address and of every one inside it.

    A permission is for addresses as they are: it does not reach those inside others.
    """
    return max(_verdicts(address, permitted), key=lambda verdict: verdict.standing)


def _verdicts(address: Address, permitted: Networks) -> Iterator[Verdict]:
    yield _outer(address, permitted)
    if not isinstance(address, IPv6Address):
        return
    if address.scope_id is not None:
        yield Verdict(Standing.NEVER, "bound to an interface by its scope id")
    for inside in embedded(address):
        row = row_of(inside.address)
        yield Verdict(row.standing, f"{_told(row)}, inside an IPv6 address ({inside.form})")


def _outer(address: Address, permitted: Networks) -> Verdict:
    row = row_of(address)
    if row.standing != Standing.NEVER and any(address in network for network in permitted):
        return Verdict(Standing.PERMITTED, "permitted")
    return Verdict(row.standing, _told(row))


def _told(row: Row) -> str:
    return f"{row.what} ({row.network}, {row.source})"
