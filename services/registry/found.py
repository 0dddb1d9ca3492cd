"""What a live server says of its models, as a list to be matched with the graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from routeyard.domain.catalog import Endpoint
from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import ModelReleased
from routeyard.domain.matching import Listed
from routeyard.servers.discover import Answers
from routeyard.servers.kinds import Server, is_row
from services.registry.catalogs.live.parse import parse
from services.registry.catalogs.served import Served

MOST_MODELS = 500
OLLAMA = "ollama"


def found_in(answers: Answers, endpoint: Endpoint) -> list[Listed]:
    """The models in a server's answers; none when they are not those of its kind."""
    try:
        parsed = parse(answers, Served(endpoint=endpoint.id, url=endpoint.url or ""))
    except InvalidCatalog:
        return []
    rows = dict(_rows(answers))
    released = [each for each in parsed.payloads if isinstance(each, ModelReleased)]
    return [_listed(each, rows.get(each.native_id, {})) for each in released[:MOST_MODELS]]


def dialect_of(answers: Answers | None, endpoint: Endpoint) -> str:
    """Whose names the server's are, where that matters: those of Ollama's library."""
    server = answers.server if answers is not None else endpoint.server.value
    return OLLAMA if server == Server.OLLAMA.value else ""


def _listed(said: ModelReleased, row: Mapping[str, object]) -> Listed:
    made_from = _made_from(row)
    root = _text(row.get("root"))
    # A server may call a model what it likes; its root is a path on it, or the model's own name.
    also = (root,) if root and "/" in root and not root.startswith((".", "/")) else ()
    return Listed(
        native_id=said.native_id,
        also=() if made_from else also,
        made_from=made_from,
        name=said.name,
        mode=said.mode,
        context=said.context,
        max_output=said.max_output,
        quantization=said.quantization,
        modalities_in=said.modalities_in,
        modalities_out=said.modalities_out,
        languages=said.languages,
        capabilities=said.capabilities,
    )


def _made_from(row: Mapping[str, object]) -> str | None:
    """The name of the model that an adapter, a fine-tune or an Ollama model was made from."""
    details = row.get("details")
    if is_row(details):
        return _text(details.get("parent_model"))
    if row.get("type") == "fine-tuned":
        return _text(row.get("root"))
    return _text(row.get("parent"))


def _rows(answers: Answers) -> Iterator[tuple[str, Mapping[str, object]]]:
    listed = answers.listed
    inner = (listed.get("data") or listed.get("models")) if is_row(listed) else None
    for row in inner if isinstance(inner, list) else ():
        if is_row(row):
            yield str(row.get("id") or row.get("model") or row.get("name")), row


def _text(value: object) -> str | None:
    return value if isinstance(value, str) and value else None
