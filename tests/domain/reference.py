"""The resolver as one would say it: a loop over candidates, no masks, no columns."""

from collections.abc import Iterator
from decimal import Decimal

from routeyard.domain.catalog import SELF_HOSTED, Endpoint, Mode, Model, Offering
from routeyard.domain.graph import Graph
from routeyard.domain.health import HealthState
from routeyard.domain.resolution import CapabilityFloor, HostingWanted, Inputs, Reason
from routeyard.domain.tenancy import Override, OverrideKind, TargetKind
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
            if model and endpoint and endpoint.owner in (None, self.inputs.scope.tenant):
                yield offering, model, endpoint

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
        yield from self.against_overrides(offering, model, endpoint)

    def against_place(self, offering: Offering, endpoint: Endpoint) -> Iterator[Reason]:
        tenant = self.graph.tenants.get(self.inputs.scope.tenant or "")
        for bound in (self.require.residency, tenant.residency if tenant else ()):
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

    def against_overrides(
        self, offering: Offering, model: Model, endpoint: Endpoint
    ) -> Iterator[Reason]:
        mine = [
            o
            for o in self.graph.overrides.values()
            if o.tenant == self.inputs.scope.tenant
            and (o.expires_at is None or o.expires_at > self.inputs.now)
        ]
        hits = {o.id: aims_at(o, offering, model, endpoint) for o in mine}
        if any(hits[o.id] for o in mine if o.kind is OverrideKind.DENY):
            yield Reason.DENIED
        allowed = [o for o in mine if o.kind is OverrideKind.ALLOW_ONLY]
        if allowed and not any(hits[o.id] for o in allowed):
            yield Reason.NOT_ALLOWED


def aims_at(override: Override, offering: Offering, model: Model, endpoint: Endpoint) -> bool:
    return (
        override.target
        in {
            TargetKind.PROVIDER: (endpoint.provider, model.provider),
            TargetKind.MODEL: (model.id,),
            TargetKind.RELEASE: (offering.release,),
            TargetKind.ENDPOINT: (endpoint.id,),
        }[override.target_kind]
    )


def at_least(
    value: float | None, least: float | None, reason: Reason, unknown: Reason
) -> Iterator[Reason]:
    if least is not None and value is None:
        yield unknown
    elif least is not None and value is not None and value < least:
        yield reason
