"""Random graphs and requests, for holding one implementation against another."""

import random
from datetime import date
from decimal import Decimal
from typing import Any

import msgspec

from routeyard.domain import graph as graphs
from routeyard.domain.catalog import (
    Endpoint,
    Hosting,
    Lifecycle,
    Mode,
    Model,
    Offering,
    PrecisionFloor,
    Price,
    PriceTier,
    Release,
)
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.graph import Entity, Graph, Op
from routeyard.domain.health import EndpointHealth, HealthState
from routeyard.domain.overrides import (
    Author,
    Override,
    OverrideKind,
    Rollout,
    ScopeLevel,
    override_id,
)
from routeyard.domain.resolution import (
    CapabilityFloor,
    Estimate,
    HostingWanted,
    Inputs,
    Objective,
    Precision,
    PriceCeiling,
    Require,
    Requirement,
    Step,
)
from routeyard.domain.tenancy import (
    LimitKind,
    Project,
    Scope,
    Target,
    TargetKind,
    Tenant,
    TenantClass,
    Tier,
)
from tests.builders import at

TAGS = ["tool_use", "vision", "reasoning"]
PLACES = ["DE", "FR", "US", "EU"]
CLASSES = ["LEGAL", "STANDARD"]
TIERS = ["gold", "silver"]


class World:
    """One random graph, and requests about it; the same seed makes the same world."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - a seed makes it repeatable
        self.models = [f"lab{n % 3}/m{n}" for n in range(self.chance.randint(2, 6))]
        self.endpoints = [f"e{n}" for n in range(self.chance.randint(2, 5))]
        self.tenants = ["acme", "globex"]

    def graph(self) -> Graph:
        entities: list[tuple[Kind, Entity]] = [
            *((Kind.MODEL, self.model(m)) for m in self.models),
            *((Kind.RELEASE, Release(id=f"{m}@undated", model=m)) for m in self.models),
            *((Kind.ENDPOINT, self.endpoint(e)) for e in self.endpoints),
            *(
                (Kind.OFFERING, self.offering(e, m))
                for e in self.endpoints
                for m in self.models
                if self.chance.random() < 0.9
            ),
            *((Kind.TENANT, self.tenant(t)) for t in self.tenants),
            *((Kind.OVERRIDE, self.override(n)) for n in range(self.chance.randint(0, 5))),
            *((Kind.TENANT_CLASS, self.tenant_class(c)) for c in CLASSES),
            *((Kind.TIER, self.tier(t)) for t in TIERS),
            (Kind.PROJECT, self.project("acme")),
            (
                Kind.PRECISION,
                PrecisionFloor(id="general", low=0.2, standard=0.5, high=0.8),
            ),
        ]
        return graphs.load("epoch", 1, [self.put(kind, entity) for kind, entity in entities])

    @staticmethod
    def put(kind: Kind, entity: Entity) -> Op:
        return graphs.put(EntityRef(kind, entity.id), graphs.canonical(entity))

    def some(self, options: list[str]) -> tuple[str, ...]:
        return tuple(o for o in options if self.chance.random() < 0.5)

    def levels(self) -> dict[str, float]:
        return {tag: self.chance.choice([0.0, 0.6, 1.0]) for tag in self.some(TAGS)}

    def model(self, id_: str) -> Model:
        pick = self.chance.choice
        return Model(
            id=id_,
            provider=id_.partition("/")[0],
            mode=pick([None, Mode.CHAT, Mode.CHAT, Mode.CHAT, Mode.EMBEDDING]),
            context=pick([None, 1_000, 200_000]),
            max_output=pick([None, 50, 500]),
            modalities_in=self.some(["text", "image"]),
            languages=self.some(["de", "en"]),
            capabilities=self.levels(),
            quality={"general": pick([0.1, 0.6, 0.9])} if pick([True, False]) else {},
        )

    def endpoint(self, id_: str) -> Endpoint:
        pick = self.chance.choice
        return Endpoint(
            id=id_,
            provider=pick(["openai", "mistral"]),
            url=pick([None, "https://x.example"]),
            keyless=pick([True, False]),
            hosting=pick(list(Hosting)),
            residency=self.some(PLACES),
            zones=pick([(), (), (), ("here",), ("there",)]),
            owner=pick([*[None] * 8, "acme", "globex"]),
            dedicated_to=pick([*[()] * 8, ("acme",), ("acme", "globex")]),
        )

    def offering(self, endpoint: str, model: str) -> Offering:
        pick = self.chance.choice
        return Offering(
            id=f"{endpoint}/{model}",
            endpoint=endpoint,
            model=model,
            release=f"{model}@undated",
            native_id=model,
            price=pick([None, self.price()]),
            lifecycle=pick([*[Lifecycle.GA] * 9, Lifecycle.RETIRED]),
            retires_on=pick([*[None] * 8, date(2026, 6, 1), date(2026, 6, 2)]),
            context=pick([None, 8_000]),
            quantization=pick([None, "fp8", "bf16"]),
            capabilities=self.levels() if pick([True, False]) else {},
        )

    def price(self) -> Price:
        amount = self.chance.choice
        tier = PriceTier(above_input_tokens=amount([500, 5_000]), input=Decimal(9))
        return Price(
            input=amount([None, Decimal(0), Decimal(1), Decimal("2.5")]),
            output=amount([None, Decimal(4), Decimal("0.1")]),
            tiers=amount([(), (tier,)]),
        )

    def tenant(self, id_: str) -> Tenant:
        pick = self.chance.choice
        return Tenant(
            id=id_,
            name=id_,
            tenant_class=pick(CLASSES),
            residency=pick([*[()] * 7, ("EU",)]),
            tier=pick([*[None] * 12, *TIERS, "gone"]),
        )

    def tenant_class(self, id_: str) -> TenantClass:
        pick = self.chance.choice
        return TenantClass(
            id=id_,
            name=id_,
            tier=pick([*[None] * 5, *TIERS]),
            residency=pick([*[()] * 9, ("DE",)]),
        )

    def tier(self, id_: str) -> Tier:
        pick = self.chance.choice
        price = {LimitKind.PRICE_INPUT: Decimal(pick([1, 3, 10]))}
        return Tier(
            id=id_,
            name=id_,
            allow=tuple(self.target() for _ in range(pick([0, 0, 3, 4]))),
            limits=pick([{}, {}, price]),
        )

    def project(self, tenant: str) -> Project:
        residency = self.chance.choice([*[()] * 5, ("EU",)])
        return Project(id=f"{tenant}/web", tenant=tenant, name="Web", residency=residency)

    def target(self, *kinds: TargetKind) -> Target:
        kind = self.chance.choice(kinds or tuple(TargetKind))
        targets = {
            TargetKind.PROVIDER: ["openai", "mistral", "lab1"],
            TargetKind.MODEL: self.models,
            TargetKind.RELEASE: [f"{m}@undated" for m in self.models],
            TargetKind.ENDPOINT: self.endpoints,
            TargetKind.CAPABILITY: TAGS,
        }
        return Target(kind=kind, id=self.chance.choice(targets[kind]))

    def override(self, number: int) -> Override:
        pick = self.chance.choice
        author, level = pick(list(Author)), pick(list(ScopeLevel))
        if author is Author.TENANT:
            level = max(level, ScopeLevel.TENANT)
        tenant = pick(self.tenants) if level >= ScopeLevel.TENANT else None
        place: dict[str, Any] = {
            "tenant_class": pick(CLASSES) if level is ScopeLevel.CLASS else None,
            "tenant": tenant,
            "project": "web" if level is ScopeLevel.PROJECT else None,
            "key": "k1" if level is ScopeLevel.KEY else None,
        }
        kind = pick(list(OverrideKind))
        return Override(
            id=override_id(author, f"o{number}", **place),
            author=author,
            kind=kind,
            reason="r",
            actor="a",
            rollout=pick([None, None, None, Rollout(percent=pick([0.0, 30.0, 100.0]))]),
            expires_at=pick([None, None, at(-1), at(1)]),
            **place,
            **self.about(kind),
        )

    def about(self, kind: OverrideKind) -> dict[str, Any]:
        """What an override of a kind says."""
        pick = self.chance.choice
        match kind:
            case OverrideKind.LIMIT:
                limit = pick([LimitKind.PRICE_INPUT, LimitKind.PRICE_OUTPUT])
                return {"limit": limit, "value": Decimal(pick([1, 2, 5]))}
            case OverrideKind.PROFILE:
                return {"require": Require(min_context=pick([1_000, 100_000]))}
            case OverrideKind.PIN:
                aim = self.target(TargetKind.RELEASE, TargetKind.ENDPOINT)
            case OverrideKind.WEIGHT:
                aim = self.target(TargetKind.ENDPOINT)
            case OverrideKind.ALIAS:
                aim = self.target(TargetKind.MODEL)
            case _:
                aim = self.target()
        is_bound = kind is OverrideKind.PIN and aim.kind is TargetKind.ENDPOINT
        return {
            "target_kind": aim.kind,
            "target": aim.id,
            "weight": 1.0 if kind is OverrideKind.WEIGHT else None,
            "model": pick([None, *self.models]) if is_bound else None,
        }

    def health(self) -> dict[str, EndpointHealth]:
        pick = self.chance.choice
        return {
            endpoint: EndpointHealth(
                endpoint=endpoint,
                zone="here",
                state=pick(list(HealthState)),
                observed_at=at(-5),
                since=at(-5),
                expires_at=pick([at(-1), at(60)]),
                latency_ms=pick([None, 10.0, 900.0]),
            )
            for endpoint in self.some(self.endpoints)
        }

    def inputs(self, known_tags: set[str], heard_of: tuple[str, ...] = ()) -> Inputs:
        pick, chance = self.chance.choice, self.chance.random

        def rarely(*options: Any, otherwise: Any = ()) -> Any:
            return pick(options) if chance() < 0.12 else otherwise

        tags = [
            tag if chance() < 0.5 else CapabilityFloor(name=tag, min_level=0.8)
            for tag in self.some(sorted(known_tags))
        ]
        require = Require(
            capabilities=tuple(tags) if chance() < 0.2 else (),
            languages=rarely(("de",)),
            min_context=rarely(5_000, otherwise=None),
            min_output=rarely(100, otherwise=None),
            precision=rarely(*Precision, otherwise=None),
            modalities_in=rarely(("image",)),
            residency=rarely(("EU",), ("US", "DE")),
            hosting=rarely((HostingWanted.SELF_HOSTED,), (HostingWanted.EDGE,)),
            quantizations=rarely(("fp8",)),
            max_price_per_mtok=rarely(PriceCeiling(input=Decimal(2)), otherwise=None),
            max_latency_ms=rarely(100, otherwise=None),
            callable=chance() < 0.1,
        )
        requirement = Requirement(
            step=pick([None, Step.PLANNING]),
            require=require,
            models=rarely(*((m,) for m in heard_of)) if heard_of else (),
            estimate=Estimate(input_tokens=pick([10, 1_000, 10_000]), output_tokens=pick([1, 900])),
            objective=pick(list(Objective)),
            explain=chance() < 0.5,
            sticky_key=pick([None, None, "user-1", "user-2"]),
        )
        return Inputs(
            now=at(),
            scope=pick(
                [
                    Scope(),
                    *(Scope(tenant=t) for t in self.tenants),
                    Scope(tenant="acme", project="web", key="k1"),
                    Scope(tenant="acme", key="k1"),
                ]
            ),
            requirement=requirement,
            zone=pick(["here", "elsewhere"]),
            health=self.health(),
        )

    def change(self) -> list[Op]:
        """A few changes of any kind, removals among them."""
        ops: dict[EntityRef, Op] = {}
        for _ in range(self.chance.randint(1, 4)):
            kind = self.chance.choice([Kind.MODEL, Kind.ENDPOINT, Kind.OFFERING, Kind.OVERRIDE])
            made: Entity
            if kind is Kind.MODEL:
                made = self.model(self.chance.choice(self.models))
            elif kind is Kind.ENDPOINT:
                made = self.endpoint(self.chance.choice(self.endpoints))
            elif kind is Kind.OFFERING:
                endpoint, model = (
                    self.chance.choice(self.endpoints),
                    self.chance.choice(self.models),
                )
                made = self.offering(endpoint, model)
            else:
                made = self.override(self.chance.randint(0, 3))
            ref = EntityRef(kind, made.id)
            is_removal = kind in (Kind.OFFERING, Kind.OVERRIDE) and self.chance.random() < 0.4
            ops[ref] = graphs.remove(ref) if is_removal else self.put(kind, made)
        return list(ops.values())


def after(graph: Graph, ops: list[Op]) -> Graph:
    """The graph after some ops, one revision on."""
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
