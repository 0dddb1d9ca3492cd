"""Cloudflare AI Gateway's list: models of many providers behind one address, with prices."""

from decimal import Decimal

from routeyard.domain.catalog import Price
from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import ModelReleased
from routeyard.servers.kinds import is_row
from services.registry.catalogs.parsed import Harvest, ParsedCatalog
from services.registry.catalogs.provider_ids import introduced
from services.registry.catalogs.row import Row
from services.registry.catalogs.values import PER_MILLION

SOURCE = "cloudflare"
PROVIDER = "cloudflare-ai-gateway"

# The list mixes units: some rows state dollars per million tokens, or per image, in the field for
# dollars per token. No text model costs that much per million tokens, and no row that is off by
# a million costs less.
_DEAREST = Decimal(10_000)
_FREE = ":free"


def parse(document: object) -> ParsedCatalog:
    """The catalog's facts."""
    rows = document.get("data") if is_row(document) else None
    if not isinstance(rows, list):
        raise InvalidCatalog("This is not the AI Gateway's list of models: give its whole answer.")
    harvest = Harvest(SOURCE)
    harvest.announce(*introduced([PROVIDER]))
    for number, fields in enumerate(rows):
        harvest.rows += 1
        native_id = fields.get("id") if is_row(fields) else None
        if is_row(fields) and isinstance(native_id, str) and native_id:
            harvest.release(native_id, _release(Row(native_id, fields, harvest)))
        else:
            harvest.refuse(f"row {number}", "has no id")
    return harvest.parsed()


def _release(row: Row) -> ModelReleased:
    """`created_at` is when the gateway listed the model, so it is left alone."""
    return ModelReleased(provider=PROVIDER, native_id=row.name, complete=True, price=_price(row))


def _price(row: Row) -> Price | None:
    if not row.is_in_dollars():
        return None
    price = Price(
        input=row.dollars("cost_in", PER_MILLION), output=row.dollars("cost_out", PER_MILLION)
    )
    stated = [amount for amount in (price.input, price.output) if amount is not None]
    if not stated:
        return None
    if not any(stated) and not row.name.endswith(_FREE):
        row.omit("costs 0 and is not named free: the price is not known")
        return None
    if max(stated) >= _DEAREST:
        row.omit(f"costs ${_DEAREST:,} per million tokens or more: stated in another unit")
        return None
    return price
