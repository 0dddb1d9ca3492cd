"""The rules, in order."""

from __future__ import annotations

from routeyard.domain.identity.address import (
    canonical_lab,
    family,
    is_lab,
    segments,
    split,
    strip_maker,
    strip_vendor,
)
from routeyard.domain.identity.aliases import ALIASES
from routeyard.domain.identity.dates import doubt_digits, take_full_date, take_short_date
from routeyard.domain.identity.moe import complete_size
from routeyard.domain.identity.ollama import from_tag, is_tagged
from routeyard.domain.identity.result import UNDATED, Identity, Trail
from routeyard.domain.identity.serving import strip_serving
from routeyard.domain.identity.spelling import respell

NAMELESS = "unnamed"
NOBODY = "unknown"
# A rule may make way for another; no name in the catalogs takes more than three rounds.
_ROUNDS = 8
_BEDROCK = frozenset({"amazon-bedrock", "bedrock", "aws", "aws-bedrock", "amazon"})


def identify(provider: str, native_id: str, catalog: str | None = None) -> Identity:
    """The model and release behind a provider's own id. Pure, total, and stable.

    `provider` is the canonical provider id; `catalog` tells which catalog printed the id, where
    that matters (Ollama's tags). An id whose maker is not beyond doubt belongs to the
    organisation named in it, else to the provider that serves it.
    """
    provider = provider.strip().lower()
    words = segments(native_id) or [NAMELESS]
    trail = Trail(words[-1])
    org = split(words, trail)
    if trail.name.startswith("ft:"):
        trail.becomes(trail.name.replace(":", "-").rstrip("-"), "a fine-tune of its own")
    maker = strip_maker(trail)
    if is_tagged(provider, catalog, words, trail.name):
        from_tag(trail)
    is_bedrock = maker is not None or provider in _BEDROCK
    for _ in range(_ROUNDS):
        before = trail.name
        _plain(provider, trail, is_bedrock=is_bedrock)
        if trail.name == before:
            break
        is_bedrock = False
    doubt_digits(trail)
    return _placed(provider, maker or org, trail)


def _plain(provider: str, trail: Trail, *, is_bedrock: bool) -> None:
    """Bring a name to its plain form; a name in that form stays as it is."""
    strip_serving(trail, is_bedrock=is_bedrock)
    strip_vendor(provider, trail)
    take_full_date(trail)
    strip_serving(trail, is_bedrock=is_bedrock)
    respell(trail)
    strip_vendor(provider, trail)
    take_short_date(trail)
    complete_size(trail)
    trail.becomes(trail.name.strip("-._") or NAMELESS, "punctuation")


def _placed(provider: str, org: str | None, trail: Trail) -> Identity:
    """The name under its maker, through the aliases."""
    lab = _lab(provider, org, trail)
    model = f"{lab}/{trail.name}"
    if (alias := ALIASES.get(model)) is not None and alias[0] != model:
        trail.why.append(f"alias ({alias[1]}): {model} -> {alias[0]}")
        model = alias[0]
    return Identity(
        model=model,
        release=f"{model}@{trail.released_on or UNDATED}",
        why=tuple(trail.why),
        doubts=tuple(trail.doubts),
        quantization=trail.quantization,
    )


def _lab(provider: str, org: str | None, trail: Trail) -> str:
    if (lab := family(trail.name)) is not None:
        trail.why.append(f"maker: {trail.name} is of {lab}")
        return lab
    if org is not None:
        trail.why.append(f"maker: named in the id ({org})")
        return canonical_lab(org) or NOBODY
    trail.why.append(f"maker: taken to be the provider ({provider})")
    if not is_lab(provider):
        trail.doubt(f"the maker is guessed from the provider ({provider})")
    return canonical_lab(provider) or NOBODY
