"""Putting unlike tests on one scale, by the models that took several of them.

Linear equating on common models: results, measured in equal steps (log-odds, rating points), are
moved and stretched so that the models a board shares with another have the mean and the standard
deviation there that they have here. Unlike a regression this has no direction: it does not pull
the results of a noisy test together. One test is the anchor and stays as it is.

Each round does it twice: every test against the other boards; then every board as a whole, the
mean of its tests, because a mean varies less than the tests it is made of.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from statistics import fmean, median, pstdev
from typing import NamedTuple

# After thirty rounds no line moves by more than a billionth.
ROUNDS = 30
# A line through fewer common models is not drawn.
FEWEST = 8
# What is believed of a test's error before it is seen, the middle error of all tests, weighs as
# much as so many models: fifteen alike models agree by chance.
BELIEVED_MODELS = 10

# By model, by test (`board/category` or `board@edition/category`): the result in equal steps.
Measures = Mapping[str, Mapping[str, float]]
# By board, by model.
_Abilities = Mapping[str, Mapping[str, float]]


class Line(NamedTuple):
    """ability = (result - `middle`) / `spread`; `models` are those it was drawn through.

    `error` is the standard error of one result as ability.
    """

    middle: float
    spread: float
    error: float = 0.0
    models: int = 0

    def ability(self, result: float) -> float:
        """The ability that a result stands for."""
        return (result - self.middle) / self.spread


class Anchor(NamedTuple):
    """The test whose line is given."""

    test: str
    line: Line


def board_of(test: str) -> str:
    """The board of a test."""
    return sitting_of(test).partition("@")[0]


def sitting_of(test: str) -> str:
    """The board, and the edition of it, whose tests were taken together."""
    return test.partition("/")[0]


def equate(measures: Measures, anchor: Anchor) -> dict[str, Line]:
    """The lines of all tests that share enough models, directly or through others.

    Every round draws all lines anew against the abilities that the lines before gave.
    """
    taken = _taken(measures)
    lines = {anchor.test: anchor.line}
    for _ in range(ROUNDS):
        lines = _drawn(taken, measures, lines, anchor)
        lines = _stretched(taken, measures, lines, anchor)
    return _judged(taken, measures, lines)


def by_board(
    results: Mapping[str, float], lines: Mapping[str, Line], without: str | None = None
) -> dict[str, float]:
    """A model's ability as each board has it, the mean of its tests, `without` one sitting."""
    found: dict[str, list[float]] = {}
    for test, result in results.items():
        if test in lines and sitting_of(test) != without:
            found.setdefault(board_of(test), []).append(lines[test].ability(result))
    return {board: fmean(abilities) for board, abilities in sorted(found.items())}


def line_through(pairs: Iterable[tuple[float, float]]) -> Line:
    """The line that gives results the mean and deviation of the abilities beside them."""
    pairs = list(pairs)
    spread = _deviation(y for y, _ in pairs) / _deviation(x for _, x in pairs)
    return Line(fmean(y for y, _ in pairs) - spread * fmean(x for _, x in pairs), spread)


def _taken(measures: Measures) -> dict[str, dict[str, float]]:
    taken: dict[str, dict[str, float]] = {}
    for model, results in sorted(measures.items()):
        for test, result in results.items():
            taken.setdefault(test, {})[model] = result
    return dict(sorted(taken.items()))


def _drawn(
    taken: Mapping[str, Mapping[str, float]],
    measures: Measures,
    lines: Mapping[str, Line],
    anchor: Anchor,
) -> dict[str, Line]:
    """A line for every test; beside the anchor against the anchor, with which it shares most."""
    beside = {
        "": {model: anchor.line.ability(result) for model, result in taken[anchor.test].items()}
    }
    others = {sitting: _others(measures, lines, sitting) for sitting in _sittings(taken)}
    drawn = {anchor.test: anchor.line}
    for test, results in taken.items():
        is_beside = sitting_of(test) == sitting_of(anchor.test)
        if test != anchor.test:
            line = _line(results, beside if is_beside else others[sitting_of(test)])
            drawn |= {} if line is None else {test: line}
    return drawn


def _stretched(
    taken: Mapping[str, Mapping[str, float]],
    measures: Measures,
    lines: Mapping[str, Line],
    anchor: Anchor,
) -> dict[str, Line]:
    """The lines, with every sitting as a whole moved and stretched to the other boards."""
    stretched = dict(lines)
    for sitting in _sittings(taken):
        own = {test: line for test, line in lines.items() if sitting_of(test) == sitting}
        whole = {
            model: fmean(own[test].ability(results[test]) for test in own if test in results)
            for model, results in sorted(measures.items())
            if any(test in own for test in results)
        }
        line = _line(whole, _others(measures, lines, sitting))
        if line is not None and sitting != sitting_of(anchor.test):
            stretched |= {
                test: Line(each.middle + each.spread * line.middle, each.spread * line.spread)
                for test, each in own.items()
            }
    return stretched


def _judged(
    taken: Mapping[str, Mapping[str, float]], measures: Measures, lines: Mapping[str, Line]
) -> dict[str, Line]:
    """The lines with their errors: how far their abilities lie from the other boards' mean.

    Where boards are equally good, the mean of n of them carries an n-th of the variance of one.
    """
    variances: dict[str, tuple[float, int]] = {}
    others = {sitting: _others(measures, lines, sitting) for sitting in _sittings(taken)}
    for test, line in sorted(lines.items()):
        squares: list[float] = []
        for model, result in taken[test].items():
            seen = [each[model] for each in others[sitting_of(test)].values() if model in each]
            if seen:
                apart = line.ability(result) - fmean(seen)
                squares.append(apart**2 * len(seen) / (len(seen) + 1))
        variances[test] = (fmean(squares), len(squares))
    believed = BELIEVED_MODELS * median(variance for variance, _ in variances.values())
    return {
        test: lines[test]._replace(
            error=math.sqrt((variance * models + believed) / (models + BELIEVED_MODELS)),
            models=models,
        )
        for test, (variance, models) in variances.items()
    }


def _sittings(taken: Iterable[str]) -> list[str]:
    return sorted({sitting_of(test) for test in taken})


def _others(measures: Measures, lines: Mapping[str, Line], sitting: str) -> _Abilities:
    """What the other boards, and other editions of this one, say of each model."""
    others: dict[str, dict[str, float]] = {}
    for model, results in sorted(measures.items()):
        if any(sitting_of(test) == sitting for test in results):
            for board, ability in by_board(results, lines, without=sitting).items():
                others.setdefault(board, {})[model] = ability
    return others


def _line(results: Mapping[str, float], others: _Abilities) -> Line | None:
    """The line that gives results the mean and deviation of each other board, on average.

    Boards count by how many models they share.
    """
    shared = [
        [(results[model], ability) for model, ability in each.items() if model in results]
        for each in others.values()
    ]
    shared = [pairs for pairs in shared if len(pairs) >= FEWEST]
    total = sum(len(pairs) for pairs in shared)
    if not total:
        return None
    drawn = [(len(pairs), line_through(pairs)) for pairs in shared]
    spread = math.exp(math.fsum(many * math.log(line.spread) for many, line in drawn) / total)
    moved = math.fsum(
        len(pairs) * (fmean(y for y, _ in pairs) - spread * fmean(x for _, x in pairs))
        for pairs in shared
    )
    return Line(moved / total, spread)


def _deviation(values: Iterable[float]) -> float:
    return max(pstdev(values), 1e-6)
