"""Ollama: `/api/tags` lists the models, `/api/show` tells what each of them is."""

import re
from collections.abc import Mapping

from routeyard.domain.catalog import Mode
from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import ModelReleased
from routeyard.servers.kinds import is_row, root_of
from services.registry.catalogs import capabilities
from services.registry.catalogs.openai_compatible import SOURCE, named
from services.registry.catalogs.parsed import Harvest, ParsedCatalog
from services.registry.catalogs.row import Row
from services.registry.catalogs.served import Served, introduced, varies

_CAPABILITIES = {
    "tools": "tool_use",
    "vision": "vision",
    "thinking": "reasoning",
    "audio": "audio_input",
}
_NUM_CTX = re.compile(r"^num_ctx\s+(\d+)\s*$", re.MULTILINE)


def parse(tags: object, shown: Mapping[str, object], served: Served) -> ParsedCatalog:
    """The facts about one Ollama server. `shown`: its word on each model by name, as far as known.

    It answers OpenAI's requests under /v1, beside its own /api.
    """
    listed = tags.get("models") if is_row(tags) else None
    if not isinstance(listed, list):
        raise InvalidCatalog(f"{served.url} did not answer as Ollama's /api/tags does.")
    harvest = Harvest(SOURCE, part=served.endpoint)
    harvest.announce(*introduced(served, root_of(served.url) + "/v1"))
    rows = named(listed, ("model", "name"), harvest)
    for row in rows:
        told = shown.get(row.name)
        more = Row(row.name, told if is_row(told) else {}, harvest)
        harvest.release(row.name, _release(served, row, more))
    harvest.announce(
        *{
            related.model: related
            for row in rows
            if (parent := row.within("details").text("parent_model")) is not None
            if (related := varies(served, row.name, parent, None)) is not None
        }.values()
    )
    return harvest.parsed()


def _release(served: Served, row: Row, more: Row) -> ModelReleased:
    details = more.within("details") if more.fields.get("details") else row.within("details")
    info = more.within("model_info")
    context = _context(more, info)
    abilities = more.words("capabilities")
    counted = info.parameters("general.parameter_count")
    return ModelReleased(
        provider=served.serves,
        native_id=row.name,
        endpoint=served.endpoint,
        complete=True,
        family=details.text("family"),
        mode=_mode(abilities),
        parameters=details.parameters("parameter_size") if counted is None else counted,
        context=context,
        quantization=(details.text("quantization_level") or "").lower() or None,
        capabilities={
            **({} if abilities is None else _able(abilities)),
            **capabilities.of_context(context),
        }
        or None,
    )


def _able(abilities: tuple[str, ...]) -> dict[str, float]:
    """Ollama lists all that a model can do with it; what is not there, it cannot."""
    return {tag: float(word in abilities) for word, tag in _CAPABILITIES.items()}


def _mode(abilities: tuple[str, ...] | None) -> Mode | None:
    if abilities is None:
        return None
    if "embedding" in abilities:
        return Mode.EMBEDDING
    return Mode.CHAT if "completion" in abilities else None


def _context(more: Row, info: Row) -> int | None:
    """What the model was made for, or less where its parameters cut it."""
    field = next((name for name in sorted(info.fields) if name.endswith(".context_length")), None)
    made_for = None if field is None else info.tokens(field)
    cut = _NUM_CTX.search(str(more.fields.get("parameters") or ""))
    limits = [limit for limit in (made_for, int(cut[1]) if cut else None) if limit]
    return min(limits) if limits else None
