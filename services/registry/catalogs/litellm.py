"""LiteLLM's model_prices_and_context_window.json: one row per model and provider route."""

import re

from routeyard.domain.catalog import Mode
from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import ModelReleased
from routeyard.servers.kinds import is_row
from services.registry.catalogs import capabilities
from services.registry.catalogs.litellm_price import price_of
from services.registry.catalogs.parsed import Harvest, ParsedCatalog
from services.registry.catalogs.provider_ids import introduced, litellm_provider
from services.registry.catalogs.row import Row

SOURCE = "litellm"

_MODES = {
    "chat": Mode.CHAT,
    "responses": Mode.CHAT,
    "completion": Mode.COMPLETION,
    "embedding": Mode.EMBEDDING,
    "rerank": Mode.RERANK,
    "image_generation": Mode.IMAGE,
    "image_edit": Mode.IMAGE,
    "video_generation": Mode.VIDEO,
    "audio_speech": Mode.SPEECH,
    "audio_transcription": Mode.TRANSCRIPTION,
    "realtime": Mode.REALTIME,
    "moderation": Mode.MODERATION,
}
_PROVIDER = re.compile(r"[\w.-]+")
# Together and Fireworks price unlisted models by size; these rows name the size, not a model.
_PRICE_BAND = re.compile(r"(together-ai|fireworks-ai)-(.*\d+(\.\d+)?[bm]|default)")


def parse(document: object) -> ParsedCatalog:
    """The catalog's facts. Rows are read in the order of their names, so that repeats are too."""
    if not is_row(document) or not document:
        raise InvalidCatalog(
            "This is not LiteLLM's model_prices_and_context_window.json: give an object of rows."
        )
    harvest = Harvest(SOURCE)
    releases = []
    for name, fields in sorted(document.items()):
        harvest.rows += 1
        if not is_row(fields):
            harvest.refuse(name, "not an object")
        elif (reason := _unfit(name, fields.get("litellm_provider"))) is not None:
            harvest.refuse(name, reason)
        else:
            releases.append((name, _release(Row(name, fields, harvest))))
    harvest.announce(*introduced(release.provider for _, release in releases))
    for name, release in releases:
        harvest.release(name, release)
    return harvest.parsed()


def _unfit(name: str, provider: object) -> str | None:
    if not isinstance(provider, str) or not provider:
        return "names no litellm_provider"
    if not _PROVIDER.fullmatch(provider):
        return "litellm_provider is prose, so this is a template, not a model"
    if _PRICE_BAND.fullmatch(name):
        return "a price for models of a size, not a model"
    return None


def _release(row: Row) -> ModelReleased:
    provider = litellm_provider(str(row.fields["litellm_provider"]))
    inputs, outputs = row.words("supported_modalities"), row.words("supported_output_modalities")
    context = row.tokens("max_input_tokens")
    mode = row.text("mode")
    return ModelReleased(
        provider=provider,
        native_id=_native_id(row.name, provider),
        complete=True,
        mode=None if mode is None else _MODES.get(mode, Mode.OTHER),
        retires_on=row.day("deprecation_date"),
        modalities_in=inputs,
        modalities_out=outputs,
        context=context,
        max_output=row.tokens("max_output_tokens"),
        price=price_of(row),
        capabilities={
            **capabilities.of_listed(inputs),
            **capabilities.litellm_flags(row),
            **capabilities.of_context(context),
        },
    )


def _native_id(name: str, provider: str) -> str:
    """The name without LiteLLM's routing prefix; a region in the path is part of the name."""
    head, slash, rest = name.partition("/")
    return rest if slash and rest and litellm_provider(head) == provider else name
