"""What conditions may ask of a request, and of what would be picked for it."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from routeyard.domain.overlay import health_view
from routeyard.domain.policies.book import OF_SCOPES, ReadyRule
from routeyard.domain.policies.condition import MISSING
from routeyard.domain.pricing import cost_estimate
from routeyard.domain.resolution import CapabilityFloor, Inputs, Outcome, Requirement
from routeyard.domain.snapshot import Slot, Snapshot

_MICROS = 1_000_000
Decided = list[tuple[ReadyRule, Outcome]]


class Circumstances(NamedTuple):
    """What a rule is decided by: facts of the scope, the request, and the slot that was picked."""

    of_scope: Mapping[str, Any]
    inputs: Inputs
    snapshot: Snapshot
    picked: int = -1


def decide(rules: list[ReadyRule], circumstances: Circumstances) -> Decided:
    """What becomes of rules."""
    return [
        (rule, rule.outcome(tuple([_FACTS[name](circumstances) for name in rule.reads])))
        for rule in rules
    ]


def _latency(of: Circumstances) -> Any:
    """As routers see it now, else as the last look at the endpoint found it."""
    slot = of.snapshot.slots[of.picked]
    load = None if slot is None else of.inputs.load.get(slot.endpoint.id)
    if load is not None:
        return round(load.latency_ms)
    seen = float(health_view(of.snapshot, of.inputs.health, of.inputs.now).latency_ms[of.picked])
    return MISSING if math.isnan(seen) else round(seen)


def _cost(of: Circumstances) -> Any:
    slot = of.snapshot.slots[of.picked]
    cost = slot and cost_estimate(slot.offering.price, of.inputs, slot.endpoint.id)
    return MISSING if cost is None else math.ceil(cost * _MICROS)


def _health(of: Circumstances) -> Any:
    slot = of.snapshot.slots[of.picked]
    held = None if slot is None else of.inputs.health.get(slot.endpoint.id)
    return "unknown" if held is None else str(held.state_at(of.inputs.now))


def _of_scope(name: str) -> Callable[[Circumstances], Any]:
    return lambda of: of.of_scope[name]


def _of_request(ask: Callable[[Requirement], Any]) -> Callable[[Circumstances], Any]:
    return lambda of: ask(of.inputs.requirement)


def _of_slot(ask: Callable[[Slot], Any]) -> Callable[[Circumstances], Any]:
    def asked(of: Circumstances) -> Any:
        slot = of.snapshot.slots[of.picked]
        found = None if slot is None else ask(slot)
        return MISSING if found is None else found

    return asked


def _named(wanted: str | CapabilityFloor) -> str:
    return wanted if isinstance(wanted, str) else wanted.name


_FACTS: Mapping[str, Callable[[Circumstances], Any]] = {
    **{name: _of_scope(name) for name in OF_SCOPES},
    "router.zone": lambda of: of.inputs.zone,
    "now.hour": lambda of: of.inputs.now.hour,
    "now.weekday": lambda of: of.inputs.now.isoweekday(),
    "request.step": _of_request(lambda r: r.step or ""),
    "request.objective": _of_request(lambda r: r.objective or ""),
    "request.precision": _of_request(lambda r: r.require.precision or ""),
    "request.models": _of_request(lambda r: r.models),
    "request.capabilities": _of_request(lambda r: tuple(map(_named, r.require.capabilities))),
    "request.languages": _of_request(lambda r: r.require.languages),
    "request.modalities_in": _of_request(lambda r: r.require.modalities_in),
    "request.residency": _of_request(lambda r: r.require.residency),
    "request.min_context": _of_request(lambda r: r.require.min_context or 0),
    "request.input_tokens": _of_request(lambda r: r.estimate.input_tokens),
    "request.output_tokens": _of_request(lambda r: r.estimate.output_tokens),
    "primary.latency_ms": _latency,
    # Endpoints are not yet watched for their first token alone.
    "primary.ttft_ms": lambda _: MISSING,
    "primary.cost_micros": _cost,
    "primary.context": _of_slot(lambda slot: slot.offering.context or slot.model.context),
    "primary.model": _of_slot(lambda slot: slot.model.id),
    "primary.release": _of_slot(lambda slot: slot.offering.release),
    "primary.endpoint": _of_slot(lambda slot: slot.endpoint.id),
    "primary.provider": _of_slot(lambda slot: slot.endpoint.provider),
    "primary.hosting": _of_slot(lambda slot: str(slot.endpoint.hosting)),
    "primary.health": _health,
}
