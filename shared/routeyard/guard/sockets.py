"""Where sockets are made: only for an address that a request in hand was vetted for."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ipaddress import ip_address

from routeyard.guard.address import judge
from routeyard.guard.ranges import Address, Standing
from routeyard.guard.refusal import Rule, refused

# Family, type, protocol, canonical name, and the address as the system wants it.
AddrInfo = tuple[int | socket.AddressFamily, int | socket.SocketKind, int, str, tuple[object, ...]]
OpenSocket = Callable[[AddrInfo], socket.socket]


def open_socket(info: AddrInfo) -> socket.socket:
    """A socket of the machine's own, not connected."""
    family, kind, protocol, *_ = info
    return socket.socket(family, kind, protocol)


class Sockets:
    """Makes sockets for addresses that are expected. `open_` is replaced where none may be made."""

    def __init__(self, open_: OpenSocket = open_socket) -> None:
        self._open = open_
        self._expected: Counter[tuple[Address, int]] = Counter()

    @contextmanager
    def expecting(self, address: Address, port: int) -> Iterator[None]:
        """For as long as this lasts, sockets are made for the address and port."""
        where = (address, port)
        self._expected[where] += 1
        try:
            yield
        finally:
            self._expected[where] -= 1
            if not self._expected[where]:
                del self._expected[where]

    def make(self, info: AddrInfo) -> socket.socket:
        """A socket that is about to be connected to what `info` says.

        Raises:
            EndpointRefused: nobody was vetted for that, or nobody ever could be.
        """
        host, port, *_ = info[4]
        address = ip_address(str(host))
        is_expected = self._expected[address, int(str(port))] > 0
        if not is_expected or judge(address).standing == Standing.NEVER:
            raise refused(Rule.UNVETTED, "An address that was not vetted is not dialled.")
        return self._open(info)
