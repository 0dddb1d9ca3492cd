"""Jurisdictions, and which lie within which."""

from __future__ import annotations

from collections.abc import Iterable

# ISO 3166-1 alpha-2 codes of the member states as of 2026.
EU = frozenset(
    [
        "AT",
        "BE",
        "BG",
        "CY",
        "CZ",
        "DE",
        "DK",
        "EE",
        "ES",
        "FI",
        "FR",
        "GR",
        "HR",
        "HU",
        "IE",
        "IT",
        "LT",
        "LU",
        "LV",
        "MT",
        "NL",
        "PL",
        "PT",
        "RO",
        "SE",
        "SI",
        "SK",
    ]
)
GROUPS = {"EU": EU, "EEA": EU | {"EU", "IS", "LI", "NO"}}


def covered(bound: Iterable[str]) -> set[str]:
    """The names of a bound, and of everything in its groups."""
    within: set[str] = set()
    for name in bound:
        within |= {name} | GROUPS.get(name, frozenset())
    return within


def lies_within(places: Iterable[str], bound: Iterable[str]) -> bool:
    """True when every place is one of the bound's, or lies in one of its groups."""
    within = covered(bound)
    return all(place in within for place in places)
