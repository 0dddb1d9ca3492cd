"""A platform of any size to resolve over, its changes, and the requests of its tenants."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

from routeyard.domain import graph as graphs
from routeyard.domain.catalog import (
    Endpoint,
    Hosting,
    Model,
    Offering,
    PrecisionFloor,
    Price,
    PriceTier,
    Release,
)
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.graph import Delta, Entity, Graph, Op
from routeyard.domain.health import EndpointHealth, HealthState
from routeyard.domain.overrides import Author, Override, OverrideKind, override_id
from routeyard.domain.policies.condition import Condition, check
from routeyard.domain.policies.policy import Policy, PolicyState, Preference, Rule
from routeyard.domain.resolution import (
    Estimate,
    HostingWanted,
    Inputs,
    Objective,
    Precision,
    PriceCeiling,
    Require,
    Requirement,
    Step,
    Weights,
)
from routeyard.domain.tenancy import LimitKind, Scope, Target, TargetKind, Tenant, TenantClass, Tier

NOON = datetime(2026, 11, 25, 12, tzinfo=UTC)
TAGS = ("tool_use", "vision", "reasoning", "json_output", "long_context", "code", "caching")
CLASSES = tuple(f"CLASS-{number}" for number in range(20))
PLACES = ("EU", "US", "DE", "FR", "JP")
ENDPOINTS = 120
UNCONSTRAINED = 0.25
OTHER_FACTS = 0.3


class Platform:
    """Two offerings to a model, five rules to a tenant, five policies to a class of tenants."""

    def __init__(self, offerings: int, tenants: int, policies: int, seed: int = 1) -> None:
        self.chance = random.Random(seed)  # noqa: S311 - repeatable, not secret
        self.models = [f"lab{n % 40}/model-{n}" for n in range(max(offerings // 2, 1))]
        self.endpoints = [f"endpoint-{n}" for n in range(min(ENDPOINTS, max(offerings // 4, 2)))]
        self.offered = [
            (self.models[n // 2 % len(self.models)], self.endpoints[n * 7 % len(self.endpoints)])
            for n in range(offerings)
        ]
        self.tenants = [f"tenant-{n:06}" for n in range(tenants)]
        self.policies = policies
        self.health = {name: self._health(name) for name in self.endpoints}

    def graph(self) -> Graph:
        """All of it."""
        return graphs.load("benchmark", 1, [put(kind, entity) for kind, entity in self.entities()])

    def entities(self) -> Iterator[tuple[Kind, Entity]]:
        """All of it, piece by piece."""
        yield Kind.PRECISION, PrecisionFloor(id="general", low=0.2, standard=0.4, high=0.7)
        for name in self.models:
            yield Kind.MODEL, self._model(name)
            yield Kind.RELEASE, Release(id=f"{name}@undated", model=name)
        for name in self.endpoints:
            yield Kind.ENDPOINT, self._endpoint(name)
        for number in range(len(self.offered)):
            yield Kind.OFFERING, self.offering(number)
        for number, name in enumerate(CLASSES):
            yield Kind.TIER, self._tier(f"tier-{number}")
            yield Kind.TENANT_CLASS, TenantClass(id=name, name=name, tier=f"tier-{number}")
        for number, name in enumerate(self.tenants):
            yield Kind.TENANT, self._tenant(number, name)
            for rule in self._rules(name):
                yield Kind.OVERRIDE, rule
        for number in range(self.policies):
            yield Kind.POLICY, self._policy(number)

    def delta(self, graph: Graph) -> Delta:
        """A new price for an offering or, three times in ten, other facts about a model."""
        if self.chance.random() < OTHER_FACTS:
            op = put(Kind.MODEL, self._model(self.chance.choice(self.models)))
        else:
            op = put(Kind.OFFERING, self.offering(self.chance.randrange(len(self.offered))))
        digest = graphs.digest(op.ref, bytes(op.body))
        return Delta(
            epoch=graph.epoch,
            from_revision=graph.revision,
            to_revision=graph.revision + 1,
            ops=(op,),
            checksum=graphs.write_checksum(
                graphs.checksum_after(graph.checksum, [graph.digests[op.ref]], [digest])
            ),
            actor="benchmark",
            reason="benchmark",
            committed_at=NOON,
        )

    def inputs(self) -> Inputs:
        """A request of some tenant: a quarter of them ask for nothing in particular."""
        draw, pick = self.chance.random, self.chance.choice
        estimate = Estimate(
            input_tokens=int(10 ** (1 + 4 * draw())), output_tokens=int(10 ** (1 + 2.5 * draw()))
        )
        require = Require() if draw() < UNCONSTRAINED else self._require()
        requirement = Requirement(
            step=pick(tuple(Step)),
            require=require,
            estimate=estimate,
            objective=pick((None, None, *Objective)),
        )
        scope = Scope(tenant=pick(self.tenants), key="k1") if self.tenants else Scope()
        return Inputs(
            now=NOON, scope=scope, requirement=requirement, zone="here", health=self.health
        )

    def _require(self) -> Require:
        draw, pick = self.chance.random, self.chance.choice
        most = PriceCeiling(output=Decimal(pick((5, 15, 30))))
        return Require(
            capabilities=tuple(self.chance.sample(TAGS, pick((1, 1, 2)))),
            min_context=pick((None, 32_000, 128_000)),
            precision=pick((None, None, Precision.STANDARD)),
            hosting=(HostingWanted.SELF_HOSTED,) if draw() < 0.1 else (),
            residency=("EU",) if draw() < 0.15 else (),
            max_price_per_mtok=most if draw() < 0.2 else None,
            callable=draw() < 0.5,
        )

    def _model(self, name: str) -> Model:
        draw, pick = self.chance.random, self.chance.choice
        return Model(
            id=name,
            provider=name.partition("/")[0],
            context=pick((8_000, 32_000, 128_000, 200_000, 1_000_000)),
            max_output=pick((None, 4_096, 32_000)),
            languages=("en", "de") if draw() < 0.5 else ("en",),
            capabilities={tag: round(draw(), 1) for tag in TAGS if draw() < 0.6},
            quality={"general": round(draw(), 3)} if draw() < 0.8 else {},
        )

    def _endpoint(self, name: str) -> Endpoint:
        pick = self.chance.choice
        return Endpoint(
            id=name,
            provider=f"provider-{self.chance.randrange(40)}",
            url="https://example.com/v1",
            keyless=True,
            hosting=pick((Hosting.PUBLIC_API, *Hosting)),
            residency=pick(((), ("US",), ("DE",), ("FR",), ("DE", "FR"))),
        )

    def offering(self, number: int) -> Offering:
        """An offering at a price of today."""
        model, endpoint = self.offered[number]
        amount = round(10 ** (2.5 * self.chance.random() - 1.5), 4)
        tiers = (PriceTier(above_input_tokens=200_000, input=Decimal(str(amount * 2))),)
        price = Price(
            input=Decimal(str(amount)),
            output=Decimal(str(round(amount * self.chance.choice((2, 4, 5, 8)), 4))),
            cached_read=Decimal(str(round(amount / 10, 5))),
            tiers=tiers if number % 20 == 0 else (),
        )
        return Offering(
            id=f"{endpoint}/{model}#{number}",
            endpoint=endpoint,
            model=model,
            release=f"{model}@undated",
            native_id=model,
            price=price,
        )

    def _tier(self, name: str) -> Tier:
        allowed = tuple(
            Target(kind=TargetKind.PROVIDER, id=f"provider-{number}")
            for number in self.chance.sample(range(40), 30)
        )
        return Tier(id=name, name=name, allow=allowed)

    def _tenant(self, number: int, name: str) -> Tenant:
        residency = ("EU",) if number % 5 == 0 else ()
        kind = CLASSES[number % len(CLASSES)]
        return Tenant(id=name, name=name, tenant_class=kind, residency=residency)

    def _rules(self, tenant: str) -> Iterator[Override]:
        pick = self.chance.choice
        provider = {"target_kind": TargetKind.PROVIDER, "target": f"provider-{pick(range(40))}"}
        model = {"target_kind": TargetKind.MODEL, "target": pick(self.models)}
        limit = {"limit": LimitKind.TOKENS_PER_DAY, "value": Decimal(1_000_000)}
        kinds: list[tuple[Author, OverrideKind, dict[str, Any]]] = [
            (Author.PLATFORM, OverrideKind.DENY, provider),
            (Author.PLATFORM, OverrideKind.PREFER, provider | {"weight": 2.0}),
            (Author.PLATFORM, OverrideKind.LIMIT, limit),
            (Author.TENANT, OverrideKind.ALIAS, model),
            (Author.TENANT, OverrideKind.DENY, model),
        ]
        for author, kind, said in kinds:
            id_ = override_id(author, f"{kind}", tenant=tenant)
            yield Override(
                id=id_, kind=kind, author=author, tenant=tenant, reason="r", actor="a", **said
            )

    def _policy(self, number: int) -> Policy:
        """Each is for one class; of the five that match, one asks for the step, one for latency."""
        pick = self.chance.choice
        rules = {
            0: Rule(
                name="step", when=condition('request.step == "planning"'), prefer=self._liking()
            ),
            1: Rule(
                name="slow",
                when=condition("primary.latency_ms > 1500"),
                fallback=(pick(self.models), pick(self.models)),
            ),
            2: Rule(
                name="eu",
                when=condition('tenant.data_residency == "EU"'),
                require=Require(residency=("EU",)),
            ),
            3: Rule(name="liking", prefer=self._liking()),
            4: Rule(name="deny", deny=(Target(kind=TargetKind.MODEL, id=pick(self.models)),)),
        }
        name = f"policy-{number}"
        kind = CLASSES[number // 5 % len(CLASSES)]
        return Policy(
            id=f"{name}@1",
            name=name,
            version=1,
            state=PolicyState.ACTIVE,
            document="",
            match=condition(f'tenant.class == "{kind}"'),
            rules=(rules[number % 5],),
            objective=Weights(cost=0.3, quality=0.5, latency=0.2) if number % 5 == 0 else None,
        )

    def _liking(self) -> Preference:
        return Preference(capability=self.chance.choice(TAGS), weight=self.chance.choice((1, 2, 3)))

    def _health(self, endpoint: str) -> EndpointHealth:
        draw = self.chance.random
        state = HealthState.UNHEALTHY if draw() < 0.03 else HealthState.HEALTHY
        return EndpointHealth(
            endpoint=endpoint,
            zone="here",
            state=state,
            observed_at=NOON,
            since=NOON,
            expires_at=NOON.replace(hour=13),
            latency_ms=round(100 + 2_000 * draw(), 1),
        )


def put(kind: Kind, entity: Entity) -> Op:
    """The op that puts an entity."""
    return graphs.put(EntityRef(kind, entity.id), graphs.canonical(entity))


def condition(text: str) -> Condition:
    """A condition that is one."""
    found = check(text)
    assert isinstance(found, Condition)
    return found
