"""Ollama's names: a family, and a tag that leaves out what is usual."""

from __future__ import annotations

import re
from functools import cache

from routeyard.domain.identity.ollama_tags import TAGS
from routeyard.domain.identity.result import Trail

_TAG = re.compile(r"^[^:@]+:(?:latest$|e?\d+(?:x\d+)?(?:\.\d+)?[bmkt](?:$|-))")
QUANTIZED = re.compile(
    r"-?((?:q[2-8](?:_[0-9k])?(?:_[sml])?|fp16|bf16|f16|nvfp4|mxfp4|mxfp8|int4|int8|fp8|mlx)(?:-mlx)?)$",
    re.IGNORECASE,
)
# The library's names for families that their makers name otherwise.
_FAMILIES = {"nemotron": "llama-3.1-nemotron", "nemotron3": "nemotron-3"}


def is_tagged(provider: str, catalog: str | None, words: list[str], name: str) -> bool:
    """Whether a name is one of Ollama's library: told by who prints it, or by its tag."""
    if len(words) > 1 and words[0] not in {"ollama", "library"}:
        return False
    is_ollama = "ollama" in (catalog or "") or provider.startswith("ollama") or words[0] == "ollama"
    return is_ollama or _TAG.match(name) is not None


def from_tag(trail: Trail) -> None:
    """Spell family and tag out as one name: the size, the kind and the version behind a tag."""
    library, _, tag = trail.name.partition(":")
    known = _meanings().get(library, {})
    if tag not in known:
        tag = re.sub(r"-?cloud$", "", tag) or "latest"
    if tag not in known and (match := QUANTIZED.search(tag)) is not None:
        trail.quantization = match[1]
        tag = tag[: match.start()] or "latest"
        # The star: quantized, this tag is an older model than it is when plain.
        known = {} if f"{tag}*" in known else known
    full = known.get(tag, "" if tag == "latest" else tag)
    if tag == "latest":
        trail.doubt(f"{library} without a size is its default ({full or 'not known'})")
    # A base model is called `text` here, and nothing by its maker.
    full = re.sub(r"(?<=[bm])-text(?=-|$)", "", full)
    trail.becomes(f"{_FAMILIES.get(library, library)}-{full}".rstrip("-"), "Ollama tag")


@cache
def _meanings() -> dict[str, dict[str, str]]:
    """By family, what each short tag stands for."""
    meanings: dict[str, dict[str, str]] = {}
    for line in TAGS.strip().splitlines():
        named, _, short = line.partition(" = ")
        library, full = named.split()
        known = meanings.setdefault(library, {})
        known |= {tag.lower(): "" if full == "-" else full.lower() for tag in short.split()}
    return meanings
