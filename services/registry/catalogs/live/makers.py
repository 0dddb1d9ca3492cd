"""The makers' own lists that are not OpenAI's: Anthropic's, and Google's of Gemini models."""

from routeyard.domain.catalog import Mode
from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import ModelReleased
from routeyard.servers.kinds import is_row, root_of
from services.registry.catalogs import capabilities
from services.registry.catalogs.openai_compatible import SOURCE, named
from services.registry.catalogs.parsed import Harvest, ParsedCatalog
from services.registry.catalogs.row import Row
from services.registry.catalogs.served import Served, introduced

_ANTHROPIC = {
    "image_input": "vision",
    "pdf_input": "pdf_input",
    "structured_outputs": "structured_output",
    "thinking": "reasoning",
}
_GEMINI_MODES = {"generateContent": Mode.CHAT, "embedContent": Mode.EMBEDDING}


def anthropic(document: object, served: Served) -> ParsedCatalog:
    """The facts in the answer of Anthropic's /v1/models."""
    harvest = Harvest(SOURCE, part=served.endpoint)
    harvest.announce(*introduced(served, root_of(served.url) + "/v1"))
    for row in named(_listed(document, "data", served), ("id",), harvest):
        context = row.tokens("max_input_tokens")
        supported = {tag: _supported(row, field) for field, tag in _ANTHROPIC.items()}
        able = {tag: float(flag) for tag, flag in supported.items() if flag is not None}
        released = ModelReleased(
            provider=served.serves,
            native_id=row.name,
            endpoint=served.endpoint,
            complete=True,
            name=row.text("display_name"),
            mode=Mode.CHAT,
            released_on=row.moment("created_at"),
            context=context,
            max_output=row.tokens("max_tokens"),
            capabilities={**able, **capabilities.of_context(context)} or None,
        )
        harvest.release(row.name, released)
    return harvest.parsed()


def gemini(document: object, served: Served) -> ParsedCatalog:
    """The facts in the answer of Google's /v1beta/models."""
    harvest = Harvest(SOURCE, part=served.endpoint)
    harvest.announce(*introduced(served, root_of(served.url) + "/v1beta"))
    for row in named(_listed(document, "models", served), ("name",), harvest):
        context = row.tokens("inputTokenLimit")
        methods = row.fields.get("supportedGenerationMethods")
        asked = [str(each) for each in methods] if isinstance(methods, list) else None
        thinks = row.flag("thinking")
        able = {} if asked is None else {"streaming": float("streamGenerateContent" in asked)}
        released = ModelReleased(
            provider=served.serves,
            native_id=row.name.removeprefix("models/"),
            endpoint=served.endpoint,
            complete=True,
            name=row.text("displayName"),
            mode=next((_GEMINI_MODES[each] for each in asked or () if each in _GEMINI_MODES), None),
            context=context,
            max_output=row.tokens("outputTokenLimit"),
            capabilities={
                **able,
                **({} if thinks is None else {"reasoning": float(thinks)}),
                **capabilities.of_context(context),
            }
            or None,
        )
        harvest.release(row.name, released)
    return harvest.parsed()


def _listed(document: object, field: str, served: Served) -> list[object]:
    listed = document.get(field) if is_row(document) else None
    if not isinstance(listed, list):
        raise InvalidCatalog(f"{served.url} did not answer with a list of models; check --server.")
    return listed


def _supported(row: Row, field: str) -> bool | None:
    return row.within("capabilities").within(field).flag("supported")
