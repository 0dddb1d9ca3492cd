"""Why: what was left out for which reasons, and what rules and overrides did."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import msgspec
import numpy as np

from routeyard.domain import bits
from routeyard.domain.constraints import Check
from routeyard.domain.policies.book import ReadyRule, applies
from routeyard.domain.policies.policy import Preference
from routeyard.domain.resolution import (
    Inputs,
    Outcome,
    OverrideTold,
    Rejection,
    Require,
    RuleTold,
)
from routeyard.domain.rulings import weight_of
from routeyard.domain.scopes import Said, explained
from routeyard.domain.snapshot import Snapshot


def counts(seen: int, checks: Iterable[Check]) -> dict[str, int]:
    """How many candidates each constraint leaves out; one may fail several."""
    failing: dict[str, int] = {}
    for check in checks:
        missed = seen & ~check.passing
        unknown = missed & check.unknown if check.unknown_reason else 0
        for reason, mask in ((check.reason, missed & ~unknown), (check.unknown_reason, unknown)):
            if mask and reason is not None:
                failing[reason] = failing.get(reason, 0) | mask
    return {reason: mask.bit_count() for reason, mask in failing.items()}


def rejections(snapshot: Snapshot, rejected: int, checks: Iterable[Check]) -> tuple[Rejection, ...]:
    """Every candidate that was left out, with all its reasons, by offering."""
    size = snapshot.size
    table = [
        (
            check,
            bits.to_flags(rejected & ~check.passing, size),
            bits.to_flags(rejected & check.unknown & ((1 << size) - 1), size),
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
    more = ", ".join(each for each in (check.detail, check.said_by) if each)
    return f"{code}: {more}" if more else str(code)


def rules(decided: Iterable[tuple[ReadyRule, Outcome]]) -> tuple[RuleTold, ...]:
    """What the policies' rules did."""
    return tuple(
        RuleTold(
            policy=ready.policy,
            rule=ready.rule.name,
            outcome=outcome,
            did=effect(ready) if applies(outcome) else "",
        )
        for ready, outcome in decided
    )


def effect(ready: ReadyRule) -> str:
    """What a rule does, in a few words."""
    rule, said = ready.rule, []
    if rule.require is not None:
        said.append("requires " + _given(rule.require, {"mode"}))
    if rule.deny:
        said.append("denies " + ", ".join(f"{aim.kind} {aim.id}" for aim in rule.deny))
    if rule.prefer is not None:
        fitting = _given(rule.prefer, {"weight", "min_level"})
        said.append(f"prefers {fitting}, weight {rule.prefer.weight:g}")
    if rule.fallback:
        said.append("falls back to " + ", ".join(rule.fallback))
    return "; ".join(said)


def _given(value: Require | Preference, but: set[str]) -> str:
    """The fields that are given, with what they are."""
    told = msgspec.to_builtins(value)
    return ", ".join(f"{n} {_plain(v)}" for n, v in told.items() if n not in but)


def _plain(value: Any) -> str:
    if isinstance(value, list | tuple):
        return " ".join(map(_plain, value))
    if isinstance(value, dict):
        return " ".join(_plain(each) for each in value.values())
    return "yes" if value is True else str(value)


def overrides(snapshot: Snapshot, inputs: Inputs) -> tuple[OverrideTold, ...]:
    """What became of everything that is said for the caller's scope."""
    unit = inputs.requirement.sticky_key or ""
    told = explained(snapshot.tenancy, inputs.scope, inputs.now, unit).verdicts
    return tuple(
        OverrideTold(
            origin=each.said.origin,
            level=each.said.level.name.lower(),
            kind=_kind(each.said),
            outcome=each.outcome,
            because=each.because,
        )
        for each in told
    )


def _kind(said: Said) -> str:
    if said.kind is None:
        return "residency " + ", ".join(said.residency)
    if said.limit is not None:
        return f"limit {said.limit} {said.value}"
    aims = ", ".join(f"{aim.kind} {aim.id}" for aim in said.aims)
    weight = f" x{weight_of(said):g}" if said.override and said.override.weight else ""
    return f"{said.kind} {aims}{weight}".strip()
