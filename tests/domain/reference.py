"""The resolver as one would say it: a loop over candidates, no masks, no columns."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from routeyard.domain.catalog import SELF_HOSTED, Endpoint, Mode, Model, Offering
from routeyard.domain.cohort import is_within
from routeyard.domain.graph import Graph
from routeyard.domain.health import HealthState
from routeyard.domain.overrides import Author, Override, OverrideKind, ScopeLevel
from routeyard.domain.resolution import CapabilityFloor, HostingWanted, Inputs, Reason
from routeyard.domain.tenancy import LimitKind, TargetKind, Tier
from routeyard.domain.territories import GROUPS


class Reference:
    """Eligibility and score, one candidate at a time."""

    def __init__(self, graph: Graph, inputs: Inputs) -> None:
        self.graph = graph
        self.inputs = inputs
        self.require = inputs.requirement.require

    def candidates(self) -> Iterator[tuple[Offering, Model, Endpoint]]:
        for offering in self.graph.offerings.values():
            model = self.graph.models.get(offering.model)
            endpoint = self.graph.endpoints.get(offering.endpoint)
            if model and endpoint and self.sees(endpoint):
                yield offering, model, endpoint

    def sees(self, endpoint: Endpoint) -> bool:
        tenant = self.inputs.scope.tenant
        if endpoint.owner is not None:
            return endpoint.owner == tenant
        return not endpoint.dedicated_to or tenant in endpoint.dedicated_to

    def verdicts(self) -> dict[str, set[str]]:
        """Every visible offering with the reasons against it; none means eligible."""
        return {o.id: set(self.reasons(o, m, e)) for o, m, e in self.candidates()}

    def reasons(self, offering: Offering, model: Model, endpoint: Endpoint) -> Iterator[Reason]:
        need = self.require
        if self.inputs.requirement.models and model.id not in self.inputs.requirement.models:
            yield Reason.MODEL_NOT_REQUESTED
        if (offering.mode or model.mode or Mode.CHAT) is not need.mode:
            yield Reason.MODE_DIFFERS
        if offering.lifecycle == "retired" or (
            offering.retires_on and offering.retires_on <= self.inputs.now.date()
        ):
            yield Reason.RETIRED
        levels = model.capabilities | offering.capabilities
        for wanted in need.capabilities:
            floor = wanted if isinstance(wanted, CapabilityFloor) else CapabilityFloor(name=wanted)
            if floor.name not in levels:
                yield Reason.CAPABILITY_UNKNOWN
            elif levels[floor.name] < floor.min_level:
                yield Reason.CAPABILITY_MISSING
        if any(lang not in model.languages for lang in need.languages):
            yield Reason.LANGUAGE_UNKNOWN
        if any(
            m not in (offering.modalities_in or model.modalities_in) for m in need.modalities_in
        ):
            yield Reason.MODALITY_MISSING
        yield from at_least(
            offering.context or model.context,
            need.min_context,
            Reason.CONTEXT_TOO_SMALL,
            Reason.CONTEXT_UNKNOWN,
        )
        yield from at_least(
            offering.max_output or model.max_output,
            need.min_output,
            Reason.OUTPUT_TOO_SMALL,
            Reason.OUTPUT_UNKNOWN,
        )
        if need.precision:
            floor_of = self.graph.floors["general"]
            yield from at_least(
                model.quality.get("general"),
                getattr(floor_of, need.precision),
                Reason.PRECISION_TOO_LOW,
                Reason.PRECISION_UNKNOWN,
            )
        yield from self.against_place(offering, endpoint)
        yield from self.against_price(offering)
        yield from self.against_health(endpoint)
        yield from self.against_rules(offering, model, endpoint)

    def against_place(self, offering: Offering, endpoint: Endpoint) -> Iterator[Reason]:
        for bound in (self.require.residency, *self.bounds()):
            inside = set(bound).union(*(GROUPS.get(b, set()) for b in bound))
            if bound and not endpoint.residency:
                yield Reason.RESIDENCY_UNKNOWN
            elif bound and not set(endpoint.residency) <= inside:
                yield Reason.RESIDENCY_OUTSIDE
        hosting = {str(kind) for kind in self.require.hosting}
        if HostingWanted.SELF_HOSTED in self.require.hosting:
            hosting |= {str(kind) for kind in SELF_HOSTED}
        if hosting and endpoint.hosting not in hosting:
            yield Reason.HOSTING_DIFFERS
        if endpoint.zones and self.inputs.zone not in endpoint.zones:
            yield Reason.ZONE_UNREACHABLE
        if self.require.callable and not endpoint.is_enabled:
            yield Reason.NOT_CALLABLE
        if self.require.quantizations and not offering.quantization:
            yield Reason.QUANTIZATION_UNKNOWN
        elif self.require.quantizations and offering.quantization not in self.require.quantizations:
            yield Reason.QUANTIZATION_DIFFERS

    def against_price(self, offering: Offering) -> Iterator[Reason]:
        ceiling = self.require.max_price_per_mtok
        if ceiling is None or ceiling.input is None:
            return
        price = self.prices(offering)[0]
        if price is None:
            yield Reason.PRICE_UNKNOWN
        elif price > ceiling.input:
            yield Reason.PRICE_TOO_HIGH

    def prices(self, offering: Offering) -> tuple[Decimal | None, Decimal | None]:
        price = offering.price
        if price is None:
            return None, None
        paid_in, paid_out = price.input, price.output
        for tier in price.tiers:
            if self.inputs.requirement.estimate.input_tokens > tier.above_input_tokens:
                paid_in = paid_in if tier.input is None else tier.input
                paid_out = paid_out if tier.output is None else tier.output
        return paid_in, paid_out

    def against_health(self, endpoint: Endpoint) -> Iterator[Reason]:
        health = self.inputs.health.get(endpoint.id)
        is_current = health is not None and self.inputs.now < health.expires_at
        if health and is_current and health.state is HealthState.UNHEALTHY:
            yield Reason.UNHEALTHY
        if self.require.max_latency_ms is not None:
            if health is None or not is_current or health.latency_ms is None:
                yield Reason.LATENCY_UNKNOWN
            elif health.latency_ms > self.require.max_latency_ms:
                yield Reason.LATENCY_TOO_HIGH

    def against_rules(
        self, offering: Offering, model: Model, endpoint: Endpoint
    ) -> Iterator[Reason]:
        aimed = Aim(offering, model, endpoint)
        mine = self.rules()
        if any(aimed.at(rule) for rule in mine if rule.kind is OverrideKind.DENY):
            yield Reason.DENIED
        allows = [rule for rule in mine if rule.kind is OverrideKind.ALLOW]
        if not (self.is_granted(allows, aimed) and self.is_kept_to(allows, aimed)):
            yield Reason.NOT_ALLOWED
        pins = [rule for rule in mine if rule.kind is OverrideKind.PIN]
        if any(aimed.is_about(pin) and not aimed.at(pin) for pin in pins):
            yield Reason.PINNED_ELSEWHERE
        for place, kind in enumerate((LimitKind.PRICE_INPUT, LimitKind.PRICE_OUTPUT)):
            most = self.most(kind)
            if most is not None:
                yield from at_most(self.prices(offering)[place], most)

    def is_granted(self, allows: list[Override], aimed: "Aim") -> bool:
        """By the platform, at the narrowest scope for which it says anything."""
        for level in (ScopeLevel.TENANT, ScopeLevel.CLASS, ScopeLevel.PLATFORM):
            granted = [r for r in allows if r.author is Author.PLATFORM and r.level is level]
            tier = self.tier(level)
            sold = tier.allow if isinstance(tier, Tier) else ()
            if granted or sold or tier == "gone":
                is_sold = any(aimed.meets(each.kind, each.id) for each in sold)
                return is_sold or any(map(aimed.at, granted))
        return True

    def is_kept_to(self, allows: list[Override], aimed: "Aim") -> bool:
        """To every list that is no grant of the platform's."""
        for level in ScopeLevel:
            for author in Author:
                own = [r for r in allows if r.author is author and r.level is level]
                is_grant = author is Author.PLATFORM and level <= ScopeLevel.TENANT
                if own and not is_grant and not any(map(aimed.at, own)):
                    return False
        return True

    def rules(self) -> list[Override]:
        """What is said for the scope and everything around it, and is in force."""
        scope = self.inputs.scope
        tenant = self.graph.tenants.get(scope.tenant or "")
        unit = (
            self.inputs.requirement.sticky_key or scope.key or scope.project or scope.tenant or ""
        )
        places = {
            ScopeLevel.PLATFORM: (None, None, None, None),
            ScopeLevel.CLASS: (tenant.tenant_class, None, None, None) if tenant else (),
            ScopeLevel.TENANT: (None, scope.tenant, None, None),
            ScopeLevel.PROJECT: (None, scope.tenant, scope.project, None),
            ScopeLevel.KEY: (None, scope.tenant, None, scope.key),
        }
        return [
            o
            for o in self.graph.overrides.values()
            if (o.tenant_class, o.tenant, o.project, o.key) == places[o.level]
            and (o.expires_at is None or o.expires_at > self.inputs.now)
            and (
                o.rollout is None
                or is_within(o.rollout.percent, o.rollout.salt or o.id, unit or "")
            )
        ]

    def tier(self, level: ScopeLevel) -> Tier | str | None:
        tenant = self.graph.tenants.get(self.inputs.scope.tenant or "")
        if tenant is None:
            return None
        of_class = self.graph.classes.get(tenant.tenant_class)
        named = {
            ScopeLevel.TENANT: tenant.tier,
            ScopeLevel.CLASS: of_class.tier if of_class else None,
        }.get(level)
        return None if named is None else self.graph.tiers.get(named, "gone")

    def most(self, kind: LimitKind) -> Decimal | None:
        said = [r for r in self.rules() if r.limit is kind]
        found = []
        for level in (ScopeLevel.TENANT, ScopeLevel.CLASS, ScopeLevel.PLATFORM):
            granted = [r for r in said if r.author is Author.PLATFORM and r.level is level]
            tier = self.tier(level)
            sold = tier.limits.get(kind) if isinstance(tier, Tier) else None
            values = [r.value for r in granted if r.value is not None]
            if values or sold is not None:
                found.append(min(values) if values else sold)
                break
        found += [r.value for r in said if r.author is Author.TENANT or r.level > ScopeLevel.TENANT]
        return min((value for value in found if value is not None), default=None)

    def bounds(self) -> Iterator[tuple[str, ...]]:
        scope = self.inputs.scope
        tenant = self.graph.tenants.get(scope.tenant or "")
        of_class = self.graph.classes.get(tenant.tenant_class) if tenant else None
        project = self.graph.projects.get(f"{scope.tenant}/{scope.project}")
        for each in (of_class, tenant, project):
            if each is not None:
                yield each.residency


class Aim(NamedTuple):
    """A candidate, as rules point at it."""

    offering: Offering
    model: Model
    endpoint: Endpoint

    def meets(self, kind: TargetKind, name: str) -> bool:
        levels = self.model.capabilities | self.offering.capabilities
        return {
            TargetKind.PROVIDER: name in (self.endpoint.provider, self.model.provider),
            TargetKind.MODEL: name == self.model.id,
            TargetKind.RELEASE: name == self.offering.release,
            TargetKind.ENDPOINT: name == self.endpoint.id,
            TargetKind.CAPABILITY: levels.get(name, 0) >= 0.5,
        }[kind]

    def at(self, rule: Override) -> bool:
        assert rule.target_kind is not None
        return self.meets(rule.target_kind, rule.target or "")

    def is_about(self, pin: Override) -> bool:
        if pin.target_kind is TargetKind.RELEASE:
            return (pin.target or "").startswith(f"{self.model.id}@")
        return pin.model in (None, self.model.id)


def at_most(price: Decimal | None, most: Decimal) -> Iterator[Reason]:
    if price is None:
        yield Reason.PRICE_UNKNOWN
    elif price > most:
        yield Reason.PRICE_TOO_HIGH


def at_least(
    value: float | None, least: float | None, reason: Reason, unknown: Reason
) -> Iterator[Reason]:
    if least is not None and value is None:
        yield unknown
    elif least is not None and value is not None and value < least:
        yield reason
