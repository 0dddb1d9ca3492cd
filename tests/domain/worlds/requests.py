"""Requests, and the moment they come at."""

from datetime import datetime
from decimal import Decimal
from typing import Any

from routeyard.domain.catalog import Mode
from routeyard.domain.health import EndpointHealth, HealthState
from routeyard.domain.resolution import (
    CapabilityFloor,
    Estimate,
    HostingWanted,
    Inputs,
    Load,
    Objective,
    Precision,
    PriceCeiling,
    ProviderPreferences,
    Require,
    Requirement,
    Sort,
    Step,
    TokenPrices,
)
from routeyard.domain.tenancy import Scope
from tests.builders import at
from tests.domain.worlds.draw import PROVIDERS, Draw


class Requests(Draw):
    """Requests in a world."""

    def inputs(self, known_tags: set[str], heard_of: tuple[str, ...] = ()) -> Inputs:
        """One that names tags that are `known_tags`, and models, aliases and such `heard_of`."""
        scopes = [
            Scope(),
            *(Scope(tenant=t) for t in self.tenants),
            Scope(tenant="acme", project="web", key="k1"),
            Scope(tenant="acme", key="k1"),
        ]
        return Inputs(
            now=self.now(),
            scope=self.pick(scopes),
            requirement=self.requirement(known_tags, heard_of),
            zone=self.pick(["here", "elsewhere"]),
            health=self.health(),
            load=self.load(),
            warm=self.warm(),
            draw=self.pick([0.0, self.chance.random(), self.chance.random(), 1.0]),
            is_exhausted=self.chance.random() < 0.02,
        )

    def now(self) -> datetime:
        """Noon mostly, when things begin and end."""
        hours = self.pick([0, 0, 0, -12, -7, 9, 12])
        return at(hours * 3_600 + self.pick([0, 0, -1, 1, 1_800]))

    def requirement(self, known_tags: set[str], heard_of: tuple[str, ...]) -> Requirement:
        pick = self.pick
        return Requirement(
            step=pick([None, Step.PLANNING, Step.TRIAGE]),
            require=self.require(sorted(known_tags)),
            models=self.names(heard_of),
            provider=self.rarely(self.provider(), otherwise=None, share=0.2),
            estimate=Estimate(
                input_tokens=pick([0, 10, 1_000, 1_001, 10_000]), output_tokens=pick([0, 1, 900])
            ),
            objective=pick([None, None, *Objective]),
            explain=self.chance.random() < 0.5,
            sticky_key=pick([None, None, "user-1", "user-2"]),
        )

    def names(self, heard_of: tuple[str, ...]) -> tuple[str, ...]:
        if not heard_of or self.chance.random() < 0.8:
            return ()
        return tuple(self.pick(heard_of) for _ in range(self.pick([1, 1, 1, 2, 3])))

    def require(self, tags: list[str]) -> Require:
        """Nothing at all for every other one."""
        if self.chance.random() < 0.5:
            return Require()
        rarely = self.rarely
        asked = [
            tag if self.chance.random() < 0.5 else CapabilityFloor(name=tag, min_level=0.8)
            for tag in self.some(tags, 0.3)
        ]
        ceilings = [
            PriceCeiling(input=Decimal(2)),
            PriceCeiling(output=Decimal(4)),
            PriceCeiling(input=Decimal("2.5"), output=Decimal(5)),
        ]
        hosting = [(HostingWanted.SELF_HOSTED,), (HostingWanted.EDGE, HostingWanted.PUBLIC_API)]
        return Require(
            mode=rarely(Mode.EMBEDDING, Mode.RERANK, otherwise=Mode.CHAT, share=0.03),
            capabilities=tuple(asked) if self.chance.random() < 0.2 else (),
            languages=rarely(("de",), ("de", "en"), share=0.08),
            min_context=rarely(5_000, 8_000, otherwise=None, share=0.1),
            min_output=rarely(100, otherwise=None, share=0.1),
            precision=rarely(*Precision, otherwise=None, share=0.1),
            modalities_in=rarely(("image",)),
            modalities_out=rarely(("text",), ("audio",)),
            residency=rarely(("EU",), ("US", "DE"), share=0.1),
            hosting=rarely(*hosting, share=0.1),
            quantizations=rarely(("fp8",), ("fp8", "bf16"), share=0.1),
            max_price_per_mtok=rarely(*ceilings, otherwise=None, share=0.1),
            max_latency_ms=rarely(10, 100, otherwise=None, share=0.15),
            callable=self.chance.random() < 0.1,
        )

    def provider(self) -> ProviderPreferences:
        names = [*PROVIDERS, *self.endpoints]
        pick, some = self.pick, self.some
        return ProviderPreferences(
            order=pick([(), (), some(names, 0.3), tuple(reversed(names))]),
            only=pick([(), (), (), some(names, 0.6)]),
            ignore=pick([(), (), (), some(names, 0.2)]),
            allow_fallbacks=pick([True, True, False]),
            quantizations=self.rarely(("fp8",), share=0.1),
            sort=pick([None, None, *Sort]),
            max_price=self.rarely(
                TokenPrices(prompt=Decimal(1)),
                TokenPrices(completion=Decimal(4)),
                otherwise=None,
                share=0.1,
            ),
        )

    def health(self) -> dict[str, EndpointHealth]:
        pick = self.pick
        bad = [HealthState.UNHEALTHY, HealthState.DEGRADED, HealthState.UNKNOWN]
        return {
            endpoint: EndpointHealth(
                endpoint=endpoint,
                zone="here",
                state=pick([*[HealthState.HEALTHY] * 9, *bad]),
                observed_at=at(-90_000),
                since=at(-90_000),
                expires_at=pick([at(0), at(90_000), at(90_000), at(90_000)]),
                latency_ms=pick([None, 10.0, 10.0, 10.0, 12.5, 100.5, 900.0]),
            )
            for endpoint in self.some(self.endpoints, pick([0.0, 0.5, 1.0]))
        }

    def load(self) -> dict[str, Load]:
        pick = self.pick
        return {
            endpoint: Load(pick([10.0, 99.5, 600.0, 3_000.0]), pick([0, 1, 5]))
            for endpoint in self.some(self.endpoints, pick([0.0, 0.9, 0.9]))
        }

    def warm(self) -> dict[str, int]:
        pick: Any = self.pick
        return {
            endpoint: pick([0, 900, 5_000, 50_000])
            for endpoint in self.some([*self.endpoints, "e99"], pick([0.0, 0.0, 0.3]))
        }
