"""Prices in genai-prices: dollars per million tokens, by tier, by day, by time of day."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from routeyard.domain.catalog import Price, PriceTier
from services.registry.catalogs.row import Row, is_row
from services.registry.catalogs.values import PER_UNIT, UnusableError, dollars

_FIELDS = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cached_read": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
}
_PER_THOUSAND = Decimal("0.001")


def valid_on(row: Row, on: date) -> Row:
    """The prices valid on a day: the last of the list whose condition holds.

    A price for some hours of the day holds on every day; of those and the one they interrupt
    the dearest is taken, so that an estimate is never below the bill.
    """
    prices = row.fields.get("prices")
    if not isinstance(prices, list):
        return row.within("prices")
    valid: list[Row] = []
    for entry in row.rows("prices"):
        condition = entry.within("constraint")
        starts = condition.day("start_date")
        if "start_time" in condition.fields:
            valid.append(entry.within("prices"))
        elif starts is None or starts <= on:
            valid = [entry.within("prices")]
    if len(valid) > 1:
        row.omit("price depends on the time of day; the dearest is taken")
    return max(valid, key=_dearness, default=row.within("no prices"))


def price_of(prices: Row) -> Price | None:
    """The price that a set of prices states; None when it states none."""
    base: dict[str, Any] = {
        name: amount for name in _FIELDS if (amount := _base(prices, name)) is not None
    }
    price = Price(
        **base,
        per_request=prices.dollars("requests_kcount", _PER_THOUSAND),
        tiers=_tiers(prices),
    )
    return None if price == Price() else price


def _base(prices: Row, name: str) -> Decimal | None:
    field = _FIELDS[name]
    if is_row(prices.fields.get(field)):
        return prices.within(field).dollars("base", PER_UNIT)
    return prices.dollars(field, PER_UNIT)


def _tiers(prices: Row) -> tuple[PriceTier, ...]:
    """Tiers are stated per kind of token; together they make one list by prompt length."""
    by_start: dict[int, dict[str, Decimal]] = {}
    for name, field in _FIELDS.items():
        tiers = prices.within(field).rows("tiers") if is_row(prices.fields.get(field)) else ()
        for tier in tiers:
            start, amount = tier.tokens("start"), tier.dollars("price", PER_UNIT)
            if start is not None and amount is not None:
                by_start.setdefault(start, {})[name] = amount
    return tuple(
        PriceTier(above_input_tokens=start, **amounts)
        for start, amounts in sorted(by_start.items())
    )


def _dearness(prices: Row) -> Decimal:
    return _worth(prices.fields.get("input_mtok")) + _worth(prices.fields.get("output_mtok"))


def _worth(raw: object) -> Decimal:
    amount = raw.get("base") if isinstance(raw, Mapping) else raw
    try:
        return dollars(amount, PER_UNIT)
    except UnusableError:
        return Decimal(0)
