"""Policies in all their states, the platform's and tenants' own."""

from decimal import Decimal
from typing import Any

from routeyard.domain.catalog import Hosting
from routeyard.domain.policies.policy import (
    Missing,
    Policy,
    PolicyState,
    Preference,
    Rule,
    policy_id,
)
from routeyard.domain.resolution import HostingWanted, Precision, PriceCeiling, Require, Weights
from tests.domain.worlds.conditions import Conditions
from tests.domain.worlds.draw import PROVIDERS, TAGS

# As ids these sort otherwise than as names.
NAMES = ["legal", "legal-eu", "legal2"]


KINDS = [*["fallback"] * 4, *["prefer"] * 3, "require", "deny", "mixed"]


class Policies(Conditions):
    """The policies of a world."""

    def policies(self) -> list[Policy]:
        """At most one active version of each name, as the registry sees to it."""
        names = [(tenant, name) for tenant in (None, "acme") for name in NAMES]
        return [self.policy(*each, state=PolicyState.ACTIVE) for each in names if self.is_there()]

    def is_there(self) -> bool:
        return self.chance.random() < 0.3

    def policy(self, tenant: str | None, name: str, state: PolicyState | None = None) -> Policy:
        pick, version = self.pick, self.pick([1, 2, 3])
        is_narrow = tenant is None and self.chance.random() < 0.6
        return Policy(
            id=policy_id(tenant, name, version),
            name=name,
            version=version,
            state=state or pick(list(PolicyState)),
            document="",
            rules=tuple(self.rule(f"r{n}") for n in range(pick([1, 1, 2, 3]))),
            match=self.condition("scope") if is_narrow else None,
            objective=pick([None, self.weights()]),
            tenant=tenant,
        )

    def weights(self) -> Weights:
        pick = self.pick
        return Weights(
            cost=pick([0.0, 1.0, 3.0]), quality=pick([0.5, 2.0]), latency=pick([0.0, 1.0])
        )

    def rule(self, name: str) -> Rule:
        """What looks at the pick only names fallbacks."""
        kind = self.pick(KINDS)
        if kind == "fallback":
            when = self.pick([None, *(self.condition("primary") for _ in range(3))])
        else:
            when = self.pick([None, self.condition("scope"), self.condition("request", "request")])
        return Rule(name=name, when=when, missing=self.pick(list(Missing)), **self.said(kind))

    def said(self, kind: str) -> dict[str, Any]:
        match kind:
            case "fallback":
                return {"fallback": self.fallbacks()}
            case "prefer":
                return {"prefer": self.preference()}
            case "require":
                return {"require": self.required()}
            case "deny":
                return {"deny": (self.target(),)}
            case _:
                return {"prefer": self.preference(), "fallback": self.fallbacks()}

    def fallbacks(self) -> tuple[str, ...]:
        named = [*self.models, self.releases()[0], "lab0/gone"]
        return tuple(self.pick(named) for _ in range(self.pick([1, 1, 2])))

    def preference(self) -> Preference:
        pick = self.pick
        options: list[dict[str, Any]] = [
            {"capability": pick(TAGS), "min_level": pick([0.5, 1.0])},
            {"provider": pick([*PROVIDERS, "lab1"])},
            {"model": pick(self.models)},
            {"release": pick(self.releases())},
            {"endpoint": pick(self.endpoints)},
            {"hosting": (str(pick(list(Hosting))), "on_prem")},
            {"residency": ("EU",)},
            {"provider": pick(PROVIDERS), "residency": ("EU", "US")},
        ]
        return Preference(**pick(options), weight=pick([1.0, 3.0, -2.0, 0.3]))

    def required(self) -> Require:
        pick = self.pick
        options: list[dict[str, Any]] = [
            {"residency": ("EU",)},
            {"residency": ("US", "EU")},
            {"hosting": (HostingWanted.SELF_HOSTED, HostingWanted.PUBLIC_API)},
            {"hosting": (HostingWanted.SELF_HOSTED,)},
            {"capabilities": (pick(TAGS),)},
            {"min_context": 1_000},
            {"max_price_per_mtok": PriceCeiling(input=Decimal(2), output=Decimal(20))},
            {"max_latency_ms": 500},
            {"precision": Precision.LOW},
            {"quantizations": ("fp8", "bf16")},
            {"callable": True},
        ]
        return Require(**pick(options))
