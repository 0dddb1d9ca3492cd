"""One random graph, and requests about it; the same seed makes the same world."""

from routeyard.domain import graph as graphs
from routeyard.domain.claims import Kind
from routeyard.domain.graph import Entity, Graph
from tests.domain.worlds.changes import Changes, put
from tests.domain.worlds.draw import CLASSES, TIERS
from tests.domain.worlds.requests import Requests


class World(Changes, Requests):
    """A platform with two tenants, some models, endpoints, rules and policies."""

    def graph(self) -> Graph:
        entities: list[tuple[Kind, Entity]] = [
            *self.catalog(),
            *((Kind.TENANT, self.tenant(t)) for t in self.tenants),
            *((Kind.OVERRIDE, self.override(n)) for n in range(self.pick([0, 1, 2, 3, 5]))),
            *((Kind.OVERRIDE, each) for each in self.shares()),
            *((Kind.TENANT_CLASS, self.tenant_class(c)) for c in CLASSES),
            *((Kind.TIER, self.tier(t)) for t in TIERS),
            (Kind.PROJECT, self.project("acme")),
            *((Kind.POLICY, each) for each in self.policies()),
            *((Kind.PRECISION, self.floor(task)) for task in ("general", *self.some(["planning"]))),
        ]
        return graphs.load("epoch", 1, [put(kind, entity) for kind, entity in entities])

    def catalog(self) -> list[tuple[Kind, Entity]]:
        own = self.own() if self.chance.random() < 0.3 else []
        return [
            *((Kind.MODEL, self.model(m)) for m in self.models),
            *((Kind.RELEASE, self.release(r)) for r in self.releases()),
            *((Kind.ENDPOINT, self.endpoint(e)) for e in self.endpoints),
            *(
                (Kind.OFFERING, self.offering(e, m))
                for e in self.endpoints
                for m in self.models
                if self.chance.random() < 0.7
            ),
            *own,
        ]
