"""Text Generation Inference: `/info` tells the one model it serves, and its limits."""

from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import ModelReleased
from routeyard.servers.kinds import is_row, root_of
from services.registry.catalogs import capabilities
from services.registry.catalogs.openai_compatible import SOURCE, named
from services.registry.catalogs.parsed import Harvest, ParsedCatalog
from services.registry.catalogs.row import Row
from services.registry.catalogs.served import Served, introduced

_QUANTIZATIONS = {"float16": "fp16", "bfloat16": "bf16", "float32": "fp32"}


def parse(info: object, served: Served) -> ParsedCatalog:
    """The facts about one TGI server; it answers OpenAI's requests under /v1."""
    if not is_row(info) or "model_id" not in info:
        raise InvalidCatalog(f"{served.url} did not answer as TGI's /info does.")
    harvest = Harvest(SOURCE, part=served.endpoint)
    harvest.announce(*introduced(served, root_of(served.url) + "/v1"))
    for row in named([info], ("model_id",), harvest):
        context = row.tokens("max_total_tokens")
        released = ModelReleased(
            provider=served.serves,
            native_id=row.name,
            endpoint=served.endpoint,
            complete=True,
            context=context,
            quantization=_quantization(row),
            capabilities=capabilities.of_context(context) or None,
        )
        harvest.release(row.name, released)
    return harvest.parsed()


def _quantization(row: Row) -> str | None:
    stated = row.text("quantize") or row.text("model_dtype")
    word = (stated or "").lower().removeprefix("torch.")
    return _QUANTIZATIONS.get(word, word) or None
