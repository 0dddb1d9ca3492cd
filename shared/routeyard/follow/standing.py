"""How a follower stands: what it holds, and how long ago the registry was heard."""

from __future__ import annotations

from enum import StrEnum

from routeyard.domain.value import Value

STALE_AFTER_S = 3.0


class Phase(StrEnum):
    """Where a follower is in its life."""

    COLD = "COLD"
    READY = "READY"
    STALE = "STALE"


class Standing(Value, frozen=True):
    """A follower's standing.

    `age_s`: seconds since the registry's last sign of life, None before the first.
    """

    phase: Phase
    epoch: str
    revision: int
    checksum: str
    age_s: float | None


def phase_of(*, has_graph: bool, age_s: float | None) -> Phase:
    """COLD without a graph, STALE when the registry was silent for three seconds."""
    if not has_graph:
        return Phase.COLD
    return Phase.READY if age_s is not None and age_s < STALE_AFTER_S else Phase.STALE
