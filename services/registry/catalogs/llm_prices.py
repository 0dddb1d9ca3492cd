"""simonw/llm-prices: one vendor's prices, past and present, in dollars per million tokens.

The names are the author's own, so they price what others list and list nothing by themselves.
"""

import re
from collections.abc import Mapping
from datetime import date

from msgspec import structs

from routeyard.domain.catalog import Price, PriceTier
from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import ModelPriced
from routeyard.servers.kinds import is_row
from services.registry.catalogs.parsed import Harvest, ParsedCatalog
from services.registry.catalogs.provider_ids import slug
from services.registry.catalogs.row import Row
from services.registry.catalogs.values import PER_UNIT

SOURCE = "llm-prices"

# A row for prompts above a length stands beside the row for those below: `gpt-5.4-272k`.
_LONG = re.compile(r"(.+)-(\d{2,4})k")
_ABOVE = re.compile(r".*>\s?(\d{2,4})k.*")


def parse(document: object, on: date) -> ParsedCatalog:
    """The vendor's prices valid `on` a day. What held before or will hold later is counted."""
    models = document.get("models") if is_row(document) else None
    vendor = document.get("vendor") if is_row(document) else None
    if not isinstance(models, list) or not isinstance(vendor, str) or not slug(vendor):
        raise InvalidCatalog("This is not a vendor's file of llm-prices: give `vendor`, `models`.")
    harvest = Harvest(SOURCE, part=slug(vendor))
    rows: dict[str, Row] = {}
    for number, fields in enumerate(models):
        harvest.rows += 1
        name = fields.get("id") if is_row(fields) else None
        if not is_row(fields) or not isinstance(name, str):
            harvest.refuse(f"row {number}", "has no id")
        elif name in rows:
            harvest.refuse(name, "same model listed twice")
        else:
            rows[name] = Row(name, fields, harvest)
    longer = {name: long for name, row in rows.items() if (long := _long(name, row, rows))}
    for name, row in rows.items():
        if name not in longer:
            tiers = {above: rows[each] for each, (base, above) in longer.items() if base == name}
            _price(slug(vendor), row, tiers, on)
    return harvest.parsed()


def _long(name: str, row: Row, rows: Mapping[str, Row]) -> tuple[str, int] | None:
    """The row that this one prices longer prompts of, and from which length on."""
    told = _ABOVE.fullmatch(str(row.fields.get("name") or ""))
    match = _LONG.fullmatch(name)
    if told is None or match is None or told[1] != match[2] or match[1] not in rows:
        return None
    return match[1], int(told[1]) * 1000


def _price(vendor: str, row: Row, tiers: Mapping[int, Row], on: date) -> None:
    price = _valid(row, on)
    if price is None:
        row.harvest.refuse(row.name, "states no price valid today")
        for tier in tiers.values():
            row.harvest.refuse(tier.name, "a price for longer prompts of a row that has none")
        return
    longer = tuple(
        PriceTier(
            above_input_tokens=above,
            input=amounts.input,
            output=amounts.output,
            cached_read=amounts.cached_read,
        )
        for above, tier in sorted(tiers.items())
        if (amounts := _valid(tier, on)) is not None
    )
    priced = ModelPriced(
        provider=vendor,
        native_id=row.name,
        price=structs.replace(price, tiers=longer),
        evidence="simonw/llm-prices",
    )
    row.harvest.release(row.name, priced)


def _unread(starts: date | None, ends: date | None) -> tuple[str, ...]:
    bounds = {"from_date": starts, "to_date": ends}
    return tuple(field for field, day in bounds.items() if day is None)


def _valid(row: Row, on: date) -> Price | None:
    """The entry whose days hold `on`: from `from_date` until before `to_date`."""
    found: Price | None = None
    for entry in row.rows("price_history"):
        starts, ends = entry.day("from_date"), entry.day("to_date")
        if (starts and starts > on) or (ends and ends <= on):
            entry.omit("a price of another time")
            continue
        if any(entry.fields.get(bound) for bound in _unread(starts, ends)):
            continue  # noted already: its days are prose
        price = Price(
            input=entry.dollars("input", PER_UNIT),
            output=entry.dollars("output", PER_UNIT),
            cached_read=entry.dollars("input_cached", PER_UNIT),
        )
        found = found or (None if price == Price() else price)
    return found
