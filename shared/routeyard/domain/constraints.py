"""Hard constraints: who may be seen, and who satisfies what."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal
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
    Require,
    Requirement,
)
from routeyard.domain.rulings import ceilings, pinned, requested, requires, targets
from routeyard.domain.scopes import Effective
from routeyard.domain.snapshot import ALIVE, Snapshot
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


def checks(snapshot: Snapshot, inputs: Inputs, rules: Effective, seen: int) -> list[Check]:
    """Every constraint on this request, by the rules of its scope, over the slots it sees.

    Raises:
        InvalidRequest: it names a capability or a model that is none of what the caller sees.
    """
    wanted, *profile = requires(inputs, rules)
    mode = profile[0].mode if profile else wanted.mode
    return [
        _mode(snapshot, mode),
        _not_retired(snapshot, inputs.now),
        *_requested(snapshot, requested(inputs, rules), seen),
        _zone(snapshot, inputs.zone),
        _healthy(snapshot, inputs),
        *(_resides(snapshot, said.residency) for said in rules.residency),
        *_ruled(snapshot, rules, inputs.requirement),
        *(c for each in (wanted, *profile) for c in _required(snapshot, inputs, each, seen)),
    ]


def _required(snapshot: Snapshot, inputs: Inputs, require: Require, seen: int) -> list[Check]:
    """What a requirement asks of candidates."""
    languages = ("language", require.languages, Reason.LANGUAGE_UNKNOWN)
    taken = ("in", require.modalities_in, Reason.MODALITY_MISSING)
    given = ("out", require.modalities_out, Reason.MODALITY_MISSING)
    context = ("context", require.min_context, Reason.CONTEXT_TOO_SMALL, Reason.CONTEXT_UNKNOWN)
    output = ("max_output", require.min_output, Reason.OUTPUT_TOO_SMALL, Reason.OUTPUT_UNKNOWN)
    found = [
        *(_capability(snapshot, wanted, seen) for wanted in require.capabilities),
        *(
            _feature(snapshot, name, value, reason)
            for name, values, reason in (languages, taken, given)
            for value in values
        ),
        *(check for limit in (context, output) for check in _limit(snapshot, *limit)),
        *_precision(snapshot, require, inputs.requirement),
        *([_resides(snapshot, require.residency)] if require.residency else ()),
        *_hosting(snapshot, require.hosting),
        *_quantization(snapshot, require.quantizations),
        *_price(snapshot, require, inputs.requirement),
        *_latency(snapshot, require, inputs),
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


def _requested(snapshot: Snapshot, models: tuple[str, ...], seen: int) -> list[Check]:
    if not models:
        return []
    passing = 0
    for name in models:
        found = snapshot.mask("model", name) | snapshot.mask("release", name)
        if name in snapshot.slot_of:
            found |= 1 << snapshot.slot_of[name]
        if not found & seen:
            # Neither refusal nor hint may tell that others have such a model.
            known = (f[1] for f, mask in snapshot.masks.items() if f[0] == "model" and mask & seen)
            raise _unheard_of("model", name, known)
        passing |= found
    return [Check(passing, Reason.MODEL_NOT_REQUESTED)]


def _capability(snapshot: Snapshot, wanted: str | CapabilityFloor, seen: int) -> Check:
    floor = CapabilityFloor(name=wanted) if isinstance(wanted, str) else wanted
    key = ("capability", floor.name, floor.min_level)
    known_key = ("capability", floor.name)
    if key not in snapshot.memo:
        levels = {f: snapshot.masks[f] for f in snapshot.groups.get(known_key, ())}
        snapshot.memo[known_key] = bits.union(levels.values())
        snapshot.memo[key] = bits.union(
            m for f, m in levels.items() if float(f[2]) >= floor.min_level
        )
    if not snapshot.memo[known_key] & seen:
        # As with models: what others' own can do is not told.
        known = {f[1] for f, mask in snapshot.masks.items() if f[0] == "capability" and mask & seen}
        raise _unheard_of("capability", floor.name, known)
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


def _precision(snapshot: Snapshot, require: Require, requirement: Requirement) -> list[Check]:
    if require.precision is None:
        return []
    task = task_of(snapshot, requirement)
    floor = snapshot.floors.get(task)
    if floor is None:
        return [Check(0, Reason.PRECISION_UNKNOWN, task)]
    column = f"quality.{task}"
    passing = _above(snapshot, column, getattr(floor, require.precision))
    unknown = _missing(snapshot, column)
    return [Check(passing, Reason.PRECISION_TOO_LOW, task, unknown, Reason.PRECISION_UNKNOWN)]


def task_of(snapshot: Snapshot, requirement: Requirement) -> str:
    """The task whose scores speak for a step: its own where there are any."""
    step = requirement.step
    return step if step is not None and step in snapshot.floors else GENERAL


def _resides(snapshot: Snapshot, places: tuple[str, ...]) -> Check:
    bound = tuple(sorted(places))
    key = ("residency", bound)
    if key not in snapshot.memo:
        snapshot.memo[key] = bits.union(
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
    passing = bits.union(snapshot.mask("hosting", kind) for kind in kinds)
    return [Check(passing, Reason.HOSTING_DIFFERS, ", ".join(wanted))]


def _zone(snapshot: Snapshot, zone: str) -> Check:
    passing = snapshot.mask("zone", "*") | snapshot.mask("zone", zone)
    return Check(passing, Reason.ZONE_UNREACHABLE, zone)


def _quantization(snapshot: Snapshot, wanted: tuple[str, ...]) -> list[Check]:
    if not wanted:
        return []
    passing = bits.union(snapshot.mask("quantization", kind) for kind in wanted)
    unknown = snapshot.mask("quantization", "")
    detail = ", ".join(wanted)
    return [
        Check(passing, Reason.QUANTIZATION_DIFFERS, detail, unknown, Reason.QUANTIZATION_UNKNOWN)
    ]


def _price(snapshot: Snapshot, require: Require, requirement: Requirement) -> list[Check]:
    ceiling = require.max_price_per_mtok
    given = {} if ceiling is None else {"input": ceiling.input, "output": ceiling.output}
    return [
        _at_most(snapshot, requirement, name, most, name)
        for name, most in given.items()
        if most is not None
    ]


def _at_most(
    snapshot: Snapshot, requirement: Requirement, name: str, most: Decimal, detail: str
) -> Check:
    column = at_size(snapshot, name, requirement.estimate.input_tokens)
    passing = bits.to_mask(column <= float(most) * (1 + 1e-12))
    unknown = bits.to_mask(np.isnan(column))
    return Check(passing, Reason.PRICE_TOO_HIGH, detail, unknown, Reason.PRICE_UNKNOWN)


def _latency(snapshot: Snapshot, require: Require, inputs: Inputs) -> list[Check]:
    most = require.max_latency_ms
    if most is None:
        return []
    known = {
        endpoint: health.latency_ms
        for endpoint, health in inputs.health.items()
        if health.latency_ms is not None and inputs.now < health.expires_at
    }
    passing = bits.union(snapshot.mask("endpoint", e) for e, ms in known.items() if ms <= most)
    unknown = ~bits.union(snapshot.mask("endpoint", e) for e in known)
    return [Check(passing, Reason.LATENCY_TOO_HIGH, f"{most} ms", unknown, Reason.LATENCY_UNKNOWN)]


def _healthy(snapshot: Snapshot, inputs: Inputs) -> Check:
    down = bits.union(
        snapshot.mask("endpoint", endpoint)
        for endpoint, health in inputs.health.items()
        if health.state_at(inputs.now) is HealthState.UNHEALTHY
    )
    return Check(~down, Reason.UNHEALTHY)


def _ruled(snapshot: Snapshot, rules: Effective, requirement: Requirement) -> list[Check]:
    """Lists that must all be met, denials and pins that add up, and the lowest price limits."""
    found = [Check(targets(snapshot, group), Reason.NOT_ALLOWED) for group in rules.allowed]
    found += [
        Check(~targets(snapshot, [said]), Reason.DENIED, said.origin) for said in rules.denied
    ]
    found += [
        Check(pinned(snapshot, said), Reason.PINNED_ELSEWHERE, said.origin) for said in rules.pinned
    ]
    for name, most, origin in ceilings(rules):
        found.append(_at_most(snapshot, requirement, name, most, f"{name}, {origin}"))
    return found


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


def _unheard_of(what: str, name: str, known: Iterable[str]) -> InvalidRequest:
    near = difflib.get_close_matches(name, list(known), n=3)
    hint = f"did you mean {', '.join(near)}?" if near else f"`routeyard {what}s` lists them."
    return InvalidRequest(f"No {what} is called {name!r}: {hint}", field=what)
