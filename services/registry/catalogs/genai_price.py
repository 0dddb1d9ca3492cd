"""Prices in genai-prices: dollars per million tokens, by tier, by day, by time of day."""

from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any, NamedTuple

from msgspec import structs

from routeyard.domain.catalog import Price, PriceTier, PriceWindow
from routeyard.servers.kinds import is_row
from services.registry.catalogs.row import Row
from services.registry.catalogs.values import PER_UNIT

_FIELDS = {
    "input": "input_mtok",
    "output": "output_mtok",
    "cached_read": "cache_read_mtok",
    "cache_write": "cache_write_mtok",
}
_PER_THOUSAND = Decimal("0.001")


class _Valid(NamedTuple):
    """What is valid on a day: the prices, and those that interrupt them daily."""

    base: Row
    windows: list[tuple[time, time, Row]]


def price_on(row: Row, on: date) -> Price | None:
    """The price that a row states for a day; None when it states none."""
    valid = _valid(row, on)
    price = _price(valid.base)
    windows = tuple(
        window
        for start, end, prices in valid.windows
        if (window := _window(start, end, prices)) is not None
    )
    price = structs.replace(price, windows=_apart(row, windows))
    return None if price == Price() else price


def _valid(row: Row, on: date) -> _Valid:
    """Of the list of prices, the last whose days hold `on`, and the hours told after it."""
    nothing = row.within("no prices")
    if not isinstance(row.fields.get("prices"), list):
        return _Valid(row.within("prices"), [])
    valid = _Valid(nothing, [])
    for entry in row.rows("prices"):
        condition = entry.within("constraint")
        starts = condition.day("start_date")
        if starts is None and condition.fields.get("start_date"):
            continue  # noted already: the day is prose
        if starts is not None and starts > on:
            continue
        if "start_time" in condition.fields:
            hours = _hour(condition, "start_time"), _hour(condition, "end_time")
            if hours[0] is not None and hours[1] is not None:
                valid.windows.append((hours[0], hours[1], entry.within("prices")))
        else:
            valid = _Valid(entry.within("prices"), [])
    return valid


def _hour(condition: Row, field: str) -> time | None:
    """A time of day in UTC."""
    stated = condition.fields.get(field)
    try:
        told = time.fromisoformat(stated) if isinstance(stated, str) else None
    except ValueError:
        told = None
    if told is None or told.tzinfo is None:
        condition.omit(f"{field} is no time of day with its zone")
        return None
    return datetime.combine(date(2000, 1, 2), told).astimezone(UTC).time()


def _apart(row: Row, windows: tuple[PriceWindow, ...]) -> tuple[PriceWindow, ...]:
    """The windows that leave out the hours of those before them."""
    kept: list[PriceWindow] = []
    for window in windows:
        if any(_within(window.start, each) or _within(each.start, window) for each in kept):
            row.omit("price for hours that another price is for as well")
        else:
            kept.append(window)
    return tuple(kept)


def _within(at: time, window: PriceWindow) -> bool:
    if window.start < window.end:
        return window.start <= at < window.end
    return at >= window.start or at < window.end


def _window(start: time, end: time, prices: Row) -> PriceWindow | None:
    amounts = _amounts(prices) if prices.is_in_dollars() else {}
    return PriceWindow(start=start, end=end, **amounts) if amounts else None


def _price(prices: Row) -> Price:
    if not prices.is_in_dollars():
        return Price()
    return Price(
        **_amounts(prices),
        per_request=prices.dollars("requests_kcount", _PER_THOUSAND),
        tiers=_tiers(prices),
    )


def _amounts(prices: Row) -> dict[str, Any]:
    return {name: amount for name in _FIELDS if (amount := _base(prices, name)) is not None}


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
