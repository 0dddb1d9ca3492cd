"""From a snapshot and inputs to an answer: visible, eligible, scored, picked."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
from typing import NamedTuple

import numpy as np

from routeyard.domain import bits
from routeyard.domain.catalog import SELF_HOSTED, Mode, Price
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.health import HealthState
from routeyard.domain.resolution import (
    GENERAL,
    Candidate,
    CapabilityFloor,
    HostingWanted,
    Inputs,
    Objective,
    Reason,
    Rejection,
    Requirement,
    Resolution,
    ScoreParts,
)
from routeyard.domain.snapshot import ALIVE, MAX_TIERS, Column, Snapshot
from routeyard.domain.tenancy import Override, OverrideKind, TargetKind
from routeyard.domain.territories import lies_within

FALLBACKS = 3
PREFERENCE_BONUS = 0.1
YARDSTICK_INPUT, YARDSTICK_OUTPUT, YARDSTICK_LATENCY_MS = 1.0, 4.0, 2_000.0
WEIGHTS = {
    Objective.BALANCED: (0.3, 0.5, 0.2),
    Objective.COST: (0.8, 0.15, 0.05),
    Objective.QUALITY: (0.1, 0.85, 0.05),
    Objective.LATENCY: (0.1, 0.2, 0.7),
}
_MTOK = Decimal(1_000_000)


class Check(NamedTuple):
    """A constraint: who passes, and why the others do not. `unknown`: those of whom nothing is
    known to decide by."""

    passing: int
    reason: Reason
    detail: str = ""
    unknown: int = 0
    unknown_reason: Reason | None = None


def resolve(snapshot: Snapshot, inputs: Inputs) -> Resolution:
    """Which model, release and endpoint, for this request; pure.

    Raises:
        InvalidRequest: the request names a capability or a model that nobody has heard of.
    """
    visible = _visible(snapshot, inputs)
    checks = _checks(snapshot, inputs)
    eligible = visible
    for check in checks:
        eligible &= check.passing
    ranked = _rank(snapshot, inputs, eligible) if eligible else []
    return Resolution(
        epoch=snapshot.epoch,
        revision=snapshot.revision,
        chosen=ranked[0] if ranked else None,
        fallbacks=tuple(ranked[1:]),
        considered=visible.bit_count(),
        eligible=eligible.bit_count(),
        rejected_for=_counts(visible, checks),
        rejections=_rejections(snapshot, visible & ~eligible, checks)
        if inputs.requirement.explain
        else (),
    )


def _visible(snapshot: Snapshot, inputs: Inputs) -> int:
    """The platform's own endpoints and the tenant's; others' do not exist for this caller."""
    own = snapshot.mask("owner", inputs.scope.tenant) if inputs.scope.tenant else 0
    return snapshot.masks.get(ALIVE, 0) & (snapshot.mask("owner", "") | own)


def _checks(snapshot: Snapshot, inputs: Inputs) -> list[Check]:
    require = inputs.requirement.require
    checks = [
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
        checks.append(Check(snapshot.mask("enabled"), Reason.NOT_CALLABLE))
    return checks


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
        levels = {f: m for f, m in snapshot.masks.items() if f[:2] == known_key}
        if not levels:
            tags = {f[1] for f in snapshot.masks if f[0] == "capability"}
            raise _unheard_of("capability", floor.name, tags)
        snapshot.memo[known_key] = _union(levels.values())
        snapshot.memo[key] = _union(m for f, m in levels.items() if float(f[2]) >= floor.min_level)
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
    task = _task(snapshot, requirement)
    floor = snapshot.floors.get(task)
    if floor is None:
        return [Check(0, Reason.PRECISION_UNKNOWN, task)]
    column = f"quality.{task}"
    passing = _above(snapshot, column, getattr(floor, precision))
    unknown = _missing(snapshot, column)
    return [Check(passing, Reason.PRECISION_TOO_LOW, task, unknown, Reason.PRECISION_UNKNOWN)]


def _task(snapshot: Snapshot, requirement: Requirement) -> str:
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
        snapshot.memo[key] = _union(
            mask
            for feature, mask in snapshot.masks.items()
            if feature[0] == "residency" and len(feature) > 1 and lies_within(feature[1:], bound)
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
    passing = _union(snapshot.mask("hosting", kind) for kind in kinds)
    return [Check(passing, Reason.HOSTING_DIFFERS, ", ".join(wanted))]


def _zone(snapshot: Snapshot, zone: str) -> Check:
    passing = snapshot.mask("zone", "*") | snapshot.mask("zone", zone)
    return Check(passing, Reason.ZONE_UNREACHABLE, zone)


def _quantization(snapshot: Snapshot, wanted: tuple[str, ...]) -> list[Check]:
    if not wanted:
        return []
    passing = _union(snapshot.mask("quantization", kind) for kind in wanted)
    unknown = snapshot.mask("quantization", "")
    detail = ", ".join(wanted)
    return [
        Check(passing, Reason.QUANTIZATION_DIFFERS, detail, unknown, Reason.QUANTIZATION_UNKNOWN)
    ]


def _price(snapshot: Snapshot, requirement: Requirement) -> list[Check]:
    ceiling = requirement.require.max_price_per_mtok
    checks = []
    for name in ("input", "output") if ceiling else ():
        most = getattr(ceiling, name)
        if most is not None:
            column = _at_size(snapshot, name, requirement.estimate.input_tokens)
            passing = bits.to_mask(column <= float(most) * (1 + 1e-12))
            unknown = bits.to_mask(np.isnan(column))
            checks.append(
                Check(passing, Reason.PRICE_TOO_HIGH, name, unknown, Reason.PRICE_UNKNOWN)
            )
    return checks


def _latency(snapshot: Snapshot, inputs: Inputs) -> list[Check]:
    most = inputs.requirement.require.max_latency_ms
    if most is None:
        return []
    known = {
        endpoint: health.latency_ms
        for endpoint, health in inputs.health.items()
        if health.latency_ms is not None and inputs.now < health.expires_at
    }
    passing = _union(snapshot.mask("endpoint", e) for e, ms in known.items() if ms <= most)
    unknown = ~_union(snapshot.mask("endpoint", e) for e in known)
    return [Check(passing, Reason.LATENCY_TOO_HIGH, f"{most} ms", unknown, Reason.LATENCY_UNKNOWN)]


def _healthy(snapshot: Snapshot, inputs: Inputs) -> Check:
    down = _union(
        snapshot.mask("endpoint", endpoint)
        for endpoint, health in inputs.health.items()
        if health.state_at(inputs.now) is HealthState.UNHEALTHY
    )
    return Check(~down, Reason.UNHEALTHY)


def _overrides(snapshot: Snapshot, inputs: Inputs) -> list[Check]:
    """A tenant's denials add up; its allow-list is the union of its entries."""
    checks = []
    allowed: list[int] = []
    for override in _in_force(snapshot, inputs):
        target = _target(snapshot, override)
        if override.kind is OverrideKind.DENY:
            checks.append(Check(~target, Reason.DENIED, override.id))
        elif override.kind is OverrideKind.ALLOW_ONLY:
            allowed.append(target)
    if allowed:
        checks.append(Check(_union(allowed), Reason.NOT_ALLOWED))
    return checks


def _in_force(snapshot: Snapshot, inputs: Inputs) -> Iterable[Override]:
    for override in snapshot.overrides.get(inputs.scope.tenant or "", ()):
        if override.expires_at is None or inputs.now < override.expires_at:
            yield override


def _target(snapshot: Snapshot, override: Override) -> int:
    if override.target_kind is TargetKind.PROVIDER:
        return snapshot.mask("provider", override.target) | snapshot.mask("maker", override.target)
    return snapshot.mask(override.target_kind, override.target)


def _rank(snapshot: Snapshot, inputs: Inputs, eligible: int) -> list[Candidate]:
    """The best, then the best of what is left at other endpoints."""
    indexes = np.flatnonzero(bits.to_flags(eligible, snapshot.size))
    parts = _score(snapshot, inputs, indexes)
    order = np.lexsort((-parts["total"] - parts["tie"], parts["standing"]))
    chosen: list[Candidate] = []
    endpoints: set[str] = set()
    for place in order:
        slot = snapshot.slots[int(indexes[place])]
        if slot is None or slot.endpoint.id in endpoints:
            continue
        endpoints.add(slot.endpoint.id)
        chosen.append(_candidate(snapshot, inputs, int(indexes[place]), parts, int(place)))
        if len(chosen) > FALLBACKS:
            break
    return chosen


def _score(snapshot: Snapshot, inputs: Inputs, indexes: np.ndarray) -> dict[str, Column]:  # type: ignore[type-arg]
    """Every survivor's score. A part depends on its candidate alone, so adding a candidate
    never changes how two others compare; what is unknown scores nothing."""
    requirement = inputs.requirement
    tokens, out = requirement.estimate.input_tokens, requirement.estimate.output_tokens
    paid = (
        _at_size(snapshot, "input", tokens)[indexes] * tokens
        + _at_size(snapshot, "output", tokens)[indexes] * out
    )
    yardstick = max(YARDSTICK_INPUT * tokens + YARDSTICK_OUTPUT * out, 1.0)
    cost = np.nan_to_num(1.0 / (1.0 + paid / yardstick))
    scores = snapshot.columns.get(f"quality.{_task(snapshot, requirement)}")
    quality = np.zeros(len(indexes)) if scores is None else np.nan_to_num(scores[indexes])
    latency, standing = _health_columns(snapshot, inputs, indexes)
    preference = _preference(snapshot, inputs)[indexes]
    w_cost, w_quality, w_latency = WEIGHTS[requirement.objective]
    return {
        "cost": cost,
        "quality": quality,
        "latency": latency,
        "preference": preference,
        "total": w_cost * cost + w_quality * quality + w_latency * latency + preference,
        "tie": snapshot.columns["tie"][indexes],
        "standing": standing,
    }


def _health_columns(
    snapshot: Snapshot,
    inputs: Inputs,
    indexes: np.ndarray,  # type: ignore[type-arg]
) -> tuple[Column, Column]:
    """Latency's share, and the rank by health: degraded after healthy, expired last."""
    latency, standing = np.full(snapshot.size, 0.5), np.zeros(snapshot.size)
    ranks = {HealthState.DEGRADED: 1.0, HealthState.UNKNOWN: 2.0}
    for endpoint, health in inputs.health.items():
        flags = bits.to_flags(snapshot.mask("endpoint", endpoint), snapshot.size)
        standing[flags] = ranks.get(health.state_at(inputs.now), 0.0)
        if health.latency_ms is not None and inputs.now < health.expires_at:
            latency[flags] = 1.0 / (1.0 + health.latency_ms / YARDSTICK_LATENCY_MS)
    return latency[indexes], standing[indexes]


def _preference(snapshot: Snapshot, inputs: Inputs) -> Column:
    bonus = np.zeros(snapshot.size)
    for override in _in_force(snapshot, inputs):
        if override.kind is OverrideKind.PREFER:
            bonus[bits.to_flags(_target(snapshot, override), snapshot.size)] = PREFERENCE_BONUS
    return bonus


def _at_size(snapshot: Snapshot, name: str, input_tokens: int) -> Column:
    """A price column as it holds for prompts of that length."""
    column = snapshot.columns[name]
    for number in range(MAX_TIERS):
        above = snapshot.columns.get(f"tier{number}.above")
        if above is None:
            break
        column = np.where(input_tokens > above, snapshot.columns[f"tier{number}.{name}"], column)
    return column


def _candidate(
    snapshot: Snapshot, inputs: Inputs, index: int, parts: dict[str, Column], place: int
) -> Candidate:
    slot = snapshot.slots[index]
    assert slot is not None  # noqa: S101 - an eligible slot is a live one
    offering, _, endpoint, _, _ = slot
    names = ("cost", "quality", "latency", "preference", "total")
    return Candidate(
        offering=offering.id,
        model=offering.model,
        release=offering.release,
        endpoint=endpoint.id,
        native_id=offering.native_id,
        provider=endpoint.provider,
        hosting=endpoint.hosting,
        dialect=endpoint.dialect,
        residency=endpoint.residency,
        url=endpoint.url,
        price=offering.price,
        cost_estimate=cost_estimate(offering.price, inputs.requirement),
        score=ScoreParts(**{name: round(float(parts[name][place]), 6) for name in names}),
    )


def cost_estimate(price: Price | None, requirement: Requirement) -> Decimal | None:
    """What the call would cost in US dollars, exactly; None when a price is unknown."""
    if price is None:
        return None
    estimate = requirement.estimate
    input_price, output_price = price.input, price.output
    for tier in price.tiers:
        if estimate.input_tokens > tier.above_input_tokens:
            input_price = tier.input if tier.input is not None else input_price
            output_price = tier.output if tier.output is not None else output_price
    if input_price is None or output_price is None:
        return None
    tokens = input_price * estimate.input_tokens + output_price * estimate.output_tokens
    return tokens / _MTOK + (price.per_request or Decimal(0))


def _counts(visible: int, checks: list[Check]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for check in checks:
        failing = visible & ~check.passing
        if not failing:
            continue
        unknown = failing & check.unknown if check.unknown_reason else 0
        for reason, mask in ((check.reason, failing & ~unknown), (check.unknown_reason, unknown)):
            if mask and reason is not None:
                counts[reason] = counts.get(reason, 0) + mask.bit_count()
    return counts


def _rejections(snapshot: Snapshot, rejected: int, checks: list[Check]) -> tuple[Rejection, ...]:
    """Every candidate that was left out, with all its reasons, by offering."""
    size = snapshot.size
    table = [
        (
            check,
            bits.to_flags(rejected & ~check.passing, size),
            bits.to_flags(rejected & check.unknown, size),
        )
        for check in checks
        if rejected & ~check.passing
    ]
    found = []
    for index in np.flatnonzero(bits.to_flags(rejected, size)):
        slot = snapshot.slots[int(index)]
        if slot is not None:
            reasons = tuple(
                _reason(check, bool(unknown[index]))
                for check, failing, unknown in table
                if failing[index]
            )
            found.append(
                Rejection(
                    offering=slot.offering.id,
                    model=slot.model.id,
                    endpoint=slot.endpoint.id,
                    reasons=reasons,
                )
            )
    return tuple(sorted(found, key=lambda rejection: rejection.offering))


def _reason(check: Check, is_unknown: bool) -> str:  # noqa: FBT001 - read off a column
    code = check.unknown_reason if is_unknown and check.unknown_reason else check.reason
    return f"{code}: {check.detail}" if check.detail else str(code)


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


def _union(masks: Iterable[int]) -> int:
    result = 0
    for mask in masks:
        result |= mask
    return result


def _unheard_of(what: str, name: str, known: Iterable[str]) -> InvalidRequest:
    near = difflib.get_close_matches(name, list(known), n=3)
    hint = f"did you mean {', '.join(near)}?" if near else f"`routeyard {what}s` lists them."
    return InvalidRequest(f"No {what} is called {name!r}: {hint}", field=what)
