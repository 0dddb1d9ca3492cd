"""IPv4 addresses inside IPv6 ones: whoever routes or translates the outer reaches the inner."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from ipaddress import IPv4Address, IPv6Address, IPv6Network
from typing import NamedTuple

_LOW = 0xFFFF_FFFF
_SIXTEEN = 0xFFFF
_ISATAP = 0x5EFE
# The two bits of an interface identifier that say nothing about what follows.
_ISATAP_MASK = 0xFCFF_FFFF


class Form(NamedTuple):
    """A way to put an IPv4 address (32 bits) into an IPv6 one (128 bits)."""

    name: str
    prefix: IPv6Network
    inner: Callable[[int], int]


class Embedded(NamedTuple):
    """An IPv4 address found inside an IPv6 one."""

    form: str
    address: IPv4Address


def _last(number: int) -> int:
    return number & _LOW


def _after_48(number: int) -> int:
    """RFC 6052 leaves bits 64 to 71 out."""
    return (number >> 64 & _SIXTEEN) << 16 | number >> 40 & _SIXTEEN


def _after_56(number: int) -> int:
    return (number >> 64 & 0xFF) << 24 | number >> 32 & 0xFF_FFFF


def _after_64(number: int) -> int:
    return number >> 24 & _LOW


_COMPATIBLE = tuple(IPv6Network("::/96").address_exclude(IPv6Network("::/127")))
FORMS = (
    Form("mapped", IPv6Network("::ffff:0:0/96"), _last),
    # Which leaves :: and ::1 alone: they are themselves.
    *(Form("compatible", prefix, _last) for prefix in _COMPATIBLE),
    Form("translated", IPv6Network("::ffff:0:0:0/96"), _last),
    Form("NAT64", IPv6Network("64:ff9b::/96"), _last),
    Form("local NAT64", IPv6Network("64:ff9b:1::/48"), _last),
    Form("local NAT64", IPv6Network("64:ff9b:1::/48"), _after_48),
    Form("local NAT64", IPv6Network("64:ff9b:1::/48"), _after_56),
    Form("local NAT64", IPv6Network("64:ff9b:1::/48"), _after_64),
    Form("6to4", IPv6Network("2002::/16"), lambda number: number >> 80 & _LOW),
    Form("Teredo server", IPv6Network("2001::/32"), lambda number: number >> 64 & _LOW),
    Form("Teredo client", IPv6Network("2001::/32"), lambda number: ~number & _LOW),
)


def embedded(address: IPv6Address) -> Iterator[Embedded]:
    """Every IPv4 address that is, or could be, inside."""
    number = int(address)
    for form in FORMS:
        if address in form.prefix:
            yield Embedded(form.name, IPv4Address(form.inner(number)))
    if number >> 32 & _ISATAP_MASK == _ISATAP:
        yield Embedded("ISATAP", IPv4Address(_last(number)))
