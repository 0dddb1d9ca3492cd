"""A live `/v1/models` answer (vLLM, NIM, OpenAI and its likes) or Ollama's `/api/tags`."""

from urllib.parse import urlsplit

from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import EndpointRegistered, ModelReleased, ProviderDescribed
from services.registry.catalogs import capabilities
from services.registry.catalogs.parsed import Harvest, ParsedCatalog
from services.registry.catalogs.row import Row, is_row
from services.registry.catalogs.served import (
    Served,
    context_of,
    deprecated_on,
    kind_of,
    name_of,
    tool_use_of,
)

SOURCE = "openai-compatible"


def parse(document: object, served: Served) -> ParsedCatalog:
    """The facts about one endpoint, from its own answer and what its operator says of it."""
    data = document.get("data") if is_row(document) else None
    tags = document.get("models") if is_row(document) else None
    listed = data if isinstance(data, list) else tags
    if not isinstance(listed, list):
        raise InvalidCatalog(
            f"{served.url} did not answer with a list of models; "
            "give the address of /v1/models (or Ollama's /api/tags)."
        )
    harvest = Harvest(SOURCE)
    rows = _rows(listed, harvest)
    provider = served.provider or served.endpoint
    harvest.announce(
        ProviderDescribed(provider=provider, name=served.name or provider),
        _endpoint(served, provider, rows, is_ollama_tags=data is None),
    )
    by_id = {row.name: row for row in rows}
    for row in rows:
        harvest.release(row.name, _release(served.endpoint, provider, row, by_id))
    return harvest.parsed()


def _rows(listed: list[object], harvest: Harvest) -> list[Row]:
    rows = []
    for number, fields in enumerate(listed):
        harvest.rows += 1
        native_id = fields.get("id") or fields.get("model") if is_row(fields) else None
        if is_row(fields) and isinstance(native_id, str):
            rows.append(Row(native_id, fields, harvest))
        else:
            harvest.refuse(f"row {number}", "has no id")
    return rows


def _endpoint(
    served: Served, provider: str, rows: list[Row], *, is_ollama_tags: bool
) -> EndpointRegistered:
    return EndpointRegistered(
        endpoint=served.endpoint,
        provider=provider,
        name=served.name,
        url=base_address(served.url),
        dialect=served.dialect,
        server=served.server or kind_of(rows, is_ollama_tags=is_ollama_tags),
        hosting=served.hosting,
        residency=served.residency,
        zones=served.zones,
        keyless=served.keyless,
    )


def list_address(url: str) -> str:
    """The address of the list: the one given, or where a server's address leads to it."""
    address = url.rstrip("/")
    if address.endswith(("/models", "/api/tags")):
        return address
    return f"{address}/models" if urlsplit(address).path else f"{address}/v1/models"


def endpoint_name(url: str) -> str:
    """An id for an endpoint that was given none: its host and port."""
    return urlsplit(url).netloc.rpartition("@")[2].replace(":", "-").lower()


def base_address(url: str) -> str:
    """The address requests are sent to: that of the list without its last part.

    Ollama answers OpenAI's requests under /v1, beside its own /api.
    """
    address = url.rstrip("/")
    if address.endswith("/api/tags"):
        return f"{address.removesuffix('/api/tags')}/v1"
    return address.removesuffix("/models")


def _release(endpoint: str, provider: str, row: Row, by_id: dict[str, Row]) -> ModelReleased:
    details = row.within("details")
    context = context_of(row, by_id)
    return ModelReleased(
        provider=provider,
        native_id=row.name,
        endpoint=endpoint,
        complete=True,
        name=name_of(row),
        family=details.text("family"),
        retires_on=deprecated_on(row),
        context=context,
        quantization=(details.text("quantization_level") or "").lower() or None,
        capabilities={**tool_use_of(row), **capabilities.of_context(context)} or None,
    )
