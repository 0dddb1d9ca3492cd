"""Write the common scale, and the scores of all boards together, from published leaderboards.

    ROUTEYARD_DATA=<folder of the data sets> python -m infra.catalogs.build_quality

writes leaderboards/scales.yaml and quality.yaml in services/registry/catalogs. The same data
give the same files, to the byte.
"""

from __future__ import annotations

import math
import os
import sys
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from pathlib import Path
from statistics import fmean, median, pstdev, quantiles
from typing import Any

import yaml

from infra.catalogs.equating import Anchor, Line, Measures, by_board, equate
from infra.catalogs.published import measures, results, runs_of
from routeyard.domain.resolution import GENERAL
from services.registry.catalogs.leaderboards import tables
from services.registry.catalogs.leaderboards.results import Results, Run
from services.registry.catalogs.leaderboards.statement import Judged, judged, measured_on
from services.registry.catalogs.leaderboards.table import Prior, Scale, Scales, Table

CATALOGS = Path(__file__).parents[2] / "services" / "registry" / "catalogs"
SCALES = CATALOGS / "leaderboards" / "scales.yaml"
QUALITY = CATALOGS / "quality.yaml"

# Rating points as log-odds of being preferred. A model at 1300 scores 0.5, and every further
# 100 points are one step of ability: odds of the score times e.
_ELO = math.log(10) / 400
ANCHOR = Anchor("lmarena/overall", Line(1300 * _ELO, 100 * _ELO))
# A task gets floors when so many models have a score for it, and one of them is current; else
# requests are judged by `general`. Current is what was measured within a year of the newest result.
FEWEST_MODELS = 30
CURRENT = timedelta(days=365)
_DIGITS = 4

SCALES_HEADER = """\
# Written by infra/catalogs/build_quality.py; do not edit, run it again.
#
# ability = (measure(result) - middle) / spread, where the measure of a percentage is its log-odds,
# of a rating its points times ln(10)/400, of points a hundredth. score = 1 / (1 + exp(-ability)).
# `error` is the standard error of one result as ability, seen against the other boards; `models`
# is how many models tie the test to them. docs/guides/quality.md tells how the lines are drawn.
"""

QUALITY_HEADER = """\
# Written by infra/catalogs/build_quality.py; do not edit, run it again.
#
# Scores computed from published results of
{sources}
# None of their tables is repeated here. {models} models are scored. docs/guides/quality.md tells
# how, and leaderboards/tasks.yaml which test speaks for which task.
#
# Scores and levels lie on one scale for all boards, tasks and tags: 0.5 is a model that people
# prefer as often as one of 1300 points at LMArena, and 100 points more multiply the odds of the
# score by e. `error` is the standard error. A score that would rest on its prior more than on
# results is left out. Floors, by the score for the task, else the general one: half of all models
# reach low; of those measured within a year of the newest result three quarters reach standard and
# one quarter high. Tasks with fewer than {fewest} scores, or none of these, go by `general`.
"""


def main() -> None:
    """Write both files."""
    folder = os.environ.get("ROUTEYARD_DATA")
    if not folder:
        sys.exit("Set ROUTEYARD_DATA to the folder of the data sets.")
    boards = results(Path(folder))
    scales = built_scales(measures(boards, tables.table()))
    SCALES.write_text(scales_document(scales))
    QUALITY.write_text(quality_document(boards, tables.table(), scales))
    print(f"wrote {SCALES.name} and {QUALITY.name}")


def built_scales(measured: Measures) -> Scales:
    """The common scale, rounded as it is written."""
    lines = equate(measured, ANCHOR)
    wholes = [
        fmean(found.values()) for each in measured.values() if (found := by_board(each, lines))
    ]
    return Scales(
        prior=Prior(mean=round(fmean(wholes), 2), deviation=round(pstdev(wholes), 2)),
        tests={
            test: Scale(
                middle=round(line.middle, _DIGITS),
                spread=round(line.spread, _DIGITS),
                error=round(line.error, _DIGITS),
                models=line.models,
            )
            for test, line in lines.items()
        },
    )


def scales_document(scales: Scales) -> str:
    """scales.yaml."""
    content = {
        "prior": {"mean": scales.prior.mean, "deviation": scales.prior.deviation},
        "tests": {
            test: {
                "middle": each.middle,
                "spread": each.spread,
                "error": each.error,
                "models": each.models,
            }
            for test, each in scales.tests.items()
        },
    }
    return SCALES_HEADER + "\n" + yaml.safe_dump(content, sort_keys=False, width=100)


def quality_document(boards: Mapping[str, Results], table: Table, scales: Scales) -> str:
    """quality.yaml."""
    runs = runs_of(boards)
    found = {model: judged(each, table, scales) for model, each in runs.items()}
    found = {model: each for model, each in found.items() if each.tasks or each.capabilities}
    content = {
        "precision": floors(found, runs, table),
        "models": {model: _entry(each, runs[model], table) for model, each in found.items()},
    }
    body = yaml.safe_dump(content, sort_keys=False, width=100, default_flow_style=None)
    return _header(boards, table, len(found)) + "\n" + body


def floors(
    found: Mapping[str, Judged], runs: Mapping[str, tuple[Run, ...]], table: Table
) -> dict[str, dict[str, float]]:
    """What low, standard and high mean for each task that is measured widely and lately enough.

    Low is what half of all models reach, standard what three quarters of the current ones reach,
    high what a quarter of these reach. Every task is seen over the same models, those with a
    general score, which stands in where a model has none for the task: few but strong models took
    the tests of tool calling, and floors from those alone would call a strong model weak.
    """
    scores = {model: each.quality() for model, each in found.items()}
    counts = Counter(task for each in scores.values() for task in each)
    days = {model: _day(each, table) for model, each in runs.items()}
    since = max(days.values()) - CURRENT
    fresh = {
        task
        for model, each in scores.items()
        for task in each
        if _day(_about(runs[model], task, table), table) >= since
    }
    general = {model: each[GENERAL] for model, each in scores.items() if GENERAL in each}
    defined: dict[str, dict[str, float]] = {}
    for task in sorted(task for task in fresh if counts[task] >= FEWEST_MODELS):
        seen = {model: scores[model].get(task, score) for model, score in general.items()}
        current = [score for model, score in seen.items() if days[model] >= since]
        quarter, _, three_quarters = quantiles(current, n=4, method="inclusive")
        defined[task] = {
            "low": round(median(seen.values()), 3),
            "standard": round(quarter, 3),
            "high": round(three_quarters, 3),
        }
    return defined


def _day(runs: Iterable[Run], table: Table) -> date:
    """The newest day on which a model was measured, by boards whose days say so."""
    dated = [run for run in runs if not table.boards[run.board].running]
    return measured_on(dated) or date.min


def _about(runs: tuple[Run, ...], task: str, table: Table) -> list[Run]:
    """The runs that have a test of the task."""
    return [
        run
        for run in runs
        if any(
            task in table.tests[test].tasks
            for category in run.results
            if (test := f"{run.board}/{category}") in table.tests
        )
    ]


def _entry(each: Judged, runs: tuple[Run, ...], table: Table) -> dict[str, Any]:
    titles = sorted({table.boards[run.board].title for run in runs})
    day = measured_on(runs)
    entry: dict[str, Any] = {
        "quality": each.quality(),
        "capabilities": each.levels(),
        "error": {
            name: round(ability.score_error, 3)
            for name, ability in (each.tasks | each.capabilities).items()
        },
        "languages": list(each.languages),
        "evidence": ", ".join(titles),
        "measured_on": None if day is None else day.isoformat(),
    }
    return {name: value for name, value in entry.items() if value}


def _header(boards: Mapping[str, Results], table: Table, models: int) -> str:
    sources = []
    for board, each in sorted(boards.items()):
        about = table.boards[board]
        days = sorted({run.measured_on for run in each.runs if run.measured_on})
        counts = Counter(run.model for run in each.runs)
        sources.append(
            f"#   {about.title}, {about.url} ({about.licence}):\n"
            f"#     {len(counts)} models, {days[0]} to {days[-1]}."
        )
    return QUALITY_HEADER.format(sources="\n".join(sources), models=models, fewest=FEWEST_MODELS)


if __name__ == "__main__":
    main()
