"""Handwritten rows, and what a parser made of them."""

import json
from decimal import Decimal
from typing import Any

from routeyard.domain.events import EndpointRegistered, ModelReleased, ProviderDescribed
from services.registry.catalogs.parsed import ParsedCatalog


def document(text: str) -> Any:
    """JSON as the ingester reads it: numbers with a point keep their text."""
    return json.loads(text, parse_float=Decimal, parse_constant=str)


def releases(parsed: ParsedCatalog) -> dict[str, ModelReleased]:
    return {each.native_id: each for each in parsed.payloads if isinstance(each, ModelReleased)}


def only(parsed: ParsedCatalog) -> ModelReleased:
    (release,) = releases(parsed).values()
    return release


def endpoints(parsed: ParsedCatalog) -> dict[str, EndpointRegistered]:
    found = [each for each in parsed.payloads if isinstance(each, EndpointRegistered)]
    return {each.endpoint: each for each in found}


def providers(parsed: ParsedCatalog) -> list[str]:
    return [each.provider for each in parsed.payloads if isinstance(each, ProviderDescribed)]


def refused(parsed: ParsedCatalog) -> dict[str, str]:
    return {each.row: each.reason for each in parsed.refusals}


def omitted(parsed: ParsedCatalog) -> list[tuple[str, str]]:
    return [(each.row, each.reason) for each in parsed.omissions]


def announced_first(parsed: ParsedCatalog) -> bool:
    """Whether each provider and endpoint stands before the releases that refer to it."""
    known: set[str] = set()
    for each in parsed.payloads:
        if isinstance(each, EndpointRegistered):
            known.add(each.endpoint)
        elif isinstance(each, ModelReleased) and (each.endpoint or each.provider) not in known:
            return False
    return True
