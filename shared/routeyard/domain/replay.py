"""The one engine of diffs, shadows and what-ifs: the same requests over two snapshots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import StrEnum
from typing import NamedTuple

from routeyard.domain.errors import InvalidRequest
from routeyard.domain.resolution import Inputs, Resolution
from routeyard.domain.resolver import resolve
from routeyard.domain.snapshot import Snapshot


class Shift(StrEnum):
    """Where a request goes instead; another release of a model counts as another model."""

    SAME = "same"
    OTHER_FALLBACKS = "other_fallbacks"
    OTHER_ENDPOINT = "other_endpoint"
    OTHER_MODEL = "other_model"
    NOW_NOBODY = "now_nobody"
    NOW_SOMEBODY = "now_somebody"


class Case(NamedTuple):
    """A request, and what it is called where its answer is told."""

    name: str
    inputs: Inputs


class Answer(NamedTuple):
    """What came of a request: offerings in the order they would be tried, none where refused.

    `refused`: the sentence with which the request itself was refused.
    """

    chosen: str | None
    fallbacks: tuple[str, ...]
    first_attempt_ms: int | None
    eligible: int
    refused: str = ""

    @property
    def chain(self) -> tuple[str, ...]:
        """All that would be tried."""
        return () if self.chosen is None else (self.chosen, *self.fallbacks)


class Move(NamedTuple):
    """A request that is answered otherwise."""

    case: Case
    before: Answer
    after: Answer

    @property
    def is_elsewhere(self) -> bool:
        """Whether it goes to somebody else at once, not just in what comes after."""
        return self.before.chosen != self.after.chosen


class Comparison(NamedTuple):
    """How many requests were compared, and those that are answered otherwise."""

    cases: int
    moves: tuple[Move, ...]


def answer(snapshot: Snapshot, inputs: Inputs) -> Answer:
    """What comes of a request; a refused one is an answer like any other."""
    try:
        return told(resolve(snapshot, inputs))
    except InvalidRequest as fault:
        return Answer(None, (), None, 0, fault.message)


def told(resolution: Resolution) -> Answer:
    """What of a resolution is compared."""
    chosen = resolution.chosen
    return Answer(
        chosen=None if chosen is None else chosen.offering,
        fallbacks=tuple([each.offering for each in resolution.fallbacks]),
        first_attempt_ms=resolution.first_attempt_ms,
        eligible=resolution.eligible,
    )


def shift(before: Resolution, after: Resolution) -> Shift:
    """Where a request goes instead of where it went; what follows counts where the first stays."""
    one, other = before.chosen, after.chosen
    if one is None or other is None:
        if one is other:
            return Shift.SAME
        return Shift.NOW_SOMEBODY if one is None else Shift.NOW_NOBODY
    if (one.model, one.release) != (other.model, other.release):
        return Shift.OTHER_MODEL
    if one.offering != other.offering:
        return Shift.OTHER_ENDPOINT
    return Shift.SAME if _is_same(told(before), told(after)) else Shift.OTHER_FALLBACKS


def compare(before: Snapshot, after: Snapshot, cases: Iterable[Case]) -> Comparison:
    """The same requests over both, and what is not the same."""
    counted = 0
    moves: list[Move] = []
    for case in cases:
        counted += 1
        moves += _move(case, before, after)
    return Comparison(counted, tuple(moves))


def _move(case: Case, before: Snapshot, after: Snapshot) -> Iterator[Move]:
    one, other = answer(before, case.inputs), answer(after, case.inputs)
    if not _is_same(one, other):
        yield Move(case, one, other)


def _is_same(one: Answer, other: Answer) -> bool:
    """Whether the same is tried in the same order, however many there were to choose from."""
    return one._replace(eligible=0) == other._replace(eligible=0)
