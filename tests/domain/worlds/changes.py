"""What changes in a world from one revision to the next."""

from collections.abc import Callable
from datetime import date
from typing import Any

import msgspec

from routeyard.domain import graph as graphs
from routeyard.domain.catalog import Lifecycle, PrecisionFloor
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.graph import Entity, Graph, Op
from tests.domain.worlds.catalog import Catalog
from tests.domain.worlds.draw import CLASSES, TIERS
from tests.domain.worlds.people import People
from tests.domain.worlds.policies import NAMES, Policies

CHANGED = (
    *[Kind.OFFERING] * 5,
    *(Kind.MODEL, Kind.RELEASE, Kind.ENDPOINT, Kind.OVERRIDE),
    *(Kind.TENANT, Kind.TENANT_CLASS, Kind.TIER, Kind.PROJECT, Kind.POLICY, Kind.PRECISION),
)
REMOVED = {Kind.OFFERING, Kind.OVERRIDE, Kind.POLICY, Kind.TIER, Kind.RELEASE}


class Changes(Catalog, People, Policies):
    """Changes of any kind, removals among them."""

    def change(self) -> list[Op]:
        """A few at once, or a field of one or two things, or models that move."""
        if self.offered and self.chance.random() < 0.3:
            return [self.edited() for _ in range(self.pick([1, 1, 2]))]
        if self.offered and self.chance.random() < 0.25:
            return self.moved()
        ops: dict[EntityRef, Op] = {}
        for _ in range(self.chance.randint(2, 8)):
            kind = self.pick(CHANGED)
            made = self.made(kind)
            ref = EntityRef(kind, made.id)
            is_removal = kind in REMOVED and self.chance.random() < 0.3
            ops[ref] = graphs.remove(ref) if is_removal else put(kind, made)
        return list(ops.values())

    def moved(self) -> list[Op]:
        """A model is served elsewhere from now on: slots no longer go by name."""
        ops: dict[EntityRef, Op] = {}
        for name in self.some(sorted(self.offered), 0.3):
            held = self.offered[name]
            others = [each for each in self.endpoints if each != held.endpoint]
            made = self.offering(self.pick(others), held.model)
            gone = EntityRef(Kind.OFFERING, held.id)
            ops[gone] = graphs.remove(gone)
            made = msgspec.structs.replace(made, release=held.release)
            ops[EntityRef(Kind.OFFERING, made.id)] = put(Kind.OFFERING, made)
        return list(ops.values())

    def edited(self) -> Op:
        """An offering or a model that was there, with one field changed."""
        held = self.offered[self.pick(sorted(self.offered))]
        model = self.described.get(held.model)
        if model is not None and self.chance.random() < 0.4:
            return put(Kind.MODEL, msgspec.structs.replace(model, **self.pick(self.of_models())))
        fields = self.pick([*[{"price": self.price(held.model)}] * 3, *self.of_offerings()])
        return put(Kind.OFFERING, msgspec.structs.replace(held, **fields))

    def of_models(self) -> list[dict[str, Any]]:
        return [
            {"quality": {"general": self.pick([0.1, 0.3, 0.9])}},
            {"context": self.pick([1_000, 200_000])},
            {"max_output": self.pick([50, 500])},
            {"lifecycle": self.pick([Lifecycle.RETIRED, Lifecycle.GA])},
        ]

    def of_offerings(self) -> list[dict[str, Any]]:
        return [{"context": 8_000}, {"retires_on": date(2026, 6, 1)}, {"retires_on": None}]

    def made(self, kind: Kind) -> Entity:
        """Another version of something that may be there already."""
        pick = self.pick
        made: dict[Kind, Callable[[], Entity]] = {
            Kind.MODEL: lambda: self.model(pick(self.models)),
            Kind.RELEASE: lambda: self.release(pick(self.releases())),
            Kind.ENDPOINT: lambda: self.endpoint(pick(self.endpoints)),
            Kind.OFFERING: lambda: self.offering(pick(self.endpoints), pick(self.models)),
            Kind.TENANT: lambda: self.tenant(pick(self.tenants)),
            Kind.TENANT_CLASS: lambda: self.tenant_class(pick(CLASSES)),
            Kind.TIER: lambda: self.tier(pick(TIERS)),
            Kind.PROJECT: lambda: self.project("acme"),
            Kind.POLICY: lambda: self.policy(pick([None, "acme"]), pick(NAMES)),
            Kind.PRECISION: lambda: self.floor(pick(["general", "planning"])),
            Kind.OVERRIDE: lambda: self.override(self.chance.randint(0, 5)),
        }
        return made[kind]()

    def floor(self, task: str) -> PrecisionFloor:
        return PrecisionFloor(id=task, low=0.2, standard=self.pick([0.5, 0.6]), high=0.8)


def put(kind: Kind, entity: Entity) -> Op:
    return graphs.put(EntityRef(kind, entity.id), graphs.canonical(entity))


def after(graph: Graph, ops: list[Op]) -> Graph:
    """The graph after some ops, one revision on, made from nothing."""
    bodies = {
        EntityRef(kind, name): graphs.canonical(entity)
        for kind, entities in graph.entities.items()
        for name, entity in entities.items()
    }
    for op in ops:
        if op.is_removal:
            bodies.pop(op.ref, None)
        else:
            bodies[op.ref] = bytes(op.body)
    puts = [graphs.put(ref, body) for ref, body in bodies.items()]
    return msgspec.structs.replace(graphs.load(graph.epoch, 0, puts), revision=graph.revision + 1)
