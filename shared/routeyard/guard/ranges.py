"""What may be called, as a table: every address falls into the narrowest row that holds it."""

from __future__ import annotations

from enum import IntEnum
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network
from typing import NamedTuple

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class Standing(IntEnum):
    """How an address stands, from the best to the worst.

    PRIVATE becomes PERMITTED where somebody may permit it and did; NEVER stays what it is.
    """

    PUBLIC = 0
    PERMITTED = 1
    PRIVATE = 2
    NEVER = 3


class Row(NamedTuple):
    """A network, how its addresses stand, what it is, and who says so."""

    network: Network
    standing: Standing
    what: str
    source: str


def _rows(standing: Standing, *rows: tuple[str, str, str]) -> tuple[Row, ...]:
    return tuple(Row(ip_network(row[0]), standing, *row[1:]) for row in rows)


PUBLIC = _rows(
    Standing.PUBLIC,
    ("0.0.0.0/0", "the public Internet", "IANA IPv4 address space"),
    ("2000::/3", "global unicast", "RFC 4291"),
    # On networks without IPv4, DNS64 answers with these. The address inside is judged as well.
    ("64:ff9b::/96", "translated to IPv4", "RFC 6052"),
)

PRIVATE = _rows(
    Standing.PRIVATE,
    ("127.0.0.0/8", "loopback", "RFC 1122"),
    ("::1/128", "loopback", "RFC 4291"),
    ("10.0.0.0/8", "a private network", "RFC 1918"),
    ("172.16.0.0/12", "a private network", "RFC 1918"),
    ("192.168.0.0/16", "a private network", "RFC 1918"),
    ("fc00::/7", "a private network", "RFC 4193"),
    ("100.64.0.0/10", "shared by a carrier's customers", "RFC 6598"),
)

METADATA = _rows(
    Standing.NEVER,
    ("169.254.169.254/32", "cloud metadata", "AWS, Azure, Google Cloud, OpenStack and others"),
    ("169.254.170.2/32", "container credentials", "AWS ECS"),
    ("169.254.170.23/32", "container credentials", "AWS EKS"),
    ("169.254.42.42/32", "cloud metadata", "Scaleway"),
    ("100.100.100.200/32", "cloud metadata", "Alibaba Cloud"),
    ("168.63.129.16/32", "cloud metadata", "Azure's WireServer"),
    ("192.0.0.192/32", "cloud metadata", "Oracle Cloud"),
    ("fd00:ec2::/32", "cloud metadata", "AWS: metadata, credentials, DNS, time"),
    ("fd20:ce::254/128", "cloud metadata", "Google Cloud"),
    ("fd00:c1::a9fe:a9fe/128", "cloud metadata", "Oracle Cloud"),
    ("fd00:42::42/128", "cloud metadata", "Scaleway"),
    ("fd00:a9fe:a9fe::/48", "cloud metadata", "Akamai (Linode)"),
)

NEVER_4 = _rows(
    Standing.NEVER,
    ("0.0.0.0/8", "this very network", "RFC 1122"),
    ("169.254.0.0/16", "link-local", "RFC 3927"),
    ("192.0.0.0/24", "kept for protocols", "RFC 6890"),
    ("192.0.2.0/24", "for documentation", "RFC 5737"),
    ("198.51.100.0/24", "for documentation", "RFC 5737"),
    ("203.0.113.0/24", "for documentation", "RFC 5737"),
    ("192.31.196.0/24", "a sink for stray DNS", "RFC 7535"),
    ("192.175.48.0/24", "a sink for stray DNS", "RFC 7534"),
    ("192.52.193.0/24", "multicast relays", "RFC 7450"),
    ("192.88.99.0/24", "deprecated 6to4 relays", "RFC 7526"),
    ("198.18.0.0/15", "for benchmarks", "RFC 2544"),
    ("224.0.0.0/4", "multicast", "RFC 5771"),
    ("240.0.0.0/4", "reserved", "RFC 1112"),
    ("255.255.255.255/32", "broadcast", "RFC 919"),
)

NEVER_6 = _rows(
    Standing.NEVER,
    ("::/0", "not global unicast", "RFC 4291"),
    ("::/128", "unspecified", "RFC 4291"),
    ("::/96", "an IPv4 address in disguise", "RFC 4291"),
    ("::ffff:0:0/96", "an IPv4 address in disguise", "RFC 4291"),
    ("::ffff:0:0:0/96", "an IPv4 address in disguise", "RFC 2765"),
    ("64:ff9b:1::/48", "a translation of the local network's own", "RFC 8215"),
    ("100::/64", "discarded", "RFC 6666"),
    ("100:0:0:1::/64", "a stand-in prefix", "RFC 9780"),
    ("2001::/23", "kept for protocols, Teredo among them", "RFC 2928"),
    ("2001:db8::/32", "for documentation", "RFC 3849"),
    ("2002::/16", "6to4, an IPv4 address in disguise", "RFC 3056"),
    ("2620:4f:8000::/48", "a sink for stray DNS", "RFC 7534"),
    ("3ffe::/16", "returned to IANA", "RFC 3701"),
    ("3fff::/20", "for documentation", "RFC 9637"),
    ("5f00::/16", "segment routing", "RFC 9602"),
    ("fe80::/10", "link-local", "RFC 4291"),
    ("fec0::/10", "deprecated site-local", "RFC 3879"),
    ("ff00::/8", "multicast", "RFC 4291"),
)

ROWS = (*PUBLIC, *PRIVATE, *METADATA, *NEVER_4, *NEVER_6)
