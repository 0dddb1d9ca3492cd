"""The graph laid out for answering: candidates are slots, facts are bit masks and columns.

Slots are stable: a change touches the slots it is about and renumbers nothing. A snapshot is
never changed; `advance` makes the next one, sharing all that stayed.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Hashable, Iterable, Mapping, Sequence
from hashlib import blake2b
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeyard.domain import bits, tariffs
from routeyard.domain.catalog import Endpoint, Lifecycle, Model, Offering, PrecisionFloor, Release
from routeyard.domain.claims import Kind
from routeyard.domain.graph import Graph, Op
from routeyard.domain.layered import layered
from routeyard.domain.overrides import Override
from routeyard.domain.policies import book
from routeyard.domain.policies.book import Book
from routeyard.domain.scopes import (
    Place,
    Tenancy,
    by_place,
    place_named,
    place_of,
)
from routeyard.domain.tariffs import Tariffs
from routeyard.domain.tenancy import Scope

Feature = tuple[str, ...]
Column = NDArray[np.float64]
ALIVE: Feature = ("alive",)
_SLOT_KINDS = {Kind.MODEL: "model", Kind.RELEASE: "release", Kind.ENDPOINT: "endpoint"}
_CATALOG = {*_SLOT_KINDS, Kind.OFFERING, Kind.PRECISION}
_FOR_ALL = {Kind.TENANT_CLASS, Kind.TIER, Kind.POLICY}
_UNKNOWN = dict.fromkeys(tariffs.PRICES, math.inf) | {"per_request": 0.0}
_NUMBERS = (*tariffs.PRICES, "context", "max_output", "retires", "tie", "endpoint")


class Slot(NamedTuple):
    """One candidate: an offering with what it stands on."""

    offering: Offering
    model: Model
    endpoint: Endpoint
    retires: float
    features: frozenset[Feature]


class Snapshot(NamedTuple):
    """One revision, ready to be resolved over.

    `masks`: which slots have a feature. `columns`: numbers per slot, NaN where unknown, prices
    infinite; `endpoint` numbers a slot's endpoint as `endpoint_of` does.
    `groups`: the features that are levels of one capability, or kinds of residency. `all`: every
    slot, empty ones included.
    `memo`: what is worked out from these, and `priced` what is from prices. They only ever grow,
    and the same key always has the same value, so sharing them between requests is safe. New ones
    stand for another catalog, or for other prices.
    `said_at`: a mark for each tenant, another one whenever something else is said for it, and
    `said_to_all` for everybody.
    `terms`: what applies to scopes, as it was worked out last; `shadow_terms` is the same under the
    shadow policies.
    """

    epoch: str
    revision: int
    slots: Sequence[Slot | None]
    slot_of: Mapping[str, int]
    endpoint_of: Mapping[str, int]
    masks: Mapping[Feature, int]
    columns: Mapping[str, Column]
    tariffs: Tariffs
    floors: Mapping[str, PrecisionFloor]
    tenancy: Tenancy
    policies: Book
    shadow: Book | None
    groups: Mapping[Feature, tuple[Feature, ...]]
    all: int
    memo: dict[Hashable, Any]
    priced: dict[Hashable, Any]
    said_at: Mapping[str, object]
    said_to_all: object
    terms: dict[Scope, Any]
    shadow_terms: dict[Scope, Any]

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
    endpoint_of = {name: number for number, name in enumerate(sorted(graph.endpoints))}
    policies = graph.policies.values()
    return Snapshot(
        epoch=graph.epoch,
        revision=graph.revision,
        slots=slots,
        slot_of={slot.offering.id: index for index, slot in enumerate(slots)},
        endpoint_of=endpoint_of,
        masks={feature: _mask(indexes, len(slots)) for feature, indexes in holders.items()},
        groups=_groups(holders),
        columns=_columns(slots, endpoint_of),
        tariffs=Tariffs({i: p for i, s in enumerate(slots) if (p := _special(s)) is not None}),
        floors=graph.floors,
        tenancy=tenancy_of(graph),
        policies=book.active(policies),
        shadow=book.shadowed(policies),
        all=(1 << len(slots)) - 1,
        memo={},
        priced={},
        said_at=layered({}),
        said_to_all=object(),
        terms={},
        shadow_terms={},
    )


def shadowed(snapshot: Snapshot) -> Snapshot | None:
    """The same with the shadow policies in force; None while no version is a shadow."""
    if snapshot.shadow is None:
        return None
    return snapshot._replace(policies=snapshot.shadow, terms=snapshot.shadow_terms, shadow=None)


def advance(snapshot: Snapshot, graph: Graph, ops: Iterable[Op]) -> Snapshot:
    """The snapshot of `graph`, which is that of `snapshot` after `ops`."""
    ops = tuple(ops)
    moved = snapshot
    if any(op.kind in _CATALOG for op in ops):
        moved = _with_catalog(moved, graph, ops)
    if any(op.kind is Kind.POLICY for op in ops):
        policies = graph.policies.values()
        moved = moved._replace(policies=book.active(policies), shadow=book.shadowed(policies))
    said: dict[str, object] = dict.fromkeys(_spoken_of(ops), object())
    to_all = said.pop("", None)
    return moved._replace(
        epoch=graph.epoch,
        revision=graph.revision,
        tenancy=_advanced(snapshot.tenancy, graph, ops),
        said_at=layered(snapshot.said_at).changed(said) if said else snapshot.said_at,
        said_to_all=snapshot.said_to_all if to_all is None else to_all,
    )


def _with_catalog(snapshot: Snapshot, graph: Graph, ops: tuple[Op, ...]) -> Snapshot:
    slots, slot_of = list(snapshot.slots), layered(snapshot.slot_of)
    masks = dict(snapshot.masks)
    endpoint_of = dict(snapshot.endpoint_of)
    changed: dict[int, Slot | None] = {}
    come: set[Feature] = set()
    placed: dict[str, int | None] = {}
    for offering in sorted(_touched(snapshot, ops)):
        new = _slot(graph, offering)
        index = slot_of.get(offering)
        if index is None and new is not None:
            index = _free_slot(slots, snapshot.masks, changed)
            placed[offering] = index
        if index is not None:
            come |= _move(masks, index, slots[index], new)
            slots[index] = changed[index] = new
            if new is None:
                placed[offering] = None
            else:
                endpoint_of.setdefault(new.endpoint.id, len(endpoint_of))
    is_same_size = len(masks) == len(snapshot.masks)
    columns = _patched(snapshot.columns, changed, len(slots), endpoint_of)
    is_repriced = masks == snapshot.masks and not placed and _is_repriced(snapshot, columns)
    return snapshot._replace(
        slots=slots,
        slot_of=slot_of.changed(placed),
        endpoint_of=endpoint_of,
        masks=masks,
        groups=snapshot.groups if is_same_size and not come else _groups(masks),
        columns=columns,
        tariffs=_retaxed(snapshot.tariffs, changed),
        floors=graph.floors,
        all=(1 << len(slots)) - 1,
        memo=snapshot.memo if is_repriced and graph.floors == snapshot.floors else {},
        priced={},
    )


def _is_repriced(snapshot: Snapshot, columns: Mapping[str, Column]) -> bool:
    """Whether nothing but prices changed: most changes of a catalog are of this kind."""
    held = snapshot.columns
    return columns.keys() == held.keys() and all(
        column is held[name] for name, column in columns.items() if name not in tariffs.PRICES
    )


def _spoken_of(ops: tuple[Op, ...]) -> set[str]:
    """The tenants of whom something is said anew; the empty name stands for everybody."""
    found = set()
    for op in ops:
        if op.kind is Kind.OVERRIDE:
            place = place_named(op.id)
            found.add(place[1] if len(place) > 1 and place[0] != "class" else "")
        elif op.kind is Kind.TENANT:
            found.add(op.id)
        elif op.kind is Kind.PROJECT:
            found.add(op.id.partition("/")[0])
        elif op.kind in _FOR_ALL:
            found.add("")
    return found


def _special(slot: Slot | None) -> Any:
    price = None if slot is None else slot.offering.price
    return price if tariffs.is_special(price) else None


def _retaxed(held: Tariffs, changed: Mapping[int, Slot | None]) -> Tariffs:
    """The tariffs after some slots changed; the same where none of them had or has one."""
    new = {index: _special(slot) for index, slot in changed.items()}
    if all(held.special.get(index) == price for index, price in new.items()):
        return held
    special = {**held.special, **new}
    return Tariffs({index: price for index, price in special.items() if price is not None})


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
    retires = _retires(offering, model, graph.releases.get(offering.release))
    return Slot(offering, model, endpoint, retires, _features(offering, model, endpoint))


def _retires(offering: Offering, model: Model, release: Release | None) -> float:
    """The day (proleptic ordinal) from which on it no longer answers."""
    said = (offering, model) if release is None else (offering, model, release)
    if any(each.lifecycle is Lifecycle.RETIRED for each in said):
        return -math.inf
    dates = [each.retires_on for each in said if each.retires_on is not None]
    return float(min(dates).toordinal()) if dates else math.inf


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


def _columns(slots: Sequence[Slot], endpoint_of: Mapping[str, int]) -> dict[str, Column]:
    rows = [_row(slot, endpoint_of) for slot in slots]
    names = {name for row in rows for name in row} | set(_NUMBERS)
    columns = {name: np.full(len(slots), _UNKNOWN.get(name, np.nan)) for name in names}
    for index, row in enumerate(rows):
        for name, value in row.items():
            columns[name][index] = value
    return columns


def _patched(
    columns: Mapping[str, Column],
    changed: Mapping[int, Slot | None],
    size: int,
    endpoint_of: Mapping[str, int],
) -> dict[str, Column]:
    """The columns after some slots changed; a column in which nothing did is the same one."""
    rows = {index: _row(slot, endpoint_of) if slot else {} for index, slot in changed.items()}
    patched = dict(columns)
    for name in columns.keys() | {name for row in rows.values() for name in row}:
        held, unknown = columns.get(name), _UNKNOWN.get(name, np.nan)
        new = {index: row.get(name, unknown) for index, row in rows.items()}
        if held is None or len(held) < size:
            patched[name] = np.full(size, unknown)
            if held is not None:
                patched[name][: len(held)] = held
        elif all(_same(held[index], value) for index, value in new.items()):
            continue
        else:
            patched[name] = held.copy()
        for index, value in new.items():
            patched[name][index] = value
    return patched


def _same(one: float, other: float) -> bool:
    return one == other or (math.isnan(one) and math.isnan(other))


def _row(slot: Slot, endpoint_of: Mapping[str, int]) -> dict[str, float]:
    """The numbers of a candidate, for ranking; money is answered from the exact decimals."""
    offering, model, endpoint, retires, _ = slot
    row = {
        "retires": retires,
        "tie": tie(offering.id),
        "endpoint": float(endpoint_of[endpoint.id]),
    }
    context = offering.context or model.context
    most = offering.max_output or model.max_output
    row |= {n: float(v) for n, v in (("context", context), ("max_output", most)) if v is not None}
    row |= {f"quality.{task}": score for task, score in model.quality.items()}
    if offering.price is not None:
        amounts = ((name, getattr(offering.price, name)) for name in tariffs.PRICES)
        row |= {name: float(amount) for name, amount in amounts if amount is not None}
    return row


def tie(offering: str) -> float:
    """A tiny share of the score that settles ties the same way in every router."""
    digest = blake2b(offering.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64 * 1e-9
