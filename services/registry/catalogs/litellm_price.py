"""Prices in LiteLLM: dollars per token, with tiers spelled out in the names of the fields."""

import re
from decimal import Decimal
from typing import Any

from routeyard.domain.catalog import Price, PriceTier
from services.registry.catalogs.row import Row
from services.registry.catalogs.values import PER_MILLION, PER_UNIT

_FIELDS = {
    "input": "input_cost_per_token",
    "output": "output_cost_per_token",
    "cached_read": "cache_read_input_token_cost",
    "cache_write": "cache_creation_input_token_cost",
}
_TIER = re.compile(rf"(?:{'|'.join(_FIELDS.values())})_above_(\d{{1,4}})k_tokens")


def price_of(row: Row) -> Price | None:
    """The price a row states; None when it states none."""
    if not row.is_in_dollars():
        return None
    ranges = _ranges(row)
    base: dict[str, Any] = _amounts(row) or (
        ranges.pop(0)[1] if ranges and ranges[0][0] == 0 else {}
    )
    per_request = _per_request(row)
    tiers = _named_tiers(row) or [_tier(above, amounts) for above, amounts in ranges if above]
    price = Price(
        **base,
        per_request=per_request,
        tiers=tuple(sorted(tiers, key=lambda tier: tier.above_input_tokens)),
    )
    return None if price == Price() else price


def _per_request(row: Row) -> Decimal | None:
    stated = row.dollars("input_cost_per_request", PER_UNIT)
    return row.dollars("input_cost_per_query", PER_UNIT) if stated is None else stated


def _named_tiers(row: Row) -> list[PriceTier]:
    bounds = {int(match[1]) for field in row.fields if (match := _TIER.fullmatch(field))}
    return [_tier(bound * 1000, _amounts(row, f"_above_{bound}k_tokens")) for bound in bounds]


def _ranges(row: Row) -> list[tuple[int, dict[str, Decimal]]]:
    """`tiered_pricing`: a list of prices, each with the range of prompt lengths it holds for."""
    ranges = []
    for entry in row.rows("tiered_pricing"):
        bounds = entry.fields.get("range")
        if isinstance(bounds, list) and bounds and isinstance(bounds[0], (int, Decimal)):
            ranges.append((int(bounds[0]), _amounts(entry)))
        else:
            row.omit("tiered_pricing has an entry without a range of prompt lengths")
    return sorted(ranges, key=lambda entry: entry[0])


def _amounts(row: Row, suffix: str = "") -> dict[str, Decimal]:
    stated = {name: row.dollars(f"{field}{suffix}", PER_MILLION) for name, field in _FIELDS.items()}
    return {name: amount for name, amount in stated.items() if amount is not None}


def _tier(above: int, amounts: dict[str, Decimal]) -> PriceTier:
    return PriceTier(above_input_tokens=above, **amounts)
