"""genai-prices: what models cost at each provider, also in the past and in the future."""

from datetime import date
from decimal import Decimal

from routeyard.domain.catalog import Lifecycle
from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import EndpointRegistered, ModelReleased, ProviderDescribed
from routeyard.servers.kinds import is_row
from services.registry.catalogs import capabilities
from services.registry.catalogs.genai_price import price_on
from services.registry.catalogs.parsed import Harvest, ParsedCatalog
from services.registry.catalogs.provider_ids import genai_prices_provider
from services.registry.catalogs.row import Row

SOURCE = "genai-prices"


def parse(document: object, on: date) -> ParsedCatalog:
    """The catalog's facts with the prices valid `on` a day. Also reads the project's data.json."""
    if not isinstance(document, list) or not document:
        raise InvalidCatalog("This is not genai-prices' data.json: give a list of providers.")
    harvest = Harvest(SOURCE)
    for number, provider in enumerate(document):
        models = provider.get("models") if is_row(provider) else None
        name = provider.get("id") if is_row(provider) else None
        if is_row(provider) and isinstance(models, list) and isinstance(name, str):
            _provider(Row(name, provider, harvest), models, on, harvest)
        else:
            harvest.rows += 1
            harvest.refuse(f"provider {number}", "not a provider with an id and models")
    return harvest.parsed()


def _provider(row: Row, models: list[object], on: date, harvest: Harvest) -> None:
    provider = genai_prices_provider(row.name)
    harvest.announce(
        ProviderDescribed(provider=provider, name=row.text("name") or provider),
        EndpointRegistered(endpoint=provider, provider=provider),
    )
    for number, fields in enumerate(models):
        harvest.rows += 1
        native_id = fields.get("id") if is_row(fields) else None
        name = f"{row.name}/{native_id or f'row {number}'}"
        if is_row(fields) and isinstance(native_id, str) and native_id:
            harvest.release(name, _release(provider, native_id, Row(name, fields, harvest), on))
        else:
            harvest.refuse(name, "has no id")


def _release(provider: str, native_id: str, row: Row, on: date) -> ModelReleased:
    price = price_on(row, on)
    context = row.tokens("context_window")
    is_cached = price is not None and isinstance(price.cached_read, Decimal)
    return ModelReleased(
        provider=provider,
        native_id=native_id,
        complete=True,
        name=row.text("name"),
        lifecycle=Lifecycle.DEPRECATED if row.flag("deprecated") else None,
        context=context,
        price=price,
        capabilities={
            **capabilities.of_prices({"cached_read"} if is_cached else ()),
            **capabilities.of_context(context),
        },
    )
