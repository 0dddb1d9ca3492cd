"""Which field of which catalog declares which capability.

A declared true is level 1.0, a declared false 0.0; a catalog that is silent says nothing.
"""

from collections.abc import Collection

from routeyard.domain.value import Value
from services.registry.catalogs.row import Row

LONG_CONTEXT = 128_000


class Declared(Value, frozen=True):
    """A capability and the fields that declare it.

    `modality`: an input modality; a catalog that lists modalities lists all of them.
    `parameter`: a request parameter OpenRouter lists; a missing one is silence, not a denial.
    `price`: a price that only exists where the capability does.
    """

    tag: str
    models_dev: str | None = None
    litellm: str | None = None
    parameter: str | None = None
    price: str | None = None
    modality: str | None = None


TABLE = (
    Declared(
        tag="tool_use",
        models_dev="tool_call",
        litellm="supports_function_calling",
        parameter="tools",
    ),
    Declared(
        tag="parallel_tool_use",
        litellm="supports_parallel_function_calling",
        parameter="parallel_tool_calls",
    ),
    Declared(
        tag="structured_output",
        models_dev="structured_output",
        litellm="supports_response_schema",
        parameter="structured_outputs",
    ),
    Declared(tag="json_mode", parameter="response_format"),
    Declared(
        tag="reasoning",
        models_dev="reasoning",
        litellm="supports_reasoning",
        parameter="reasoning",
    ),
    Declared(tag="vision", litellm="supports_vision", modality="image"),
    Declared(tag="audio_input", litellm="supports_audio_input", modality="audio"),
    Declared(tag="video_input", litellm="supports_video_input", modality="video"),
    Declared(tag="pdf_input", litellm="supports_pdf_input", modality="pdf"),
    Declared(tag="prompt_caching", litellm="supports_prompt_caching", price="cached_read"),
    Declared(
        tag="web_search",
        litellm="supports_web_search",
        parameter="web_search_options",
        price="web_search",
    ),
    Declared(tag="computer_use", litellm="supports_computer_use"),
    Declared(tag="streaming", litellm="supports_native_streaming"),
)


def models_dev_flags(row: Row) -> dict[str, float]:
    """What a models.dev row declares outright."""
    return _flags(row, {each.tag: each.models_dev for each in TABLE})


def litellm_flags(row: Row) -> dict[str, float]:
    """What a LiteLLM row declares outright."""
    return _flags(row, {each.tag: each.litellm for each in TABLE})


def of_parameters(parameters: Collection[str]) -> dict[str, float]:
    """What the request parameters an endpoint accepts declare."""
    return {each.tag: 1.0 for each in TABLE if each.parameter in parameters}


def of_prices(priced: Collection[str]) -> dict[str, float]:
    """What the existence of a price declares."""
    return {each.tag: 1.0 for each in TABLE if each.price in priced}


def of_modalities(modalities: Collection[str] | None) -> dict[str, float]:
    """What a list of input modalities declares, and what it rules out."""
    if not modalities:
        return {}
    return {each.tag: float(each.modality in modalities) for each in TABLE if each.modality}


def of_listed(modalities: Collection[str] | None) -> dict[str, float]:
    """What a list of input modalities declares that has no word for PDF, so cannot rule it out."""
    listed = of_modalities(modalities)
    return {tag: level for tag, level in listed.items() if level or tag != "pdf_input"}


def of_context(context: int | None) -> dict[str, float]:
    """Whether a context window is a long one."""
    return {} if context is None else {"long_context": float(context >= LONG_CONTEXT)}


def _flags(row: Row, fields: dict[str, str | None]) -> dict[str, float]:
    declared = {tag: row.flag(field) for tag, field in fields.items() if field}
    return {tag: float(level) for tag, level in declared.items() if level is not None}
