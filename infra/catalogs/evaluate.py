"""How well the common scale agrees with boards that were kept out of it.

    ROUTEYARD_DATA=<folder of the data sets> python -m infra.catalogs.evaluate

prints, as one line of JSON, how boards rank the models they share, and for each board what the
others foretell of it: before (plain averages of numbers as published) and after equating.
"""

from __future__ import annotations

import json
import math
import os
import sys
from collections.abc import Mapping
from itertools import combinations
from pathlib import Path
from statistics import correlation, fmean

from infra.catalogs.build_quality import ANCHOR
from infra.catalogs.equating import Line, Measures, board_of, by_board, equate, line_through
from infra.catalogs.published import measures, results, runs_of
from services.registry.catalogs.leaderboards import tables
from services.registry.catalogs.leaderboards.results import Run
from services.registry.catalogs.leaderboards.table import Table, Unit

FOLDS = 5
FEWEST = 8


def main() -> None:
    """Print the figures."""
    folder = os.environ.get("ROUTEYARD_DATA")
    if not folder:
        sys.exit("Set ROUTEYARD_DATA to the folder of the data sets.")
    boards = results(Path(folder))
    table = tables.table()
    measured = measures(boards, table)
    plain = {model: _plain(runs, table) for model, runs in runs_of(boards).items()}
    print(json.dumps(figures(measured, plain)))


def figures(measured: Measures, plain: Mapping[str, Mapping[str, float]]) -> dict[str, object]:
    """Pairs of boards, and each board left out."""
    names = sorted({board_of(test) for results in measured.values() for test in results})
    lines = equate(measured, ANCHOR)
    wholes = {model: by_board(results, lines) for model, results in measured.items()}
    pairs = {f"{one} ~ {two}": _agreement(wholes, one, two) for one, two in combinations(names, 2)}
    return {
        "pairs": {name: found for name, found in pairs.items() if found},
        "left_out": {board: _left_out(board, measured, lines, plain) for board in names},
    }


def _agreement(
    wholes: Mapping[str, Mapping[str, float]], one: str, two: str
) -> dict[str, float] | None:
    shared = [(each[one], each[two]) for each in wholes.values() if one in each and two in each]
    if len(shared) < FEWEST:
        return None
    return {
        "models": len(shared),
        "rank_correlation": _ranks_agree(shared),
        "rms_apart": round(_rms([a - b for a, b in shared]), 3),
    }


def _left_out(
    board: str,
    measured: Measures,
    lines: Mapping[str, Line],
    plain: Mapping[str, Mapping[str, float]],
) -> dict[str, float]:
    """What the other boards foretell of one, its line drawn through four fifths of the models.

    Without the anchor's board the other lines stay as they are: it gives them their unit only.
    """
    rest = {
        model: {test: value for test, value in results.items() if board_of(test) != board}
        for model, results in measured.items()
    }
    kept = lines if board == board_of(ANCHOR.test) else equate(rest, ANCHOR)
    foretold = {
        model: fmean(found.values())
        for model, each in rest.items()
        if (found := by_board(each, kept))
    }
    own = {
        model: found[board]
        for model, each in measured.items()
        if board in (found := by_board(each, lines))
    }
    shared = sorted(model for model in own if model in foretold)
    apart: list[float] = []
    for fold in range(FOLDS):
        tested = shared[fold::FOLDS]
        drawn = [model for model in shared if model not in tested]
        line = line_through([(own[model], foretold[model]) for model in drawn])
        apart += [_score(line.ability(own[model])) - _score(foretold[model]) for model in tested]
    naive = [
        (plain[model][board], fmean(others))
        for model in shared
        if board in plain[model]
        and (others := [each for name, each in plain[model].items() if name != board])
    ]
    return {
        "models": len(shared),
        "rank_correlation_before": _ranks_agree(naive),
        "rank_correlation_after": _ranks_agree([(own[m], foretold[m]) for m in shared]),
        "rms_score_before": round(_rms([a - b for a, b in naive]), 3),
        "rms_score_after": round(_rms(apart), 3),
    }


def _plain(runs: tuple[Run, ...], table: Table) -> dict[str, float]:
    """Numbers as published, put into 0..1 by their range, averaged over a board."""
    found: dict[str, list[float]] = {}
    for run in runs:
        for category, reading in run.results.items():
            if f"{run.board}/{category}" in table.tests:
                unit = table.boards[run.board].unit
                found.setdefault(run.board, []).append(_in_range(unit, reading.value))
    return {board: fmean(each) for board, each in found.items()}


def _in_range(unit: Unit, value: float) -> float:
    match unit:
        case Unit.PERCENT:
            return value / 100
        case Unit.RATING:
            return (value - 900) / 700
        case Unit.POINTS:
            return (value + 100) / 200


def _score(ability: float) -> float:
    return 1 / (1 + math.exp(-ability))


def _rms(values: list[float]) -> float:
    return math.sqrt(fmean(value**2 for value in values))


def _ranks_agree(pairs: list[tuple[float, float]]) -> float:
    """Spearman's rank correlation."""
    return round(correlation(_ranks([a for a, _ in pairs]), _ranks([b for _, b in pairs])), 3)


def _ranks(values: list[float]) -> list[float]:
    """Places from the least; equals share the mean of theirs."""
    return [
        sum(other < value for other in values) + (sum(other == value for other in values) - 1) / 2
        for value in values
    ]


if __name__ == "__main__":
    main()
