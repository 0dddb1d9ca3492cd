"""Ollama's library: families of open models, with a tag for each size, kind and quantization.

A library is not a server: its models are described, and listed once an Ollama endpoint has them.
"""

import re
from collections.abc import Iterator
from decimal import Decimal

from routeyard.domain.catalog import Mode, Variant
from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import ModelDescribed, ModelRelated
from routeyard.domain.identity import identify
from routeyard.servers.kinds import is_row
from services.registry.catalogs.parsed import Harvest, ParsedCatalog
from services.registry.catalogs.row import Row

SOURCE = "ollama-library"
# Whose names these are: a server names its models as the library does.
PROVIDER = "ollama"

_CAPABILITIES = {"tools": "tool_use", "thinking": "reasoning"}
_TUNED, _BASE = {"instruct", "chat"}, ("base", "text")
_CLOUD = re.compile(r"(.*-)?cloud")
_EVIDENCE = "Ollama's library"


def parse(document: object) -> ParsedCatalog:
    """The library's facts: one description for each model, whatever its quantizations."""
    if not isinstance(document, list) or not document:
        raise InvalidCatalog("This is not a file of Ollama's library: give a list of families.")
    library = _Library()
    for number, family in enumerate(document):
        tags = family.get("tags") if is_row(family) else None
        name = family.get("name") if is_row(family) else None
        if is_row(family) and isinstance(tags, list) and isinstance(name, str):
            library.read(Row(name, family, library.harvest), tags)
        else:
            library.harvest.rows += 1
            library.harvest.refuse(f"family {number}", "not a family with a name and tags")
    return library.parsed()


class _Library:
    """The library being read. `_models` remembers which model each tag stands for."""

    def __init__(self) -> None:
        self.harvest = Harvest(SOURCE)
        self._described: dict[str, ModelDescribed] = {}
        self._related: dict[str, ModelRelated] = {}
        self._models: dict[str, str] = {}

    def read(self, family: Row, tags: list[object]) -> None:
        """Take over what a family says."""
        self.harvest.rows += len(tags)
        named = self._named(family.name, tags)
        for tag in self._weights(named):
            self._describe(family, tag)
        self._relate(family.name, {tag.name for tag in named})

    def parsed(self) -> ParsedCatalog:
        """All that was read; relations only among models that are described."""
        for description in self._described.values():
            self.harvest.release(description.native_id, description)
        for told in self._related.values():
            if told.model in self._described and told.variant_of in self._described:
                self.harvest.announce(told)
        return self.harvest.parsed()

    def _named(self, family: str, tags: list[object]) -> list[Row]:
        named: list[Row] = []
        for number, fields in enumerate(tags):
            if is_row(fields) and isinstance(fields.get("name"), str):
                named.append(Row(f"{family}:{fields['name']}", fields, self.harvest))
            else:
                self.harvest.refuse(f"{family}, tag {number}", "has no name")
        return named

    def _weights(self, tags: list[Row]) -> Iterator[Row]:
        """One tag for each file of weights: of its names the longest says the most."""
        seen: set[object] = set()
        for tag in sorted(tags, key=lambda each: (-len(each.name), each.name)):
            weights = tag.text("hash")
            if _CLOUD.fullmatch(tag.name.partition(":")[2]):
                self.harvest.refuse(tag.name, "runs in Ollama's cloud: it has no weights here")
            elif weights in seen:
                self.harvest.refuse(tag.name, "another name of the same weights")
            else:
                seen |= {weights} if weights else set()
                yield tag

    def _describe(self, family: Row, tag: Row) -> None:
        model = self._model(tag.name)
        if model in self._described:
            reason = "another quantization of a model that is described"
            self.harvest.refuse(tag.name, reason)
        else:
            self._described[model] = _description(family, tag)

    def _relate(self, family: str, tags: set[str]) -> None:
        """What is tuned from a base model in the family, or distilled from the family's own."""
        for tag in sorted(tags):
            parts = tag.split("-")
            if "distill" in parts:
                lab = self._model(tag).partition("/")[0]
                self._vary(tag, identify(lab, family).model, Variant.DISTILLED)
            for base in _BASE if _TUNED.intersection(parts) else ():
                root = "-".join(base if part in _TUNED else part for part in parts)
                if root in tags:
                    self._vary(tag, self._model(root), Variant.FINE_TUNED)

    def _vary(self, tag: str, base: str, variant: Variant) -> None:
        model = self._model(tag)
        if model != base:
            self._related[model] = ModelRelated(
                model=model, variant_of=base, variant=variant, complete=True, evidence=_EVIDENCE
            )

    def _model(self, tag: str) -> str:
        if tag not in self._models:
            self._models[tag] = identify(PROVIDER, tag).model
        return self._models[tag]


def _description(family: Row, tag: Row) -> ModelDescribed:
    parts = set(tag.name.partition(":")[2].split("-"))
    abilities = family.words("capabilities") or ()
    sees = (tag.text("model_type") or "").endswith("vision")
    # A family's tools are those of its instructed models, not of the base models beside them.
    able = {_CAPABILITIES[each]: 1.0 for each in abilities if each in _CAPABILITIES}
    has = ({} if parts.intersection(_BASE) else able) | ({"vision": 1.0} if sees else {})
    return ModelDescribed(
        provider=PROVIDER,
        native_id=tag.name,
        complete=True,
        mode=Mode.EMBEDDING if "embedding" in abilities else None,
        open_weights=True,
        parameters=_parameters(tag, parts),
        modalities_in=("image", "text") if sees else ("text",),
        context=None if tag.text("context_window") == "Unknown" else tag.tokens("context_window"),
        capabilities=has or None,
        evidence=_EVIDENCE,
    )


def _parameters(tag: Row, parts: set[str]) -> int | None:
    """What the library reads from the tag; of `8x7b` and `e2b` it reads a part of the truth."""
    size = tag.fields.get("parameter_size")
    if not isinstance(size, (int, Decimal)) or isinstance(size, bool):
        return None
    billions, millions = f"{Decimal(size).normalize():f}b", f"{size * 1000:.0f}m"
    if not {billions, millions} & parts:
        tag.omit("parameter_size is that of one expert, or not told by the tag")
        return None
    return Row(tag.name, {"parameter_size": size * 10**9}, tag.harvest).parameters("parameter_size")
