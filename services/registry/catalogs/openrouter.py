"""OpenRouter's GET /api/v1/models: one row per model, prices as text in dollars per token."""

from routeyard.domain.catalog import Mode, Price
from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import ModelReleased
from routeyard.servers.kinds import is_row
from services.registry.catalogs import capabilities
from services.registry.catalogs.parsed import Harvest, ParsedCatalog
from services.registry.catalogs.provider_ids import introduced
from services.registry.catalogs.row import Row
from services.registry.catalogs.values import PER_MILLION, PER_UNIT

SOURCE = "openrouter"
PROVIDER = "openrouter"

_MODALITIES = {"file": "pdf"}


def parse(document: object) -> ParsedCatalog:
    """The catalog's facts."""
    rows = document.get("data") if is_row(document) else None
    if not isinstance(rows, list):
        raise InvalidCatalog("This is not OpenRouter's /api/v1/models: give its whole answer.")
    harvest = Harvest(SOURCE)
    harvest.announce(*introduced([PROVIDER]))
    for number, fields in enumerate(rows):
        harvest.rows += 1
        if is_row(fields):
            _read(Row(str(fields.get("id") or f"row {number}"), fields, harvest), harvest)
        else:
            harvest.refuse(f"row {number}", "not an object")
    return harvest.parsed()


def _read(row: Row, harvest: Harvest) -> None:
    native_id = row.text("id")
    if native_id is None:
        harvest.refuse(row.name, "has no id")
    elif row.within("architecture").text("tokenizer") == "Router":
        harvest.refuse(row.name, "a router that picks a model, not a model")
    elif native_id.startswith("~"):
        harvest.refuse(row.name, "an alias that moves from release to release, not a model")
    else:
        harvest.release(row.name, _release(native_id, row))


def _release(native_id: str, row: Row) -> ModelReleased:
    architecture, pricing = row.within("architecture"), row.within("pricing")
    inputs = _modalities(architecture.words("input_modalities"))
    outputs = _modalities(architecture.words("output_modalities"))
    context = row.tokens("context_length")
    price = price_of(pricing)
    return ModelReleased(
        provider=PROVIDER,
        native_id=native_id,
        complete=True,
        name=row.text("name"),
        mode=Mode.CHAT if outputs and "text" in outputs else None,
        retires_on=row.day("expiration_date"),
        knowledge_cutoff=row.text("knowledge_cutoff"),
        modalities_in=inputs,
        modalities_out=outputs,
        context=context,
        max_output=row.within("top_provider").tokens("max_completion_tokens"),
        price=price,
        capabilities={
            **capabilities.of_modalities(inputs),
            **capabilities.of_parameters(row.words("supported_parameters") or ()),
            **capabilities.of_prices(_priced(price, pricing)),
            **capabilities.of_context(context),
        },
    )


def price_of(pricing: Row) -> Price | None:
    """The price that OpenRouter states, as text in dollars per token; None when it states none."""
    if not pricing.is_in_dollars():
        return None
    price = Price(
        input=pricing.dollars("prompt", PER_MILLION),
        output=pricing.dollars("completion", PER_MILLION),
        cached_read=pricing.dollars("input_cache_read", PER_MILLION),
        cache_write=pricing.dollars("input_cache_write", PER_MILLION),
        per_request=pricing.dollars("request", PER_UNIT),
    )
    return None if price == Price() else price


def _priced(price: Price | None, pricing: Row) -> set[str]:
    cached = {"cached_read"} if price is not None and price.cached_read is not None else set()
    return cached | ({"web_search"} if pricing.text("web_search") else set())


def _modalities(words: tuple[str, ...] | None) -> tuple[str, ...] | None:
    return None if words is None else tuple(sorted({_MODALITIES.get(word, word) for word in words}))
