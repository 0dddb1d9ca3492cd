"""What has to change so that things are as a folder declares them: pure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from enum import StrEnum
from typing import Any, NamedTuple

import msgspec

from routeyard.domain.claims import EntityRef, Kind
from services.registry.marked import Place
from services.registry.tenants.declared import Spec, Thing

# Whatever others build on comes first; what is taken away goes the other way round.
ORDER = (Kind.TIER, Kind.TENANT_CLASS, Kind.TENANT, Kind.PROJECT, Kind.OVERRIDE)


class Held(NamedTuple):
    """An entity as it is, in the shape of files, and as GraphQL told of it.

    `is_listed`: it stands in a list that the folder states in full.
    """

    spec: Spec
    node: Mapping[str, Any]
    is_listed: bool = False


class Act(StrEnum):
    """What happens to an entity."""

    CREATE = "create"
    CHANGE = "change"
    REMOVE = "remove"


class Field(NamedTuple):
    """A field before and after; None is absent."""

    name: str
    before: Any
    after: Any


class Step(NamedTuple):
    """One change. `thing` is what should be; None for what is taken away."""

    act: Act
    ref: EntityRef
    fields: tuple[Field, ...]
    thing: Thing | None = None
    node: Mapping[str, Any] = {}

    @property
    def place(self) -> Place | None:
        """Where the files say so."""
        return None if self.thing is None else self.thing.place


class Plan(NamedTuple):
    """Steps in the order in which they can be taken, as things were at `revision`.

    `kept` would be taken away by --prune.
    """

    revision: int
    steps: tuple[Step, ...]
    kept: tuple[EntityRef, ...]
    unchanged: int


def plan(
    things: Iterable[Thing], held: Mapping[EntityRef, Held], revision: int, *, is_pruning: bool
) -> Plan:
    """The steps from what is there to what is declared."""
    wanted = {thing.ref: thing for thing in things}
    surplus = [ref for ref, each in held.items() if each.is_listed and ref not in wanted]
    steps = [step for thing in wanted.values() if (step := _step(thing, held.get(thing.ref)))]
    steps.sort(key=lambda step: (ORDER.index(step.ref.kind), step.ref.id))
    surplus.sort(key=lambda ref: (-ORDER.index(ref.kind), ref.id))
    removals = [
        Step(Act.REMOVE, ref, tuple(_fields(held[ref].spec, None)), node=held[ref].node)
        for ref in surplus
    ]
    return Plan(
        revision,
        (*steps, *(removals if is_pruning else ())),
        () if is_pruning else tuple(surplus),
        len(wanted) - len(steps),
    )


def _step(thing: Thing, held: Held | None) -> Step | None:
    if held is None:
        return Step(Act.CREATE, thing.ref, tuple(_fields(None, thing.spec)), thing)
    fields = tuple(_fields(held.spec, thing.spec))
    return Step(Act.CHANGE, thing.ref, fields, thing) if fields else None


def _fields(before: Spec | None, after: Spec | None) -> Iterator[Field]:
    """The fields that differ. What is left out is the default, and so is what is absent."""
    old = {} if before is None else msgspec.to_builtins(before)
    new = {} if after is None else msgspec.to_builtins(after)
    for name in sorted(old.keys() | new.keys(), key=_place_of_field):
        # Amounts that are written differently may be the same.
        if getattr(before, name, None) != getattr(after, name, None):
            yield Field(name, old.get(name), new.get(name))


def _place_of_field(name: str) -> tuple[bool, str]:
    return (name != "name", name)
