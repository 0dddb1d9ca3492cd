"""The same question as one would write it first: a list comprehension over all offerings."""

from decimal import Decimal

from routeyard.domain.catalog import SELF_HOSTED, Endpoint, Model, Offering
from routeyard.domain.graph import Graph
from routeyard.domain.health import HealthState
from routeyard.domain.resolution import CapabilityFloor, Inputs, Require
from routeyard.domain.territories import lies_within


class Naive:
    """Requirements, health and price; no policies, no overrides, no fallbacks, no reasons."""

    def __init__(self, graph: Graph) -> None:
        self._floors = graph.floors
        self._candidates = [
            (offering, graph.models[offering.model], graph.endpoints[offering.endpoint])
            for offering in graph.offerings.values()
        ]

    def best(self, inputs: Inputs) -> Offering | None:
        """The cheapest of those that satisfy everything."""
        fitting = [
            offering
            for offering, model, endpoint in self._candidates
            if self._fits(inputs, offering, model, endpoint)
        ]
        return min(fitting, key=lambda each: _cost(each, inputs), default=None)

    def _fits(  # noqa: PLR0911 - as one would write it
        self, inputs: Inputs, offering: Offering, model: Model, endpoint: Endpoint
    ) -> bool:
        need: Require = inputs.requirement.require
        health = inputs.health.get(endpoint.id)
        if health is not None and health.state_at(inputs.now) is HealthState.UNHEALTHY:
            return False
        if need.callable and not endpoint.is_enabled:
            return False
        for wanted in need.capabilities:
            floor = CapabilityFloor(name=wanted) if isinstance(wanted, str) else wanted
            if model.capabilities.get(floor.name, -1.0) < floor.min_level:
                return False
        if need.min_context is not None and (model.context or 0) < need.min_context:
            return False
        if need.precision is not None:
            least = getattr(self._floors["general"], need.precision)
            if model.quality.get("general", -1.0) < least:
                return False
        if need.hosting and endpoint.hosting not in SELF_HOSTED:
            return False
        if need.residency and not (
            endpoint.residency and lies_within(endpoint.residency, need.residency)
        ):
            return False
        most = need.max_price_per_mtok
        price = offering.price
        return (
            most is None
            or most.output is None
            or (price is not None and price.output is not None and price.output <= most.output)
        )


def _cost(offering: Offering, inputs: Inputs) -> Decimal:
    price, estimate = offering.price, inputs.requirement.estimate
    if price is None or price.input is None or price.output is None:
        return Decimal("Infinity")
    return price.input * estimate.input_tokens + price.output * estimate.output_tokens
