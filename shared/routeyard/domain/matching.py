"""Which models of the graph an endpoint serves, from its own names and what its owner says.

A name that tells its maker, or is of a family, and leads to a model that the graph has, stands for
that model. Anything else is a model of the owner's own, `@tenant/name`, which nobody else sees;
at the platform's endpoints it is `@/name`.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from msgspec import structs

from routeyard.domain.catalog import Mode, Price, Variant
from routeyard.domain.events import Served
from routeyard.domain.events.sense import PRIVATE
from routeyard.domain.identity import UNDATED, Identity, identify
from routeyard.domain.value import Value

# Whoever is named so is nobody: what leads to it is a guess.
_NOBODY = "unknown"
_LONGEST_SLUG = 120
_FOREIGN = re.compile(r"[^a-z0-9._-]+")
_FACTS = (
    "name",
    "mode",
    "context",
    "max_output",
    "quantization",
    "modalities_in",
    "modalities_out",
    "languages",
    "price",
    "capabilities",
)

# Models of the graph, and the releases of each.
Known = Mapping[str, Sequence[str]]


class Listed(Value, frozen=True):
    """A model that an endpoint serves, under its own name for it.

    `also` are further names that the server has for it. `made_from` is the server's name of the
    model it was made from. `model` and `variant_of` are the owner's word, ids of the graph.
    """

    native_id: str
    also: tuple[str, ...] = ()
    made_from: str | None = None
    model: str | None = None
    variant_of: str | None = None
    variant: Variant | None = None
    name: str | None = None
    mode: Mode | None = None
    context: int | None = None
    max_output: int | None = None
    quantization: str | None = None
    modalities_in: tuple[str, ...] | None = None
    modalities_out: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None
    price: Price | None = None
    capabilities: dict[str, float] | None = None


def joined(found: Iterable[Listed], declared: Iterable[Listed]) -> list[Listed]:
    """What a server lists, with the owner's word first, and what the owner alone speaks of."""
    own = {each.native_id: each for each in declared}
    both = [_over(own.pop(each.native_id, None), each) for each in found]
    return sorted([*both, *own.values()], key=lambda each: each.native_id)


def _over(said: Listed | None, found: Listed) -> Listed:
    if said is None:
        return found
    words = {name: getattr(said, name) for name in ("model", "variant_of", "variant", *_FACTS)}
    stated = {name: value for name, value in words.items() if value is not None}
    tags = {**(found.capabilities or {}), **(said.capabilities or {})}
    return structs.replace(found, **{**stated, "capabilities": tags or None})


def mentioned(listed: Iterable[Listed], dialect: str = "") -> set[str]:
    """The models of the graph that these may stand for or come from. `dialect`: whose names."""
    found: set[str] = set()
    for each in listed:
        found |= {name for name in (each.model, each.variant_of) if name is not None}
        names = [each.native_id, *each.also, *([each.made_from] if each.made_from else [])]
        found |= {told.model for name in names if (told := _told(name, dialect)) is not None}
    return found


def match(
    listed: Iterable[Listed], owner: str | None, known: Known, dialect: str = ""
) -> tuple[Served, ...]:
    """What an endpoint serves. `known` has those of the mentioned models that its owner sees."""
    taken: set[str] = set()
    served = []
    for each in listed:
        found = _public(each, known, dialect) or _private(each, owner, taken, known, dialect)
        taken.add(found.model)
        served.append(found)
    return tuple(served)


def _public(listed: Listed, known: Known, dialect: str) -> Served | None:
    """As an offering of a model that the graph has."""
    for told in _identities(listed, dialect):
        if told.model in known and told.model != listed.variant_of:
            facts = _facts(listed)
            if told.quantization is not None:
                facts.setdefault("quantization", told.quantization)
            facts.pop("name", None)
            facts.pop("languages", None)
            release = _release(told, known[told.model])
            return Served(native_id=listed.native_id, model=told.model, release=release, **facts)
    return None


def _identities(listed: Listed, dialect: str) -> Iterator[Identity]:
    if listed.model is not None:
        yield Identity(model=listed.model, release=f"{listed.model}@{UNDATED}")
        return
    # What was made from another, or is said to be, is not the model its name may remind of.
    if listed.variant_of is None and listed.made_from is None:
        for name in (listed.native_id, *listed.also):
            if (told := _told(name, dialect)) is not None:
                yield told


def _told(name: str, dialect: str) -> Identity | None:
    """What a name tells by itself; None where the maker would be a guess."""
    told = identify(_NOBODY, name, dialect or None)
    return None if told.model.startswith(f"{_NOBODY}/") else told


def _release(told: Identity, releases: Sequence[str]) -> str:
    if told.release in releases or not releases:
        return told.release
    undated = f"{told.model}@{UNDATED}"
    return undated if undated in releases else max(releases)


def _private(
    listed: Listed, owner: str | None, taken: set[str], known: Known, dialect: str
) -> Served:
    model = f"{_lab(owner)}/{slug(listed.native_id)}"
    if model in taken:
        digest = blake2b(listed.native_id.encode(), digest_size=4).hexdigest()
        model = f"{model}-{digest}"
    base = listed.variant_of or _base(listed, known, dialect)
    variant = listed.variant or (Variant.FINE_TUNED if base is not None else None)
    return Served(
        native_id=listed.native_id,
        model=model,
        release=f"{model}@{UNDATED}",
        is_private=True,
        variant_of=base,
        variant=variant,
        **_facts(listed),
    )


def _base(listed: Listed, known: Known, dialect: str) -> str | None:
    told = _told(listed.made_from, dialect) if listed.made_from else None
    return told.model if told is not None and told.model in known else None


def _lab(owner: str | None) -> str:
    return f"{PRIVATE}{owner or ''}"


def slug(native_id: str) -> str:
    """A server's own name as the part of an id after the slash."""
    plain = _FOREIGN.sub("-", native_id.lower()).strip("-._")
    if len(plain) <= _LONGEST_SLUG and plain:
        return plain
    digest = blake2b(native_id.encode(), digest_size=8).hexdigest()
    return f"{plain[:_LONGEST_SLUG]}-{digest}".lstrip("-")


def _facts(listed: Listed) -> dict[str, Any]:
    stated = {name: getattr(listed, name) for name in _FACTS}
    return {name: value for name, value in stated.items() if value is not None}
