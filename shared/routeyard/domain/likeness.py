"""How well one model can stand in for another."""

from __future__ import annotations

from routeyard.domain.catalog import Model
from routeyard.domain.value import Value

TASK = "general"
UNKNOWN = 0.5
# Of what a caller relies on, what the other one cannot do at all weighs most.
CAPABILITIES, QUALITY, CONTEXT = 0.5, 0.3, 0.2


class Likeness(Value, frozen=True):
    """How like another model is, 0..1, and where it falls short.

    `missing`: capabilities of the first that the other lacks or is not known to have. `quality`:
    the other's score above the first's on `general`; `context`: its window against the first's.
    """

    score: float
    missing: tuple[str, ...]
    quality: float | None
    context: float | None


def likeness(model: Model, other: Model) -> Likeness:
    """What `other` is as a stand-in for `model`. What is not known counts half."""
    held = {tag for tag, level in model.capabilities.items() if level > 0}
    missing = tuple(sorted(tag for tag in held if other.capabilities.get(tag, 0) <= 0))
    quality, context = _quality(model, other), _context(model, other)
    score = (
        CAPABILITIES * (1 - len(missing) / len(held) if held else 1)
        + QUALITY * (UNKNOWN if quality is None else 1 - min(abs(quality), 1))
        + CONTEXT * (UNKNOWN if context is None else min(context, 1))
    )
    return Likeness(score, missing, quality, context)


def _quality(model: Model, other: Model) -> float | None:
    if TASK not in model.quality or TASK not in other.quality:
        return None
    return other.quality[TASK] - model.quality[TASK]


def _context(model: Model, other: Model) -> float | None:
    if not model.context or not other.context:
        return None
    return other.context / model.context
