"""OpenRouter's `/models/<id>/endpoints`: the providers behind one of its models, with prices.

Each is an endpoint of OpenRouter's without an address of its own: which of them answers is told
in a request's `provider` field, or left to OpenRouter.
"""

from routeyard.domain.catalog import Mode
from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import EndpointRegistered, ModelReleased, ProviderDescribed
from routeyard.servers.kinds import is_row
from services.registry.catalogs import capabilities
from services.registry.catalogs.openai_compatible import SOURCE
from services.registry.catalogs.openrouter import PROVIDER, price_of
from services.registry.catalogs.parsed import Harvest, ParsedCatalog
from services.registry.catalogs.provider_ids import slug
from services.registry.catalogs.row import Row
from services.registry.catalogs.served import Served

UNKNOWN = "unknown"


def parse(document: object, served: Served) -> ParsedCatalog:
    """The facts about one model's endpoints. Several of one provider differ by quantization."""
    data = document.get("data") if is_row(document) else None
    listed = data.get("endpoints") if is_row(data) else None
    model = data.get("id") if is_row(data) else None
    if not isinstance(listed, list) or not isinstance(model, str):
        raise InvalidCatalog(f"{served.url} did not answer as OpenRouter's /endpoints does.")
    harvest = Harvest(SOURCE, part=f"{PROVIDER}.{slug(model)}")
    harvest.announce(ProviderDescribed(provider=PROVIDER, name="OpenRouter"))
    for number, fields in enumerate(listed):
        harvest.rows += 1
        provider = fields.get("provider_name") if is_row(fields) else None
        if is_row(fields) and isinstance(provider, str) and slug(provider):
            _read(Row(provider, fields, harvest), model, harvest)
        else:
            harvest.refuse(f"row {number}", "names no provider")
    return harvest.parsed()


def _read(row: Row, model: str, harvest: Harvest) -> None:
    endpoint = f"{PROVIDER}.{slug(row.text('tag') or row.name)}"
    context = row.tokens("context_length")
    quantization = (row.text("quantization") or UNKNOWN).lower()
    harvest.announce(
        EndpointRegistered(endpoint=endpoint, provider=PROVIDER, name=f"OpenRouter: {row.name}")
    )
    released = ModelReleased(
        provider=PROVIDER,
        native_id=model,
        endpoint=endpoint,
        complete=True,
        mode=Mode.CHAT,
        context=context,
        max_output=row.tokens("max_completion_tokens"),
        quantization=None if quantization == UNKNOWN else quantization,
        price=price_of(row.within("pricing")),
        capabilities={
            **capabilities.of_parameters(row.words("supported_parameters") or ()),
            **capabilities.of_context(context),
        }
        or None,
    )
    harvest.release(row.name, released)
