"""What a candidate is worth, as one number."""

from collections.abc import Iterator
from hashlib import blake2b

from routeyard.domain.health import HealthState
from routeyard.domain.overrides import OverrideKind
from routeyard.domain.policies.policy import Preference
from routeyard.domain.resolution import ScoreParts
from tests.domain.reference.asked import Asked, Candidate
from tests.domain.reference.constraints import resides
from tests.domain.reference.money import rates, warm
from tests.domain.reference.policies import Judged, Policies
from tests.domain.reference.rules import Rules, is_at, weight_of

WEIGHTS = {  # cost, quality, latency
    "balanced": (0.3, 0.5, 0.2),
    "cost": (0.8, 0.15, 0.05),
    "quality": (0.1, 0.85, 0.05),
    "latency": (0.1, 0.2, 0.7),
}
SORTED = {"price": (1.0, 0.0, 0.0), "latency": (0.0, 0.0, 1.0)}


class Scoring:
    """A part depends on its candidate alone; whoever comes along changes nobody's score."""

    def __init__(self, asked: Asked, rules: Rules, policies: Policies) -> None:
        self.asked = asked
        self.rules = rules
        self.policies = policies
        self.models = rules.models()
        self.weights = self.what_counts()

    def what_counts(self) -> tuple[float, float, float]:
        """As the caller sorts, else as it says, else as the first policy says."""
        wanted = self.asked.wanted
        if wanted.provider is not None and wanted.provider.sort is not None:
            return SORTED[wanted.provider.sort]
        if wanted.objective is not None:
            return WEIGHTS[wanted.objective]
        for policy in self.policies.holding:
            said = policy.objective
            if said is not None:
                total = said.cost + said.quality + said.latency
                return said.cost / total, said.quality / total, said.latency / total
        return WEIGHTS["balanced"]

    def worth(self, candidate: Candidate) -> float:
        cost, quality, latency = self.weights
        plain = quality * self.quality(candidate) + latency * self.speed(candidate)
        plain = plain + tie(candidate) - 1_000.0 * self.standing(candidate)
        of_policies, *bonuses = self.bonuses(candidate)
        found = cost / self.ratio(candidate) + (plain + of_policies)
        for more in (*bonuses, *self.places(candidate)):
            found += more
        return found

    def parts(self, candidate: Candidate) -> ScoreParts:
        cost, quality, latency = self.weights
        found = {
            "cost": 1.0 / self.ratio(candidate),
            "quality": self.quality(candidate),
            "latency": self.speed(candidate),
            "preference": sum(self.bonuses(candidate)),
        }
        total = cost * found["cost"] + quality * found["quality"] + latency * found["latency"]
        rounded = {name: round(value, 6) for name, value in found.items()}
        return ScoreParts(**rounded, total=round(total + found["preference"], 6))

    def ratio(self, candidate: Candidate) -> float:
        """One more than the cost in yardsticks: a dollar for a million tokens read, four given."""
        paid, estimate = rates(self.asked, candidate), self.asked.wanted.estimate
        taken, given = float(estimate.input_tokens), float(estimate.output_tokens)
        yardstick = max(1.0 * taken + 4.0 * given, 1.0)
        into, out = paid["input"], paid["output"]
        if into is None or out is None:
            return float("inf")
        price = candidate.offering.price
        each = float(price.per_request or 0) if price else 0.0
        # A call of no tokens costs nothing, but no less than nothing.
        found = float(into) * (taken / yardstick or 1e-300)
        found += float(out) * (given / yardstick or 1e-300)
        found += each * (1e6 / yardstick)
        again = paid["cached_read"]
        if self.asked.inputs.warm.get(candidate.endpoint.id) is not None and again is not None:
            saved = float(into) - float(again)
            found -= saved * (warm(self.asked, candidate) / yardstick)
        return found + 1.0

    def quality(self, candidate: Candidate) -> float:
        return candidate.model.quality.get(self.asked.task, 0.0)

    def speed(self, candidate: Candidate) -> float:
        latency = self.asked.latency(candidate.endpoint.id)
        return 0.5 if latency is None else 1.0 / (1.0 + latency / 2_000.0)

    def standing(self, candidate: Candidate) -> float:
        """Who was never looked at is taken for well, who was lost sight of for the worst."""
        if candidate.endpoint.id not in self.asked.inputs.health:
            return 0.0
        health = self.asked.health(candidate.endpoint.id)
        state = HealthState.UNKNOWN if health is None else health.state
        return {HealthState.DEGRADED: 1.0, HealthState.UNKNOWN: 2.0}.get(state, 0.0)

    def bonuses(self, candidate: Candidate) -> Iterator[float]:
        """A tenth for each preference that it meets, times its weight."""
        policies = self.policies
        yield sum(preferred(each, candidate) for each in policies.of_scope)
        yield from (preferred(each, candidate) for each in policies.of_request)
        for said in self.rules.narrowest(OverrideKind.PREFER).values():
            if is_at(said, candidate):
                yield 0.1 * weight_of(said)

    def places(self, candidate: Candidate) -> Iterator[float]:
        """What is listed first goes before all that is listed after; models before providers."""
        wanted = self.asked.wanted
        models = self.models if len(wanted.models) > 1 else []
        order = wanted.provider.order if wanted.provider is not None else ()
        place = next((n for n, name in enumerate(models) if candidate.is_called(name)), None)
        if place is not None:
            yield 10_000.0 * 10_000.0 * (len(models) - place)
        place = next((n for n, name in enumerate(order) if candidate.is_served_by(name)), None)
        if place is not None:
            yield 10_000.0 * (len(order) - place)


def preferred(judged: Judged, candidate: Candidate) -> float:
    wanted = judged.rule.prefer
    if wanted is None or not judged.applies or not fits(wanted, candidate):
        return 0.0
    return 0.1 * wanted.weight


def fits(wanted: Preference, candidate: Candidate) -> bool:
    """Whether it fits all that a preference gives."""
    model, endpoint = candidate.model, candidate.endpoint
    tag = wanted.capability
    return (
        (tag is None or candidate.levels.get(tag, -1.0) >= wanted.min_level)
        and wanted.provider in (None, endpoint.provider, model.provider)
        and wanted.model in (None, model.id)
        and wanted.release in (None, candidate.offering.release)
        and wanted.endpoint in (None, endpoint.id)
        and (not wanted.hosting or str(endpoint.hosting) in wanted.hosting)
        and (not wanted.residency or not list(resides(candidate, wanted.residency)))
    )


def tie(candidate: Candidate) -> float:
    """Settles what is equal the same way everywhere."""
    digest = blake2b(candidate.offering.id.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") / 2**64 * 1e-9
