"""The one engine of diffs, shadows and what-ifs: the same requests over two snapshots."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from routeyard.domain.errors import InvalidRequest
from routeyard.domain.resolution import Inputs, Resolution
from routeyard.domain.resolver import resolve
from routeyard.domain.snapshot import Snapshot


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
    if one._replace(eligible=0) != other._replace(eligible=0):
        yield Move(case, one, other)
