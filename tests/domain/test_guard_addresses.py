"""Judging addresses: the table of ranges against a second formulation, and every disguise."""

from collections.abc import Callable
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeyard.domain.errors import InvalidRequest
from routeyard.guard.address import judge, row_of
from routeyard.guard.embedding import embedded
from routeyard.guard.permission import read_networks
from routeyard.guard.ranges import ROWS, Address, Row, Standing

# Said the other way round than in the table: what is public, from the first address to the last.
PUBLIC = """
1.0.0.0 9.255.255.255
11.0.0.0 100.63.255.255
100.128.0.0 126.255.255.255
128.0.0.0 168.63.129.15
168.63.129.17 169.253.255.255
169.255.0.0 172.15.255.255
172.32.0.0 191.255.255.255
192.0.1.0 192.0.1.255
192.0.3.0 192.31.195.255
192.31.197.0 192.52.192.255
192.52.194.0 192.88.98.255
192.88.100.0 192.167.255.255
192.169.0.0 192.175.47.255
192.175.49.0 198.17.255.255
198.20.0.0 198.51.99.255
198.51.101.0 203.0.112.255
203.0.114.0 223.255.255.255
2000:: 2000:ffff:ffff:ffff:ffff:ffff:ffff:ffff
2001:200:: 2001:db7:ffff:ffff:ffff:ffff:ffff:ffff
2001:db9:: 2001:ffff:ffff:ffff:ffff:ffff:ffff:ffff
2003:: 2620:4f:7fff:ffff:ffff:ffff:ffff:ffff
2620:4f:8001:: 3ffd:ffff:ffff:ffff:ffff:ffff:ffff:ffff
3fff:1000:: 3fff:ffff:ffff:ffff:ffff:ffff:ffff:ffff
"""
INTERVALS = [
    (ip_address(first), ip_address(last))
    for first, last in map(str.split, PUBLIC.split("\n")[1:-1])
]


def is_public(address: Address) -> bool:
    """The second formulation, in text and intervals where the first has masks and numbers."""
    if isinstance(address, IPv4Address):
        return _in_intervals(address)
    groups = address.exploded.split(":")
    inside = IPv4Address(bytes.fromhex("".join(groups[6:])))
    if groups[:6] == ["0064", "ff9b", *["0000"] * 4]:
        return is_public(inside)
    if groups[5] == "5efe" and groups[4] in {f"0{digit}00" for digit in "0123"}:
        return is_public(inside) and _in_intervals(address)
    return _in_intervals(address)


def _in_intervals(address: Address) -> bool:
    return any(
        int(first) <= int(address) <= int(last)
        for first, last in INTERVALS
        if first.version == address.version
    )


def inside(row: Row) -> st.SearchStrategy[Any]:
    return st.ip_addresses(network=row.network)


EVERY = st.one_of(st.ip_addresses(v=4), st.ip_addresses(v=6), *map(inside, ROWS))
EDGES = st.sampled_from(
    [
        ip_address(number) if row.network.version == 4 else IPv6Address(number)
        for row in ROWS
        for number in (
            int(row.network.network_address) - 1,
            int(row.network.network_address),
            int(row.network.broadcast_address),
            int(row.network.broadcast_address) + 1,
        )
        if 0 <= number < 1 << row.network.max_prefixlen
    ]
)
DENIED_4 = st.one_of(
    *(inside(row) for row in ROWS if row.network.version == 4 and row.standing > Standing.PUBLIC)
)


@settings(deadline=None)
@given(st.one_of(EVERY, EDGES))
def test_a_second_formulation_says_the_same_of_every_address(address: Address) -> None:
    assert judge(address).is_denied is not is_public(address)


@settings(deadline=None)
@given(st.one_of(EVERY, EDGES))
def test_every_address_is_in_the_narrowest_of_the_rows_that_hold_it(address: Address) -> None:
    holding = [row for row in ROWS if address in row.network]
    assert row_of(address) == max(holding, key=lambda row: row.network.prefixlen)


def _v6(template: str) -> Callable[[IPv4Address], IPv6Address]:
    def put(inner: IPv4Address) -> IPv6Address:
        high, low = f"{int(inner) >> 16:x}", f"{int(inner) & 0xFFFF:x}"
        return IPv6Address(template.format(high=high, low=low, dotted=inner))

    return put


def _teredo_client(inner: IPv4Address) -> IPv6Address:
    turned = IPv4Address(0xFFFFFFFF ^ int(inner))
    return IPv6Address(f"2001:0:808:808:8000:63bf:{turned}".replace(str(turned), _hex(turned)))


def _hex(inner: IPv4Address) -> str:
    return f"{int(inner) >> 16:x}:{int(inner) & 0xFFFF:x}"


DISGUISES: dict[str, Callable[[IPv4Address], IPv6Address]] = {
    "mapped": _v6("::ffff:{dotted}"),
    "compatible": _v6("::{dotted}"),
    "translated": _v6("::ffff:0:{dotted}"),
    "NAT64": _v6("64:ff9b::{dotted}"),
    "local NAT64 /96": _v6("64:ff9b:1::{dotted}"),
    "local NAT64 /48": lambda v4: IPv6Address(
        int(IPv6Address("64:ff9b:1::")) | (int(v4) >> 16) << 64 | (int(v4) & 0xFFFF) << 40
    ),
    "6to4": _v6("2002:{high}:{low}::1"),
    "Teredo server": _v6("2001:0:{high}:{low}:8000:63bf:f7f7:f7f7"),
    "Teredo client": _teredo_client,
    "ISATAP": _v6("2606:4700::5efe:{dotted}"),
    "ISATAP, global": _v6("2606:4700::200:5efe:{dotted}"),
}


@pytest.mark.parametrize("disguise", DISGUISES)
@settings(deadline=None)
@given(inner=DENIED_4)
def test_a_denied_address_is_denied_in_every_disguise_whatever_is_permitted(
    disguise: str, inner: IPv4Address
) -> None:
    outer = DISGUISES[disguise](inner)
    found = [each.address for each in embedded(outer)]
    # :: and ::1 are themselves, not 0.0.0.0 and 0.0.0.1 in disguise.
    assert inner in found or int(outer) <= 1
    everything = read_networks(["10.0.0.0/8", "127.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16"])
    if int(outer) != 1:
        assert judge(outer, everything).is_denied


@settings(deadline=None)
@given(DENIED_4)
def test_a_permission_opens_private_rows_and_no_others(address: IPv4Address) -> None:
    row = row_of(address)
    verdict = judge(address, (row.network,))
    assert verdict.is_denied is (row.standing == Standing.NEVER)


@pytest.mark.parametrize(
    "text",
    [
        "10.0.0.0/8",
        "127.0.0.1",
        "192.168.7.0/24",
        "100.64.0.0/10",
        "fd12:3456::/32",
        "fc00::/7",
        "::1/128",
        "52.1.2.0/24",
        "2606:4700::/32",
    ],
)
def test_private_networks_can_be_permitted_and_public_ones(text: str) -> None:
    assert read_networks([f" {text} "]) == (ip_network(text),)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("169.254.0.0/16", "link-local"),
        ("169.254.169.254", "cloud metadata"),
        ("100.100.100.200/32", "cloud metadata"),
        ("168.63.129.16/32", "cloud metadata"),
        ("fd00:ec2::254/128", "cloud metadata"),
        ("0.0.0.0/8", "this very network"),
        ("224.0.0.0/4", "multicast"),
        ("::ffff:10.0.0.0/104", "disguise"),
        ("64:ff9b:1::/48", "translation"),
        ("fe80::/10", "link-local"),
        ("2002::/16", "6to4"),
        ("::/0", "not global unicast"),
        ("0.0.0.0/0", "wider"),
        ("10.0.0.0/7", "wider"),
        ("168.63.129.0/24", "wider"),
        ("2000::/3", "wider"),
        ("10.0.0.1/8", "not a network"),
        ("10.0.0.0/33", "not a network"),
        ("intranet", "not a network"),
        ("", "not a network"),
    ],
)
def test_what_nobody_may_permit_is_refused_with_a_sentence(text: str, why: str) -> None:
    with pytest.raises(InvalidRequest, match=why) as fault:
        read_networks(["10.0.0.0/8", text])
    assert fault.value.message.endswith(".")


def test_every_row_names_its_source_and_no_network_has_two() -> None:
    assert all(row.what and row.source for row in ROWS)
    assert len({row.network for row in ROWS}) == len(ROWS)
