"""What changes in a world from one revision to the next."""

import msgspec

from routeyard.domain import graph as graphs
from routeyard.domain.catalog import PrecisionFloor
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
        """A few at once."""
        ops: dict[EntityRef, Op] = {}
        for _ in range(self.chance.randint(2, 8)):
            kind = self.pick(CHANGED)
            made = self.made(kind)
            ref = EntityRef(kind, made.id)
            is_removal = kind in REMOVED and self.chance.random() < 0.3
            ops[ref] = graphs.remove(ref) if is_removal else put(kind, made)
        return list(ops.values())

    def made(self, kind: Kind) -> Entity:
        """Another version of something that may be there already."""
        match kind:
            case Kind.MODEL:
                return self.model(self.pick(self.models))
            case Kind.RELEASE:
                return self.release(self.pick(self.releases()))
            case Kind.ENDPOINT:
                return self.endpoint(self.pick(self.endpoints))
            case Kind.OFFERING:
                return self.offering(self.pick(self.endpoints), self.pick(self.models))
            case Kind.TENANT:
                return self.tenant(self.pick(self.tenants))
            case Kind.TENANT_CLASS:
                return self.tenant_class(self.pick(CLASSES))
            case Kind.TIER:
                return self.tier(self.pick(TIERS))
            case Kind.PROJECT:
                return self.project("acme")
            case Kind.POLICY:
                return self.policy(self.pick([None, "acme"]), self.pick(NAMES))
            case Kind.PRECISION:
                return self.floor(self.pick(["general", "planning"]))
            case _:
                return self.override(self.chance.randint(0, 5))

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
