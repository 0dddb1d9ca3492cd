"""What somebody who may has permitted: networks, and calls without TLS."""

from __future__ import annotations

from collections.abc import Iterable
from ipaddress import ip_network
from typing import NamedTuple

from routeyard.domain.errors import InvalidRequest
from routeyard.guard.address import Networks
from routeyard.guard.ranges import ROWS, Network, Row, Standing


class Permission(NamedTuple):
    """What may be called besides public addresses with TLS.

    `networks` may be called in spite of being private, and without TLS. `is_plain_allowed`
    lets public addresses be called without TLS.
    """

    networks: Networks = ()
    is_plain_allowed: bool = False


NOTHING = Permission()


def read_networks(texts: Iterable[str]) -> Networks:
    """Networks that somebody wants to permit, like 10.0.0.0/8.

    Raises:
        InvalidRequest: one is not a network, or nobody may permit it.
    """
    return tuple(_network(text.strip()) for text in texts)


def _network(text: str) -> Network:
    try:
        network = ip_network(text)
    except ValueError:
        raise InvalidRequest(
            f"{text!r} is not a network; write it like 10.0.0.0/8.", field="networks"
        ) from None
    _require_permissible(network)
    return network


def _require_permissible(network: Network) -> None:
    """A network within a private row is fine, and one in which everything is public."""
    around = max(_around(network), key=lambda row: row.network.prefixlen)
    if around.standing == Standing.NEVER:
        raise InvalidRequest(
            f"{network} is {around.what} and can never be permitted; leave it out.",
            field="networks",
        )
    if around.standing == Standing.PUBLIC and any(_within(network)):
        raise InvalidRequest(
            f"{network} is wider than what can be permitted; name the private networks in it.",
            field="networks",
        )


def _around(network: Network) -> list[Row]:
    return [row for row in ROWS if _is_within(network, row.network)]


def _within(network: Network) -> list[Row]:
    return [row for row in ROWS if _is_within(row.network, network)]


def _is_within(inner: Network, outer: Network) -> bool:
    return (
        inner.version == outer.version
        and inner.prefixlen >= outer.prefixlen
        and inner.network_address in outer
    )
