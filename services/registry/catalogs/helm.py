"""HELM: what Stanford's evaluation harness knows of the models it has run.

HELM serves nothing, so its models are described, not listed. What its tags say a model can do
are updates of capabilities; a tag that is not there says nothing.
"""

from collections.abc import Iterable, Mapping

from routeyard.domain.catalog import Mode
from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import CapabilityUpdated, ModelDescribed
from routeyard.domain.identity import identify
from routeyard.servers.kinds import is_row
from services.registry.catalogs.parsed import Harvest, ParsedCatalog
from services.registry.catalogs.row import Row

SOURCE = "helm"

_TEST_CREATOR = "simple/"
_ABLATION = "ABLATION_MODEL_TAG"
_CAPABILITIES = {"VISION_LANGUAGE_MODEL_TAG": "vision", "AUDIO_LANGUAGE_MODEL_TAG": "audio_input"}
_INPUTS = {
    "TEXT_MODEL_TAG": "text",
    "TEXT_TO_IMAGE_MODEL_TAG": "text",
    "TEXT_SIMILARITY_MODEL_TAG": "text",
    "CODE_MODEL_TAG": "text",
    "VISION_LANGUAGE_MODEL_TAG": "image",
    "AUDIO_LANGUAGE_MODEL_TAG": "audio",
}
_OUTPUTS = {
    "TEXT_MODEL_TAG": "text",
    "CODE_MODEL_TAG": "text",
    "VISION_LANGUAGE_MODEL_TAG": "text",
    "AUDIO_LANGUAGE_MODEL_TAG": "text",
    "TEXT_TO_IMAGE_MODEL_TAG": "image",
}
_MODES = {
    "TEXT_TO_IMAGE_MODEL_TAG": Mode.IMAGE,
    "TEXT_SIMILARITY_MODEL_TAG": Mode.EMBEDDING,
    "INSTRUCTION_FOLLOWING_MODEL_TAG": Mode.CHAT,
}


def parse(document: object, deployments: object = None) -> ParsedCatalog:
    """The facts in model_metadata.yaml, with contexts from model_deployments.yaml if given."""
    models = document.get("models") if is_row(document) else None
    if not isinstance(models, list):
        raise InvalidCatalog("This is not HELM's model_metadata.yaml: give `models:`.")
    harvest = Harvest(SOURCE)
    contexts = {} if deployments is None else _contexts(deployments, harvest)
    capable: dict[str, dict[str, float]] = {}
    for number, fields in enumerate(models):
        harvest.rows += 1
        name = fields.get("name") if is_row(fields) else None
        context = contexts.pop(str(name), None)
        if not is_row(fields) or not isinstance(name, str):
            harvest.refuse(f"row {number}", "has no name")
        elif name.startswith(_TEST_CREATOR):
            harvest.refuse(name, "a stand-in for tests, not a model")
        elif _ABLATION in _tags(row := Row(name, fields, harvest)):
            harvest.refuse(name, "an ablation: a model with other prompts, not a model")
        else:
            harvest.release(name, _description(row, context))
            can = {_CAPABILITIES[tag]: 1.0 for tag in _tags(row) if tag in _CAPABILITIES}
            if can:
                capable.setdefault(identify(SOURCE, name).model, {}).update(can)
    for name in contexts:
        harvest.refuse(name, "a deployment of a model that the metadata do not name")
    harvest.announce(*_updates(capable))
    return harvest.parsed()


def _description(row: Row, context: int | None) -> ModelDescribed:
    tags = _tags(row)
    modes = [mode for tag, mode in _MODES.items() if tag in tags]
    return ModelDescribed(
        provider=SOURCE,
        native_id=row.name,
        complete=True,
        name=row.text("display_name"),
        mode=modes[0] if modes else None,
        released_on=row.day("release_date"),
        # `limited` is said of models behind an API, and of some whose weights are public.
        open_weights=True if row.text("access") == "open" else None,
        parameters=row.parameters("num_parameters"),
        modalities_in=_among(_INPUTS, tags) or None,
        modalities_out=_among(_OUTPUTS, tags) or None,
        context=context,
        evidence="crfm-helm model_metadata",
    )


def _tags(row: Row) -> tuple[str, ...]:
    listed = row.fields.get("tags")
    return tuple(str(tag) for tag in listed) if isinstance(listed, list) else ()


def _among(words: Mapping[str, str], tags: Iterable[str]) -> tuple[str, ...]:
    return tuple(sorted({words[tag] for tag in tags if tag in words}))


def _updates(capable: Mapping[str, dict[str, float]]) -> list[CapabilityUpdated]:
    return [
        CapabilityUpdated(
            model=model, capabilities=levels, evidence="crfm-helm tags", complete=True
        )
        for model, levels in sorted(capable.items())
    ]


def _contexts(document: object, harvest: Harvest) -> dict[str, int]:
    """The longest prompt of any deployment of a model: a deployment may cut it, never extend it."""
    listed = document.get("model_deployments") if is_row(document) else None
    if not isinstance(listed, list):
        raise InvalidCatalog("This is not HELM's model_deployments.yaml: give model_deployments.")
    longest: dict[str, int] = {}
    for number, fields in enumerate(listed):
        harvest.rows += 1
        name = fields.get("name") if is_row(fields) else None
        if not is_row(fields) or not isinstance(name, str):
            harvest.refuse(f"deployment {number}", "has no name")
            continue
        row = Row(f"deployment {name}", fields, harvest)
        model, context = row.text("model_name") or name, row.tokens("max_sequence_length")
        if context is None:
            harvest.refuse(row.name, "states no max_sequence_length")
        else:
            longest[model] = max(longest.get(model, 0), context)
    return longest
