"""What conditions may ask of a request and of what would be picked for it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from routeyard.domain.overlay import health_view
from routeyard.domain.policies.condition import MISSING
from routeyard.domain.pricing import cost_estimate
from routeyard.domain.resolution import CapabilityFloor, Inputs, Requirement
from routeyard.domain.snapshot import Slot, Snapshot

_MICROS = 1_000_000


class Facts(Mapping[str, Any]):
    """Facts of a scope and, as they are asked for, of a request and of the slot that was picked."""

    def __init__(
        self,
        of_scope: Mapping[str, Any],
        inputs: Inputs,
        snapshot: Snapshot,
        picked: int | None = None,
    ) -> None:
        self._of_scope = of_scope
        self._inputs = inputs
        self._snapshot = snapshot
        self._picked = picked

    def __getitem__(self, name: str) -> Any:
        kind, _, rest = name.partition(".")
        match kind:
            case "request":
                return _OF_REQUESTS[rest](self._inputs.requirement)
            case "now":
                now = self._inputs.now
                return now.hour if rest == "hour" else now.isoweekday()
            case "router":
                return self._inputs.zone
            case "primary":
                return self._of_primary(rest)
            case _:
                return self._of_scope[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._of_scope)

    def __len__(self) -> int:
        return len(self._of_scope)

    def _of_primary(self, name: str) -> Any:
        slot = None if self._picked is None else self._snapshot.slots[self._picked]
        if slot is None or self._picked is None:
            return MISSING
        match name:
            case "latency_ms":
                return self._latency(slot, self._picked)
            case "cost_micros":
                cost = cost_estimate(slot.offering.price, self._inputs, slot.endpoint.id)
                return MISSING if cost is None else math.ceil(cost * _MICROS)
            case "health":
                held = self._inputs.health.get(slot.endpoint.id)
                return "unknown" if held is None else str(held.state_at(self._inputs.now))
            case "context":
                context = slot.offering.context or slot.model.context
                return MISSING if context is None else context
            case _:
                return _OF_SLOTS[name](slot) if name in _OF_SLOTS else MISSING

    def _latency(self, slot: Slot, picked: int) -> Any:
        """As routers see it now, else as the last look at the endpoint found it."""
        load = self._inputs.load.get(slot.endpoint.id)
        if load is not None:
            return round(load.latency_ms)
        view = health_view(self._snapshot, self._inputs.health, self._inputs.now)
        seen = float(view.latency_ms[picked])
        return MISSING if math.isnan(seen) else round(seen)


_OF_SLOTS: Mapping[str, Callable[[Slot], str]] = {
    "model": lambda slot: slot.model.id,
    "release": lambda slot: slot.offering.release,
    "endpoint": lambda slot: slot.endpoint.id,
    "provider": lambda slot: slot.endpoint.provider,
    "hosting": lambda slot: str(slot.endpoint.hosting),
}
_OF_REQUESTS: Mapping[str, Callable[[Requirement], Any]] = {
    "step": lambda r: r.step or "",
    "objective": lambda r: r.objective or "",
    "precision": lambda r: r.require.precision or "",
    "models": lambda r: r.models,
    "capabilities": lambda r: tuple(map(_named, r.require.capabilities)),
    "languages": lambda r: r.require.languages,
    "modalities_in": lambda r: r.require.modalities_in,
    "residency": lambda r: r.require.residency,
    "min_context": lambda r: r.require.min_context or 0,
    "input_tokens": lambda r: r.estimate.input_tokens,
    "output_tokens": lambda r: r.estimate.output_tokens,
}


def _named(wanted: str | CapabilityFloor) -> str:
    return wanted if isinstance(wanted, str) else wanted.name
