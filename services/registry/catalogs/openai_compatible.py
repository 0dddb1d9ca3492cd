"""A live `/v1/models` answer: vLLM, NIM, Mistral, OpenAI and its likes."""

from collections.abc import Iterable
from urllib.parse import urlsplit

from routeyard.domain.catalog import Variant
from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import ModelDeprecated, ModelRelated, ModelReleased
from routeyard.servers.kinds import is_row, list_address
from services.registry.catalogs import capabilities
from services.registry.catalogs.parsed import Harvest, ParsedCatalog
from services.registry.catalogs.row import Row
from services.registry.catalogs.served import (
    Served,
    abilities_of,
    context_of,
    deprecated_on,
    introduced,
    mode_of,
    name_of,
    varies,
)

SOURCE = "openai-compatible"


def parse(document: object, served: Served) -> ParsedCatalog:
    """The facts about one endpoint, from its own answer and what its operator says of it."""
    listed = document.get("data") if is_row(document) else None
    if not isinstance(listed, list):
        raise InvalidCatalog(
            f"{served.url} did not answer with a list of models; "
            "give the address of its /v1/models, or say what it is with --server."
        )
    harvest = Harvest(SOURCE, part=served.endpoint)
    harvest.announce(*introduced(served, base_address(served.url)))
    rows = named(listed, ("id",), harvest)
    by_id = {row.name: row for row in rows}
    for row in rows:
        harvest.release(row.name, _release(served, row, by_id))
    harvest.announce(*_relations(served, by_id.values()), *_ends(served, by_id.values()))
    return harvest.parsed()


def named(listed: list[object], fields: Iterable[str], harvest: Harvest) -> list[Row]:
    """The rows that have a name in one of the fields; the others are refused."""
    rows = []
    for number, entry in enumerate(listed):
        harvest.rows += 1
        stated = [entry.get(field) for field in fields] if is_row(entry) else []
        name = next((each for each in stated if isinstance(each, str) and each), None)
        if is_row(entry) and name is not None:
            rows.append(Row(name, entry, harvest))
        else:
            harvest.refuse(f"row {number}", "has no id")
    return rows


def endpoint_name(url: str) -> str:
    """An id for an endpoint that was given none: its host and port."""
    return urlsplit(url).netloc.rpartition("@")[2].replace(":", "-").lower()


def base_address(url: str) -> str:
    """The address requests are sent to: that of the list without its last part."""
    return list_address(url).removesuffix("/models")


def _release(served: Served, row: Row, by_id: dict[str, Row]) -> ModelReleased:
    context = context_of(row, by_id)
    _tell_of_root(row)
    return ModelReleased(
        provider=served.serves,
        native_id=row.name,
        endpoint=served.endpoint,
        complete=True,
        name=name_of(row),
        mode=mode_of(row),
        retires_on=deprecated_on(row),
        context=context,
        capabilities={**abilities_of(row), **capabilities.of_context(context)} or None,
    )


def _tell_of_root(row: Row) -> None:
    """A server may call a model what it likes; then only its root says which one it is."""
    root, parent = row.fields.get("root"), row.fields.get("parent")
    if isinstance(root, str) and "/" in root and root != row.name and not parent:
        row.omit("root is another name of the model; make the id an alias of it")


def _relations(served: Served, rows: Iterable[Row]) -> list[ModelRelated]:
    """A LoRA adapter is tuned from its parent, and one of Mistral's own jobs from its root."""
    found: dict[str, ModelRelated] = {}
    for row in rows:
        base = row.fields.get("root" if row.fields.get("type") == "fine-tuned" else "parent")
        if isinstance(base, str) and base:
            related = varies(served, row.name, base, Variant.FINE_TUNED)
            found |= {related.model: related} if related else {}
    return list(found.values())


def _ends(served: Served, rows: Iterable[Row]) -> list[ModelDeprecated]:
    """What Mistral's own answer names in the place of a model that ends."""
    return [
        ModelDeprecated(
            provider=served.serves,
            native_id=row.name,
            endpoint=served.endpoint,
            retires_on=ends,
            replacement=replacement,
            reason="said by its server",
        )
        for row in rows
        if (replacement := row.text("deprecation_replacement_model")) is not None
        and (ends := deprecated_on(row)) is not None
    ]
