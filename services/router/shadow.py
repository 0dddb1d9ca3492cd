"""Shadow policies at work: a share of the answered requests is resolved again, and compared."""

from __future__ import annotations

import logging
from collections import deque
from datetime import datetime
from typing import Any

from msgspec import structs

from routeyard.domain.replay import Shift
from routeyard.domain.resolution import Because, Requirement, Resolution, RuleTold, Step
from routeyard.domain.shadowing import Answered, beside, concerning, reasons
from routeyard.domain.value import Value
from services.router.metrics import RouterMetrics

log = logging.getLogger(__name__)
FAILED = "failed"
# Counted where it failed before the version was known.
UNKNOWN = "unknown"
MOST_SAMPLES = 100
MOST_VERSIONS = 1_000
_WHOLE = 1 << 64
# Multiples of the golden ratio: any share falls evenly, also on what comes in turns.
_STEP = 0x9E3779B97F4A7C15


class Side(Value, frozen=True):
    """An answer in short; nothing but the reasons where nobody is eligible."""

    policies: tuple[str, ...]
    eligible: int
    offering: str | None = None
    model: str | None = None
    release: str | None = None
    endpoint: str | None = None
    because: Because | None = None
    fallbacks: tuple[str, ...] = ()
    first_attempt_ms: int | None = None
    rejected_for: dict[str, int] = {}

    @classmethod
    def of(cls, answer: Resolution) -> Side:
        """What of an answer is kept."""
        chosen = answer.chosen
        short = cls(policies=answer.policies, eligible=answer.eligible)
        if chosen is None:
            return structs.replace(short, rejected_for=answer.rejected_for)
        return structs.replace(
            short,
            offering=chosen.offering,
            model=chosen.model,
            release=chosen.release,
            endpoint=chosen.endpoint,
            because=chosen.because,
            fallbacks=tuple(each.offering for each in answer.fallbacks),
            first_attempt_ms=answer.first_attempt_ms,
        )


class Sample(Value, frozen=True):
    """A request that would be answered otherwise.

    `shadows`: the versions that come into it. `because`: what the rules did in which both differ.
    """

    at: datetime
    revision: int
    shadows: tuple[str, ...]
    outcome: Shift
    tenant: str | None
    step: Step | None
    requirement: Requirement
    before: Side
    after: Side
    because: tuple[RuleTold, ...]

    @classmethod
    def of(
        cls, answered: Answered, shadows: tuple[str, ...], after: Resolution, shift: Shift
    ) -> Sample:
        """What of a difference is kept: not what a caller's users are called by."""
        wanted = answered.inputs.requirement
        return cls(
            at=answered.inputs.now,
            revision=answered.snapshot.revision,
            shadows=shadows,
            outcome=shift,
            tenant=answered.inputs.scope.tenant,
            step=wanted.step,
            requirement=structs.replace(wanted, sticky_key=None, tenant=None, step=None),
            before=Side.of(answered.resolution),
            after=Side.of(after),
            because=reasons(answered, after),
        )


class Shadow:
    """Evaluates, counts by version and outcome, and keeps the last differences.

    `share`: of the requests answered while there is a shadow, those that are resolved again.
    """

    def __init__(self, share: float, metrics: RouterMetrics) -> None:
        self._share = share
        self._below = round(share * _WHOLE)
        self._metrics = metrics
        self._seen = 0
        self._counts: dict[str, dict[str, int]] = {}
        self._samples: deque[Sample] = deque(maxlen=MOST_SAMPLES)

    def is_due(self, answered: Answered) -> bool:
        """Whether this request is one of the share; every call counts as one."""
        if answered.snapshot.shadow is None:
            return False
        place = self._seen * _STEP % _WHOLE
        self._seen += 1
        return place < self._below

    async def evaluate(self, answered: Answered) -> None:
        """Resolve it again and compare; whatever goes wrong is counted, never raised.

        On the event loop, as answers are: what snapshots remember is not for several threads.
        """
        shadows: tuple[str, ...] = ()
        try:
            shadows = concerning(answered)
            found = beside(answered) if shadows else None
            if found is None:
                return
            if found.shift is not Shift.SAME:
                self._samples.append(Sample.of(answered, shadows, found.after, found.shift))
            self._count(shadows, found.shift)
        except Exception:
            if 1 in self._count(shadows or (UNKNOWN,), FAILED):
                log.exception("shadow policies cannot be evaluated (told once a version)")

    def told(self) -> dict[str, Any]:
        """What was counted, by version, and the samples, newest first."""
        return {
            "share": self._share,
            "versions": [
                {"policy": version, "outcomes": dict(counts)}
                for version, counts in self._counts.items()
            ],
            "samples": list(reversed(self._samples)),
        }

    def _count(self, versions: tuple[str, ...], outcome: str) -> list[int]:
        """Count for each version; how many there are now of each."""
        found = []
        for version in versions:
            self._metrics.shadow_resolutions.labels(version, outcome).inc()
            counts = self._counts.setdefault(version, {})
            counts[outcome] = counts.get(outcome, 0) + 1
            found.append(counts[outcome])
        self._forget()
        return found

    def _forget(self) -> None:
        """Versions come and go: the oldest counts go where there are too many."""
        while len(self._counts) > MOST_VERSIONS:
            version = next(iter(self._counts))
            for outcome in self._counts.pop(version):
                self._metrics.shadow_resolutions.remove(version, outcome)
