"""From a snapshot and inputs to an answer: visible, eligible, ranked, with every reason."""

from __future__ import annotations

import numpy as np

from routeyard.domain import bits
from routeyard.domain.constraints import Check, checks, visible
from routeyard.domain.ranking import rank
from routeyard.domain.resolution import Inputs, Rejection, Resolution
from routeyard.domain.rulings import ruling
from routeyard.domain.snapshot import Snapshot


def resolve(snapshot: Snapshot, inputs: Inputs) -> Resolution:
    """Which model, release and endpoint, for this request; pure.

    Raises:
        InvalidRequest: the request names a tenant, a capability or a model that is not there.
    """
    rules = ruling(snapshot, inputs)
    seen = visible(snapshot, inputs)
    constraints = checks(snapshot, inputs, rules, seen)
    eligible = seen
    for check in constraints:
        eligible &= check.passing
    ranked = rank(snapshot, inputs, rules, eligible) if eligible else []
    return Resolution(
        epoch=snapshot.epoch,
        revision=snapshot.revision,
        chosen=ranked[0] if ranked else None,
        fallbacks=tuple(ranked[1:]),
        considered=seen.bit_count(),
        eligible=eligible.bit_count(),
        rejected_for=_counts(seen, constraints),
        rejections=_rejections(snapshot, seen & ~eligible, constraints)
        if inputs.requirement.explain
        else (),
    )


def _counts(seen: int, constraints: list[Check]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for check in constraints:
        failing = seen & ~check.passing
        if not failing:
            continue
        unknown = failing & check.unknown if check.unknown_reason else 0
        for reason, mask in ((check.reason, failing & ~unknown), (check.unknown_reason, unknown)):
            if mask and reason is not None:
                counts[reason] = counts.get(reason, 0) + mask.bit_count()
    return counts


def _rejections(
    snapshot: Snapshot, rejected: int, constraints: list[Check]
) -> tuple[Rejection, ...]:
    """Every candidate that was left out, with all its reasons, by offering."""
    size = snapshot.size
    table = [
        (
            check,
            bits.to_flags(rejected & ~check.passing, size),
            bits.to_flags(rejected & check.unknown, size),
        )
        for check in constraints
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
