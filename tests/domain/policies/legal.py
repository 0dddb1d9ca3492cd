"""A graph with a law firm in it: machines of its own in the EU, and models elsewhere."""

from decimal import Decimal
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from routeyard.domain import graph as graphs
from routeyard.domain import snapshot as snapshots
from routeyard.domain.catalog import Capability, Endpoint, Hosting, Model, Offering, Price, Release
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.graph import Entity, Graph
from routeyard.domain.policies.document import Draft, read
from routeyard.domain.review.analysis import review
from routeyard.domain.review.note import Note
from routeyard.domain.review.stage import Stage, put, stage
from routeyard.domain.snapshot import Snapshot
from routeyard.domain.tenancy import Project, Tenant, TenantClass
from tests.builders import at

EXAMPLES = Path(__file__).parents[3] / "docs" / "examples" / "policies"
LEGAL = "ENTERPRISE_LEGAL"
PRICE = Price(input=Decimal(1), output=Decimal(3))


class World(NamedTuple):
    """A graph, laid out."""

    graph: Graph
    snapshot: Snapshot

    def stage(self, document: str | dict[str, Any], tenant: str | None = None) -> Stage:
        return stage(self.graph, self.snapshot, drafted(document, tenant).policy(1, "", tenant))

    def review(self, document: str | dict[str, Any], tenant: str | None = None) -> list[Note]:
        return review(self.stage(document, tenant), drafted(document, tenant).tests, at())


def drafted(document: str | dict[str, Any], tenant: str | None = None) -> Draft:
    plain = yaml.safe_load(document) if isinstance(document, str) else document
    found = read(plain, tenant)
    assert isinstance(found, Draft), found
    return found


def policy(*rules: dict[str, Any], name: str = "legal", **spec: Any) -> dict[str, Any]:
    """A document with these rules."""
    named = [{"name": f"r{number}", **rule} for number, rule in enumerate(rules)]
    return {
        "apiVersion": "routeyard/v1",
        "kind": "RoutingPolicy",
        "metadata": {"name": name},
        "spec": {"rules": named, **spec},
    }


def model(id_: str, **fields: Any) -> Model:
    return Model(id=id_, provider=id_.partition("/")[0], context=200_000, **fields)


def entities() -> list[tuple[Kind, Entity]]:
    endpoints = [
        Endpoint(id="openai", provider="openai", residency=("US",)),
        Endpoint(id="mistral", provider="mistral", residency=("FR",)),
        Endpoint(id="rack", provider="lex", hosting=Hosting.ON_PREM, residency=("DE",)),
        Endpoint(id="cloud", provider="lex", hosting=Hosting.PRIVATE_CLOUD, residency=("FR",)),
        Endpoint(id="hidden", provider="acme", owner="acme", residency=("US",)),
    ]
    models = [
        model("openai/gpt-5", capabilities={"long_context": 0.9}, quality={"general": 0.95}),
        model("mistral/mistral-large-3", quality={"general": 0.8}),
        model("meta-llama/llama-4", capabilities={"long_context": 1.0}, quality={"general": 0.7}),
        model("acme/private", owner="acme", quality={"general": 0.1}),
    ]
    served = [
        ("openai", "openai/gpt-5"),
        ("mistral", "mistral/mistral-large-3"),
        ("cloud", "mistral/mistral-large-3"),
        ("rack", "meta-llama/llama-4"),
        ("hidden", "acme/private"),
    ]
    return [
        (Kind.CAPABILITY, Capability(id="long_context", name="Long", description="long inputs")),
        *((Kind.ENDPOINT, each) for each in endpoints),
        *((Kind.MODEL, each) for each in models),
        *((Kind.RELEASE, Release(id=f"{m.id}@undated", model=m.id)) for m in models),
        *((Kind.OFFERING, offering(*each)) for each in served),
        (Kind.TENANT_CLASS, TenantClass(id=LEGAL, name="Law firms")),
        (Kind.TENANT_CLASS, TenantClass(id="STANDARD", name="Standard")),
        (Kind.TENANT, Tenant(id="lex", name="Lex", tenant_class=LEGAL, residency=("EU",))),
        (Kind.TENANT, Tenant(id="jus", name="Jus", tenant_class=LEGAL)),
        (Kind.TENANT, Tenant(id="acme", name="Acme")),
        (Kind.PROJECT, Project(id="lex/web", tenant="lex", name="Web")),
    ]


def offering(endpoint: str, name: str) -> Offering:
    return Offering(
        id=f"{endpoint}/{name}",
        endpoint=endpoint,
        model=name,
        release=f"{name}@undated",
        native_id=name,
        price=PRICE,
    )


def world(*more: tuple[Kind, Entity]) -> World:
    ops = {op.ref: op for op in (put(kind, entity) for kind, entity in (*entities(), *more))}
    graph = graphs.load("epoch", 1, ops.values())
    return World(graph, snapshots.compile(graph))


def without(made: World, kind: Kind, name: str) -> World:
    graph = graphs.after(made.graph, made.graph.revision, [graphs.remove(EntityRef(kind, name))])
    return World(graph, snapshots.compile(graph))
