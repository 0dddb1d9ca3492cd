"""The graph laid out for answering: candidates are slots, facts are bit masks and columns.

Slots are stable: a change touches the slots it is about and renumbers nothing. A snapshot is
never changed; `advance` makes the next one, sharing all that stayed.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from decimal import Decimal
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeyard.domain import bits
from routeyard.domain.catalog import Endpoint, Model, Offering, PrecisionFloor, Price, Release
from routeyard.domain.claims import Kind
from routeyard.domain.graph import Graph, Op
from routeyard.domain.layered import layered
from routeyard.domain.overrides import Override
from routeyard.domain.scopes import (
    Effective,
    Place,
    Tenancy,
    by_place,
    place_named,
    place_of,
)
from routeyard.domain.tenancy import Scope

Feature = tuple[str, ...]
Column = NDArray[np.float64]
ALIVE: Feature = ("alive",)
MAX_TIERS = 3
_SLOT_KINDS = {Kind.MODEL: "model", Kind.RELEASE: "release", Kind.ENDPOINT: "endpoint"}
_NUMBERS = ("input", "output", "context", "max_output", "retires", "tie")


class Slot(NamedTuple):
    """One candidate: an offering with what it stands on."""

    offering: Offering
    model: Model
    endpoint: Endpoint
    retires: float
    features: frozenset[Feature]


class Snapshot(NamedTuple):
    """One revision, ready to be resolved over.

    `masks`: which slots have a feature. `columns`: numbers per slot, NaN where unknown.
    `groups`: the features that are levels of one capability, or kinds of residency.
    `memo`: masks worked out from these for a constraint; it only ever grows, and the same key
    always has the same value, so sharing it between requests is safe. `rulings`: what applies to a
    scope, as it was worked out last.
    """

    epoch: str
    revision: int
    slots: Sequence[Slot | None]
    slot_of: Mapping[str, int]
    masks: Mapping[Feature, int]
    columns: Mapping[str, Column]
    floors: Mapping[str, PrecisionFloor]
    tenancy: Tenancy
    groups: Mapping[Feature, tuple[Feature, ...]]
    memo: dict[Hashable, int]
    rulings: dict[Scope, Effective]

    @property
    def size(self) -> int:
        """How many slots there are, empty ones included."""
        return len(self.slots)

    def mask(self, *feature: str) -> int:
        """The slots that have a feature."""
        return self.masks.get(feature, 0)


def compile(graph: Graph) -> Snapshot:  # noqa: A001 - the field's word for it
    """Lay a graph out from nothing."""
    slots = [slot for id_ in sorted(graph.offerings) if (slot := _slot(graph, id_)) is not None]
    holders: dict[Feature, list[int]] = defaultdict(list)
    for index, slot in enumerate(slots):
        for feature in slot.features:
            holders[feature].append(index)
    return Snapshot(
        epoch=graph.epoch,
        revision=graph.revision,
        slots=slots,
        slot_of={slot.offering.id: index for index, slot in enumerate(slots)},
        masks={feature: _mask(indexes, len(slots)) for feature, indexes in holders.items()},
        groups=_groups(holders),
        columns=_columns(slots),
        floors=graph.floors,
        tenancy=tenancy_of(graph),
        memo={},
        rulings={},
    )


def advance(snapshot: Snapshot, graph: Graph, ops: Iterable[Op]) -> Snapshot:
    """The snapshot of `graph`, which is that of `snapshot` after `ops`."""
    ops = tuple(ops)
    touched = _touched(snapshot, ops)
    slots, slot_of = list(snapshot.slots), dict(snapshot.slot_of)
    masks = dict(snapshot.masks)
    changed: dict[int, Slot | None] = {}
    come: set[Feature] = set()
    for offering in sorted(touched):
        new = _slot(graph, offering)
        index = slot_of.get(offering)
        if index is None and new is not None:
            index = _free_slot(slots, snapshot.masks, changed)
            slot_of[offering] = index
        if index is not None:
            come |= _move(masks, index, slots[index], new)
            slots[index] = changed[index] = new
            if new is None:
                del slot_of[offering]
    is_same_size = len(masks) == len(snapshot.masks)
    return snapshot._replace(
        epoch=graph.epoch,
        revision=graph.revision,
        slots=slots,
        slot_of=slot_of,
        masks=masks,
        groups=snapshot.groups if is_same_size and not come else _groups(masks),
        columns=_patched(snapshot.columns, changed, len(slots)) if changed else snapshot.columns,
        floors=graph.floors,
        tenancy=_advanced(snapshot.tenancy, graph, ops),
        memo={},
        rulings={},
    )


def tenancy_of(graph: Graph) -> Tenancy:
    """Who there is in a graph, and what is said for each place."""
    return Tenancy(
        graph.tenants,
        graph.classes,
        graph.tiers,
        graph.projects,
        by_place(graph.overrides.values()),
    )


def _advanced(tenancy: Tenancy, graph: Graph, ops: tuple[Op, ...]) -> Tenancy:
    """The tenancy after ops: the places they are about anew, the others as they are."""
    rules = tenancy.rules
    said: dict[Place, dict[str, Override | None]] = {}
    for op in ops:
        if op.kind is Kind.OVERRIDE:
            override = graph.overrides.get(op.id)
            place = place_named(op.id) if override is None else place_of(override)
            said.setdefault(place, {})[op.id] = override
    if said:
        anew = {place: _rules_of(rules.get(place, ()), own) for place, own in said.items()}
        rules = layered(rules).changed(anew)
    return Tenancy(graph.tenants, graph.classes, graph.tiers, graph.projects, rules)


def _rules_of(
    held: Iterable[Override], said: Mapping[str, Override | None]
) -> tuple[Override, ...] | None:
    """A place's rules by id after some were said anew; None when none is left."""
    own = {**{each.id: each for each in held}, **said}
    left = tuple(each for _, each in sorted(own.items()) if each is not None)
    return left or None


def _touched(snapshot: Snapshot, ops: Iterable[Op]) -> set[str]:
    """The offerings whose slots have to be looked at again."""
    touched = set()
    for op in ops:
        if op.kind is Kind.OFFERING:
            touched.add(op.id)
        elif op.kind in _SLOT_KINDS:
            held = snapshot.mask(_SLOT_KINDS[op.kind], op.id)
            found = (snapshot.slots[index] for index in bits.slots(held))
            touched |= {slot.offering.id for slot in found if slot is not None}
    return touched


def _slot(graph: Graph, offering_id: str) -> Slot | None:
    """The candidate an offering makes; None when it, or what it stands on, is not there."""
    offering = graph.offerings.get(offering_id)
    model = graph.models.get(offering.model) if offering else None
    endpoint = graph.endpoints.get(offering.endpoint) if offering else None
    if offering is None or model is None or endpoint is None:
        return None
    retires = _retires(offering, graph.releases.get(offering.release))
    return Slot(offering, model, endpoint, retires, _features(offering, model, endpoint))


def _retires(offering: Offering, release: Release | None) -> float:
    """The day (proleptic ordinal) from which on it no longer answers."""
    if offering.lifecycle.value == "retired":
        return -math.inf
    dates = [offering.retires_on, release.retires_on if release else None]
    return min((float(day.toordinal()) for day in dates if day is not None), default=math.inf)


def _features(offering: Offering, model: Model, endpoint: Endpoint) -> frozenset[Feature]:
    """Everything about a candidate that is either so or not; the offering's word goes first."""
    levels = {**model.capabilities, **offering.capabilities}
    found: set[Feature] = {
        ALIVE,
        ("mode", (offering.mode or model.mode or "unknown")),
        ("hosting", endpoint.hosting),
        ("endpoint", endpoint.id),
        ("provider", endpoint.provider),
        ("maker", model.provider),
        ("model", model.id),
        ("release", offering.release),
        *(("owner", tenant) for tenant in _seen_by(endpoint)),
        ("quantization", offering.quantization or ""),
        ("residency", *sorted(endpoint.residency)),
    }
    found |= {("capability", tag, repr(level)) for tag, level in levels.items()}
    found |= {("in", kind) for kind in offering.modalities_in or model.modalities_in}
    found |= {("out", kind) for kind in offering.modalities_out or model.modalities_out}
    found |= {("language", language) for language in model.languages}
    found |= {("zone", zone) for zone in endpoint.zones or ("*",)}
    if endpoint.is_enabled:
        found.add(("enabled",))
    return frozenset(found)


def _seen_by(endpoint: Endpoint) -> tuple[str, ...]:
    """The tenants whose own it is, or to whom it is dedicated; everyone is the empty name."""
    return (endpoint.owner,) if endpoint.owner else endpoint.dedicated_to or ("",)


def _move(
    masks: dict[Feature, int], index: int, old: Slot | None, new: Slot | None
) -> set[Feature]:
    """Give a slot to another candidate; the features that nobody had before."""
    before = old.features if old else frozenset()
    after = new.features if new else frozenset()
    bit = 1 << index
    for feature in before - after:
        masks[feature] &= ~bit
        if not masks[feature]:
            del masks[feature]
    come = {feature for feature in after - before if feature not in masks}
    for feature in after - before:
        masks[feature] = masks.get(feature, 0) | bit
    return come


def _groups(features: Iterable[Feature]) -> dict[Feature, tuple[Feature, ...]]:
    found: dict[Feature, list[Feature]] = defaultdict(list)
    for feature in features:
        if feature[0] == "capability":
            found[feature[:2]].append(feature)
        elif feature[0] == "residency":
            found[feature[:1]].append(feature)
    return {group: tuple(members) for group, members in found.items()}


def _free_slot(
    slots: list[Slot | None], masks: Mapping[Feature, int], taken: Mapping[int, Slot | None]
) -> int:
    alive = masks.get(ALIVE, 0)
    gaps = ~alive & ((1 << len(slots)) - 1)
    for index in bits.slots(gaps):
        if index not in taken:
            return index
    slots.append(None)
    return len(slots) - 1


def _mask(indexes: Sequence[int], size: int) -> int:
    flags = np.zeros(size, dtype=np.bool_)
    flags[indexes] = True
    return bits.to_mask(flags)


def _columns(slots: Sequence[Slot]) -> dict[str, Column]:
    names = {name for slot in slots for name in _row(slot)} | set(_NUMBERS)
    columns = {name: np.full(len(slots), np.nan) for name in names}
    for index, slot in enumerate(slots):
        for name, value in _row(slot).items():
            columns[name][index] = value
    return columns


def _patched(
    columns: Mapping[str, Column], changed: Mapping[int, Slot | None], size: int
) -> dict[str, Column]:
    rows = {index: _row(slot) if slot else {} for index, slot in changed.items()}
    names = columns.keys() | {name for row in rows.values() for name in row}
    patched = {}
    for name in names:
        column = np.full(size, np.nan)
        if name in columns:
            column[: len(columns[name])] = columns[name]
        for index, row in rows.items():
            column[index] = row.get(name, np.nan)
        patched[name] = column
    return patched


def _row(slot: Slot) -> dict[str, float]:
    """The numbers of a candidate, for ranking; money is answered from the exact decimals."""
    offering, model, _, retires, _ = slot
    row = {"retires": retires, "tie": tie(offering.id)}
    context = offering.context or model.context
    most = offering.max_output or model.max_output
    row |= {n: float(v) for n, v in (("context", context), ("max_output", most)) if v is not None}
    row |= {f"quality.{task}": score for task, score in model.quality.items()}
    return row | (_prices(offering.price) if offering.price else {})


def _prices(price: Price) -> dict[str, float]:
    row = {
        n: float(v) for n, v in (("input", price.input), ("output", price.output)) if v is not None
    }
    for number, tier in enumerate(price.tiers[:MAX_TIERS]):
        row[f"tier{number}.above"] = float(tier.above_input_tokens)
        row[f"tier{number}.input"] = _number(tier.input, price.input)
        row[f"tier{number}.output"] = _number(tier.output, price.output)
    return row


def _number(amount: Decimal | None, otherwise: Decimal | None) -> float:
    chosen = amount if amount is not None else otherwise
    return math.nan if chosen is None else float(chosen)


def tie(offering: str) -> float:
    """A tiny share of the score that settles ties the same way in every router."""
    digest = blake2b(offering.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64 * 1e-9
