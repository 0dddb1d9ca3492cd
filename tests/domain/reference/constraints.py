"""Why a candidate is left out: every reason, in words."""

from collections.abc import Iterator
from decimal import Decimal

from routeyard.domain.catalog import SELF_HOSTED
from routeyard.domain.health import HealthState
from routeyard.domain.policies.policy import Rule
from routeyard.domain.resolution import (
    CapabilityFloor,
    HostingWanted,
    ProviderPreferences,
    Require,
)
from routeyard.domain.tenancy import LimitKind
from routeyard.domain.territories import GROUPS
from tests.domain.reference.asked import Asked, Candidate, Refused
from tests.domain.reference.money import rates
from tests.domain.reference.rules import Rules


class Constraints:
    """All that bears on a request, for one candidate at a time."""

    def __init__(self, asked: Asked, rules: Rules, applying: list[tuple[str, Rule]]) -> None:
        self.asked = asked
        self.rules = rules
        self.applying = applying
        self.profile = rules.profile()
        own = asked.wanted.require
        self.wanted = [own] if self.profile is None else [own, self.profile]
        self.refuse_unheard_of()
        self.models = rules.models()
        for name in self.models:
            if not any(each.is_called(name) for each in asked.visible()):
                raise Refused("model")

    def refuse_unheard_of(self) -> None:
        """What others' own can do is not told, so it is unheard of as well."""
        tags = {tag for each in self.asked.visible() for tag in each.levels}
        for require in self.wanted:
            if any(floor.name not in tags for floor in floors_of(require)):
                raise Refused("capability")

    def is_requested(self, candidate: Candidate) -> bool:
        return not self.models or any(candidate.is_called(name) for name in self.models)

    def reasons(self, candidate: Candidate) -> list[str]:
        """Everything against it; nothing when it is eligible."""
        found = list(self.beside_choice(candidate))
        return found if self.is_requested(candidate) else [*found, "model_not_requested"]

    def beside_choice(self, candidate: Candidate) -> Iterator[str]:
        """Everything against it but that another model was asked for."""
        yield from self.served(candidate)
        for require in self.wanted:
            yield from self.against(candidate, require)
        for places, origin in self.rules.bounds():
            yield from (f"{each}, {origin}" for each in resides(candidate, places))
        yield from self.rules.against(candidate)
        for name, kind in (("input", LimitKind.PRICE_INPUT), ("output", LimitKind.PRICE_OUTPUT)):
            limit = self.rules.limit(kind)
            if limit is not None:
                said = self.at_most(candidate, name, limit.value)
                yield from (f"{each}, {limit.origin}" for each in said)
        if self.asked.wanted.provider is not None:
            yield from self.preferred(candidate, self.asked.wanted.provider)
        for policy, rule in self.applying:
            yield from self.by_policy(candidate, policy, rule)

    def served(self, candidate: Candidate) -> Iterator[str]:
        """Whether it serves such calls, from here, today."""
        inputs = self.asked.inputs
        mode = (self.profile or self.asked.wanted.require).mode
        if (candidate.offering.mode or candidate.model.mode or "chat") != mode:
            yield f"mode_differs: {mode}"
        if candidate.has_gone(inputs.now.date()):
            yield "retired"
        zones = candidate.endpoint.zones
        if zones and "*" not in zones and inputs.zone not in zones:
            yield f"zone_unreachable: {inputs.zone}"
        health = self.asked.health(candidate.endpoint.id)
        if health is not None and health.state is HealthState.UNHEALTHY:
            yield "unhealthy"
        if inputs.is_exhausted:
            yield "quota_exhausted"

    def against(self, candidate: Candidate, need: Require) -> Iterator[str]:
        """What a requirement has against it."""
        offering, model, endpoint = candidate.offering, candidate.model, candidate.endpoint
        for floor in floors_of(need):
            level = candidate.levels.get(floor.name)
            yield from at_least(level, floor.min_level, "capability", "missing", floor.name)
        yield from speaks(candidate, need)
        if need.min_context is not None:
            yield from at_least(candidate.context, need.min_context, "context")
        if need.min_output is not None:
            most = offering.max_output or model.max_output
            yield from at_least(most, need.min_output, "output")
        if need.residency:
            yield from resides(candidate, need.residency)
        yield from is_hosted(candidate, need.hosting)
        if need.quantizations:
            yield from is_quantized(candidate, need.quantizations)
        if need.callable and not (endpoint.url and (endpoint.keyless or endpoint.credential)):
            yield "not_callable"
        yield from self.measured(candidate, need)

    def measured(self, candidate: Candidate, need: Require) -> Iterator[str]:
        """What it asks of quality, money and speed."""
        task, most = self.asked.task, need.max_latency_ms
        if need.precision is not None:
            floor = self.asked.graph.floors.get(task)
            if floor is None:
                yield f"precision_unknown: {task}"
            else:
                score, least = candidate.model.quality.get(task), getattr(floor, need.precision)
                yield from at_least(score, least, "precision", "too_low", task)
        if need.max_price_per_mtok is not None:
            for name in ("input", "output"):
                ceiling = getattr(need.max_price_per_mtok, name)
                if ceiling is not None:
                    yield from self.at_most(candidate, name, ceiling)
        if most is not None:
            latency = self.asked.latency(candidate.endpoint.id)
            if latency is None:
                yield f"latency_unknown: {most} ms"
            elif latency > most:
                yield f"latency_too_high: {most} ms"

    def at_most(self, candidate: Candidate, name: str, most: Decimal) -> Iterator[str]:
        price = rates(self.asked, candidate)[name]
        if price is None:
            yield f"price_unknown: {name}"
        elif price > most:
            yield f"price_too_high: {name}"

    def preferred(self, candidate: Candidate, wanted: ProviderPreferences) -> Iterator[str]:
        """What the caller says of providers."""

        def served(names: tuple[str, ...]) -> bool:
            return any(candidate.is_served_by(name) for name in names)

        is_outside = wanted.order and not wanted.allow_fallbacks and not served(wanted.order)
        is_other = wanted.only and not served(wanted.only)
        if is_outside or is_other or served(wanted.ignore):
            yield "provider_not_wanted"
        if wanted.quantizations:
            yield from is_quantized(candidate, wanted.quantizations)
        if wanted.max_price is not None and wanted.max_price.prompt is not None:
            yield from self.at_most(candidate, "input", wanted.max_price.prompt)
        if wanted.max_price is not None and wanted.max_price.completion is not None:
            yield from self.at_most(candidate, "output", wanted.max_price.completion)

    def by_policy(self, candidate: Candidate, policy: str, rule: Rule) -> Iterator[str]:
        origin = f"{policy}/{rule.name}"
        for aim in rule.deny:
            if candidate.meets(aim.kind, aim.id):
                yield f"denied_by_policy: {aim.kind} {aim.id}, {origin}"
        if rule.require is not None:
            for each in self.against(candidate, rule.require):
                yield f"{each}{', ' if ': ' in each else ': '}{origin}"


def floors_of(require: Require) -> list[CapabilityFloor]:
    return [
        CapabilityFloor(name=each) if isinstance(each, str) else each
        for each in require.capabilities
    ]


def at_least(
    value: float | None, least: float, what: str, less: str = "too_small", detail: str = ""
) -> Iterator[str]:
    if value is None:
        yield f"{what}_unknown: {detail or least}"
    elif value < least:
        yield f"{what}_{less}: {detail or least}"


def resides(candidate: Candidate, places: tuple[str, ...]) -> Iterator[str]:
    """Everywhere that it may process a request lies within the places."""
    inside = set(places).union(*(GROUPS.get(place, set()) for place in places))
    if not candidate.endpoint.residency:
        yield f"residency_unknown: {', '.join(sorted(places))}"
    elif not set(candidate.endpoint.residency) <= inside:
        yield f"residency_outside: {', '.join(sorted(places))}"


def is_quantized(candidate: Candidate, wanted: tuple[str, ...]) -> Iterator[str]:
    named = ", ".join(wanted)
    more = f": {named}" if named else ""
    if not candidate.offering.quantization:
        yield f"quantization_unknown{more}"
    elif candidate.offering.quantization not in wanted:
        yield f"quantization_differs{more}"


def speaks(candidate: Candidate, need: Require) -> Iterator[str]:
    """Which languages, and in which forms."""
    offering, model = candidate.offering, candidate.model
    for language in need.languages:
        if language not in model.languages:
            yield f"language_unknown: {language}"
    for kind in need.modalities_in:
        if kind not in (offering.modalities_in or model.modalities_in):
            yield f"modality_missing: {kind}"
    for kind in need.modalities_out:
        if kind not in (offering.modalities_out or model.modalities_out):
            yield f"modality_missing: {kind}"


def is_hosted(candidate: Candidate, wanted: tuple[HostingWanted, ...]) -> Iterator[str]:
    """Where it runs; `self_hosted` stands for everything that is no public API."""
    hosting = {str(kind) for kind in wanted}
    if HostingWanted.SELF_HOSTED in wanted:
        hosting |= {str(kind) for kind in SELF_HOSTED}
    if hosting and candidate.endpoint.hosting not in hosting:
        yield f"hosting_differs: {', '.join(wanted)}"
