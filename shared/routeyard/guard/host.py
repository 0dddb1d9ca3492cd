"""A host as it is written: a name in ASCII, or an address in its one proper spelling."""

from __future__ import annotations

import re
from ipaddress import AddressValueError, IPv4Address, IPv6Address

import idna

from routeyard.domain.errors import EndpointRefused
from routeyard.guard.ranges import Address
from routeyard.guard.refusal import Rule, refused

LONGEST_NAME = 253
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_QUAD = re.compile(r"(0|[1-9][0-9]{0,2})(\.(0|[1-9][0-9]{0,2})){3}")
# A last label like this makes C libraries and browsers read the whole host as a number.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")
_IPV6 = re.compile(r"[0-9A-Fa-f:.]{2,45}")


def read_bracketed(text: str) -> IPv6Address:
    """An IPv6 address out of its brackets.

    Raises:
        EndpointRefused: it is none, or it names an interface.
    """
    if "%" in text:
        raise _refused("must not name an interface; leave out the scope id")
    if _IPV6.fullmatch(text) is None:
        raise _refused("is no IPv6 address; check what is in the brackets")
    try:
        return IPv6Address(text)
    except AddressValueError:
        raise _refused("is no IPv6 address; check what is in the brackets") from None


def read_host(text: str) -> str | Address:
    """A name, in lower case and ASCII, or an IPv4 address.

    Raises:
        EndpointRefused: it is neither, or another spelling of an address.
    """
    is_ascii = text.isascii()
    name = text.lower() if is_ascii else _ascii(text)
    if _NUMBER.fullmatch(name.removesuffix(".").rpartition(".")[2]):
        return _address(name, is_ascii=is_ascii)
    return _name(name.removesuffix("."))


def _ascii(text: str) -> str:
    try:
        return idna.encode(text, uts46=True, std3_rules=True).decode("ascii").lower()
    except idna.IDNAError:
        raise _refused("is no valid name; check its letters") from None


def _address(name: str, *, is_ascii: bool) -> IPv4Address:
    if not is_ascii or _QUAD.fullmatch(name) is None:
        raise _refused("is a number; write an IPv4 address as four plain decimal numbers")
    try:
        return IPv4Address(name)
    except AddressValueError:
        raise _refused("is a number; write an IPv4 address as four plain decimal numbers") from None


def _name(name: str) -> str:
    labels = name.split(".")
    if len(name) > LONGEST_NAME or not all(_LABEL.fullmatch(label) for label in labels):
        raise _refused("is no valid name; check its letters and its length")
    if any(label.startswith("xn--") for label in labels):
        _require_decodable(name)
    return name


def _require_decodable(name: str) -> None:
    try:
        idna.decode(name)
    except idna.IDNAError:
        raise _refused("is no valid name; check the part that begins with xn--") from None


def _refused(what: str) -> EndpointRefused:
    return refused(Rule.HOST, f"The host {what}.")
