"""Hard constraints: who may be seen, and who satisfies what."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

import numpy as np

from routeyard.domain import bits
from routeyard.domain.catalog import SELF_HOSTED, Mode
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.health import HealthState
from routeyard.domain.pricing import at_size
from routeyard.domain.resolution import (
    GENERAL,
    CapabilityFloor,
    HostingWanted,
    Inputs,
    Reason,
    Requirement,
)
from routeyard.domain.snapshot import ALIVE, Snapshot
from routeyard.domain.tenancy import Override, OverrideKind, TargetKind
from routeyard.domain.territories import lies_within


class Check(NamedTuple):
    """A constraint: who passes, and why the others do not.

    `unknown`: those of whom nothing is known to decide by.
    """

    passing: int
    reason: Reason
    detail: str = ""
    unknown: int = 0
    unknown_reason: Reason | None = None


def visible(snapshot: Snapshot, inputs: Inputs) -> int:
    """The platform's own endpoints and the tenant's; others' do not exist for this caller."""
    own = snapshot.mask("owner", inputs.scope.tenant) if inputs.scope.tenant else 0
    return snapshot.masks.get(ALIVE, 0) & (snapshot.mask("owner", "") | own)


def checks(snapshot: Snapshot, inputs: Inputs) -> list[Check]:
    """Every constraint on this request.

    Raises:
        InvalidRequest: it names a capability or a model that nobody has heard of.
    """
    require = inputs.requirement.require
    found = [
        _mode(snapshot, require.mode),
        _not_retired(snapshot, inputs.now),
        *_requested(snapshot, inputs.requirement.models),
        *(_capability(snapshot, wanted) for wanted in require.capabilities),
        *(
            _feature(snapshot, "language", lang, Reason.LANGUAGE_UNKNOWN)
            for lang in require.languages
        ),
        *(
            _feature(snapshot, "in", kind, Reason.MODALITY_MISSING)
            for kind in require.modalities_in
        ),
        *(
            _feature(snapshot, "out", kind, Reason.MODALITY_MISSING)
            for kind in require.modalities_out
        ),
        *_limit(
            snapshot,
            "context",
            require.min_context,
            Reason.CONTEXT_TOO_SMALL,
            Reason.CONTEXT_UNKNOWN,
        ),
        *_limit(
            snapshot,
            "max_output",
            require.min_output,
            Reason.OUTPUT_TOO_SMALL,
            Reason.OUTPUT_UNKNOWN,
        ),
        *_precision(snapshot, inputs.requirement),
        *_residency(snapshot, inputs),
        *_hosting(snapshot, require.hosting),
        _zone(snapshot, inputs.zone),
        *_quantization(snapshot, require.quantizations),
        *_price(snapshot, inputs.requirement),
        *_latency(snapshot, inputs),
        _healthy(snapshot, inputs),
        *_overrides(snapshot, inputs),
    ]
    if require.callable:
        found.append(Check(snapshot.mask("enabled"), Reason.NOT_CALLABLE))
    return found


def _mode(snapshot: Snapshot, mode: Mode) -> Check:
    passing = snapshot.mask("mode", mode)
    if mode is Mode.CHAT:
        passing |= snapshot.mask("mode", "unknown")
    return Check(passing, Reason.MODE_DIFFERS, mode)


def _not_retired(snapshot: Snapshot, now: datetime) -> Check:
    today = now.date().toordinal()
    return Check(_above(snapshot, "retires", today + 0.5), Reason.RETIRED)


def _requested(snapshot: Snapshot, models: tuple[str, ...]) -> list[Check]:
    if not models:
        return []
    passing = 0
    for name in models:
        found = snapshot.mask("model", name) | snapshot.mask("release", name)
        if name in snapshot.slot_of:
            found |= 1 << snapshot.slot_of[name]
        if not found:
            raise _unheard_of("model", name, (f[1] for f in snapshot.masks if f[0] == "model"))
        passing |= found
    return [Check(passing, Reason.MODEL_NOT_REQUESTED)]


def _capability(snapshot: Snapshot, wanted: str | CapabilityFloor) -> Check:
    floor = CapabilityFloor(name=wanted) if isinstance(wanted, str) else wanted
    key = ("capability", floor.name, floor.min_level)
    known_key = ("capability", floor.name)
    if key not in snapshot.memo:
        levels = {f: snapshot.masks[f] for f in snapshot.groups.get(known_key, ())}
        if not levels:
            tags = {group[1] for group in snapshot.groups if group[0] == "capability"}
            raise _unheard_of("capability", floor.name, tags)
        snapshot.memo[known_key] = union(levels.values())
        snapshot.memo[key] = union(m for f, m in levels.items() if float(f[2]) >= floor.min_level)
    return Check(
        snapshot.memo[key],
        Reason.CAPABILITY_MISSING,
        floor.name,
        ~snapshot.memo[known_key],
        Reason.CAPABILITY_UNKNOWN,
    )


def _feature(snapshot: Snapshot, name: str, value: str, reason: Reason) -> Check:
    return Check(snapshot.mask(name, value), reason, value)


def _limit(
    snapshot: Snapshot, column: str, least: int | None, reason: Reason, unknown: Reason
) -> list[Check]:
    if least is None:
        return []
    passing = _above(snapshot, column, least)
    return [Check(passing, reason, str(least), _missing(snapshot, column), unknown)]


def _precision(snapshot: Snapshot, requirement: Requirement) -> list[Check]:
    precision = requirement.require.precision
    if precision is None:
        return []
    task = task_of(snapshot, requirement)
    floor = snapshot.floors.get(task)
    if floor is None:
        return [Check(0, Reason.PRECISION_UNKNOWN, task)]
    column = f"quality.{task}"
    passing = _above(snapshot, column, getattr(floor, precision))
    unknown = _missing(snapshot, column)
    return [Check(passing, Reason.PRECISION_TOO_LOW, task, unknown, Reason.PRECISION_UNKNOWN)]


def task_of(snapshot: Snapshot, requirement: Requirement) -> str:
    """The task whose scores speak for a step: its own where there are any."""
    step = requirement.step
    return step if step is not None and step in snapshot.floors else GENERAL


def _residency(snapshot: Snapshot, inputs: Inputs) -> list[Check]:
    """The tenant's own bound holds beside the request's: neither can widen the other."""
    tenant = snapshot.tenants.get(inputs.scope.tenant or "")
    bounds = [inputs.requirement.require.residency, tenant.residency if tenant else ()]
    return [_resides(snapshot, tuple(sorted(bound))) for bound in bounds if bound]


def _resides(snapshot: Snapshot, bound: tuple[str, ...]) -> Check:
    key = ("residency", bound)
    if key not in snapshot.memo:
        snapshot.memo[key] = union(
            snapshot.masks[feature]
            for feature in snapshot.groups.get(("residency",), ())
            if len(feature) > 1 and lies_within(feature[1:], bound)
        )
    unknown = snapshot.mask("residency")
    detail = ", ".join(bound)
    return Check(
        snapshot.memo[key], Reason.RESIDENCY_OUTSIDE, detail, unknown, Reason.RESIDENCY_UNKNOWN
    )


def _hosting(snapshot: Snapshot, wanted: tuple[HostingWanted, ...]) -> list[Check]:
    if not wanted:
        return []
    kinds = {str(kind) for kind in wanted}
    if HostingWanted.SELF_HOSTED in wanted:
        kinds |= {str(kind) for kind in SELF_HOSTED}
    passing = union(snapshot.mask("hosting", kind) for kind in kinds)
    return [Check(passing, Reason.HOSTING_DIFFERS, ", ".join(wanted))]


def _zone(snapshot: Snapshot, zone: str) -> Check:
    passing = snapshot.mask("zone", "*") | snapshot.mask("zone", zone)
    return Check(passing, Reason.ZONE_UNREACHABLE, zone)


def _quantization(snapshot: Snapshot, wanted: tuple[str, ...]) -> list[Check]:
    if not wanted:
        return []
    passing = union(snapshot.mask("quantization", kind) for kind in wanted)
    unknown = snapshot.mask("quantization", "")
    detail = ", ".join(wanted)
    return [
        Check(passing, Reason.QUANTIZATION_DIFFERS, detail, unknown, Reason.QUANTIZATION_UNKNOWN)
    ]


def _price(snapshot: Snapshot, requirement: Requirement) -> list[Check]:
    ceiling = requirement.require.max_price_per_mtok
    found = []
    for name in ("input", "output") if ceiling else ():
        most = getattr(ceiling, name)
        if most is not None:
            column = at_size(snapshot, name, requirement.estimate.input_tokens)
            passing = bits.to_mask(column <= float(most) * (1 + 1e-12))
            unknown = bits.to_mask(np.isnan(column))
            found.append(Check(passing, Reason.PRICE_TOO_HIGH, name, unknown, Reason.PRICE_UNKNOWN))
    return found


def _latency(snapshot: Snapshot, inputs: Inputs) -> list[Check]:
    most = inputs.requirement.require.max_latency_ms
    if most is None:
        return []
    known = {
        endpoint: health.latency_ms
        for endpoint, health in inputs.health.items()
        if health.latency_ms is not None and inputs.now < health.expires_at
    }
    passing = union(snapshot.mask("endpoint", e) for e, ms in known.items() if ms <= most)
    unknown = ~union(snapshot.mask("endpoint", e) for e in known)
    return [Check(passing, Reason.LATENCY_TOO_HIGH, f"{most} ms", unknown, Reason.LATENCY_UNKNOWN)]


def _healthy(snapshot: Snapshot, inputs: Inputs) -> Check:
    down = union(
        snapshot.mask("endpoint", endpoint)
        for endpoint, health in inputs.health.items()
        if health.state_at(inputs.now) is HealthState.UNHEALTHY
    )
    return Check(~down, Reason.UNHEALTHY)


def _overrides(snapshot: Snapshot, inputs: Inputs) -> list[Check]:
    """A tenant's denials add up; its allow-list is the union of its entries."""
    found = []
    allowed: list[int] = []
    for override in in_force(snapshot, inputs):
        aimed_at = target(snapshot, override)
        if override.kind is OverrideKind.DENY:
            found.append(Check(~aimed_at, Reason.DENIED, override.id))
        elif override.kind is OverrideKind.ALLOW_ONLY:
            allowed.append(aimed_at)
    if allowed:
        found.append(Check(union(allowed), Reason.NOT_ALLOWED))
    return found


def in_force(snapshot: Snapshot, inputs: Inputs) -> Iterable[Override]:
    """The tenant's overrides that have not expired."""
    for override in snapshot.overrides.get(inputs.scope.tenant or "", ()):
        if override.expires_at is None or inputs.now < override.expires_at:
            yield override


def target(snapshot: Snapshot, override: Override) -> int:
    """The slots an override points at."""
    if override.target_kind is TargetKind.PROVIDER:
        return snapshot.mask("provider", override.target) | snapshot.mask("maker", override.target)
    return snapshot.mask(override.target_kind, override.target)


def _above(snapshot: Snapshot, column: str, least: float) -> int:
    key = ("above", column, least)
    if key not in snapshot.memo:
        values = snapshot.columns.get(column)
        snapshot.memo[key] = 0 if values is None else bits.to_mask(values >= least)
    return snapshot.memo[key]


def _missing(snapshot: Snapshot, column: str) -> int:
    key = ("missing", column)
    if key not in snapshot.memo:
        values = snapshot.columns.get(column)
        snapshot.memo[key] = -1 if values is None else bits.to_mask(np.isnan(values))
    return snapshot.memo[key]


def union(masks: Iterable[int]) -> int:
    """The slots in any of the masks."""
    result = 0
    for mask in masks:
        result |= mask
    return result


def _unheard_of(what: str, name: str, known: Iterable[str]) -> InvalidRequest:
    near = difflib.get_close_matches(name, list(known), n=3)
    hint = f"did you mean {', '.join(near)}?" if near else f"`routeyard {what}s` lists them."
    return InvalidRequest(f"No {what} is called {name!r}: {hint}", field=what)
