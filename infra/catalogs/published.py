"""The leaderboards as they lie in the folder of the data sets, read as the ingesters read them."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path

from infra.catalogs.equating import Measures
from services.registry.catalogs.leaderboards import tables
from services.registry.catalogs.leaderboards.boards import BOARDS
from services.registry.catalogs.leaderboards.documents import file_pages, folder_pages
from services.registry.catalogs.leaderboards.results import Results, Run, counted
from services.registry.catalogs.leaderboards.scale import measure
from services.registry.catalogs.leaderboards.statement import test_key
from services.registry.catalogs.leaderboards.table import Table

QUALITY = Path("quality")
# WildBench says no day; its repository was last changed in August 2024.
WILDBENCH_DAY = date(2024, 8, 31)


def results(data: Path) -> dict[str, Results]:
    """Every board's results, by board."""
    folder = data / QUALITY
    pages = {
        "aider": folder_pages(folder / "aider", BOARDS["aider"].files, None),
        "livebench": folder_pages(folder / "livebench", BOARDS["livebench"].files, None),
        "lmarena": folder_pages(folder / "lmarena_2025-12-17", BOARDS["lmarena"].files, None),
        "tau2": file_pages(folder / "tau2_leaderboard_submissions.json", None),
        "wildbench": file_pages(folder / "wildbench_all_stat_1500.json", WILDBENCH_DAY),
    }
    names = tables.names()
    return {board: BOARDS[board].parse(each, names) for board, each in pages.items()}


def runs_of(boards: Mapping[str, Results]) -> dict[str, tuple[Run, ...]]:
    """The runs that count on all boards, by model."""
    runs: dict[str, tuple[Run, ...]] = {}
    for _, each in sorted(boards.items()):
        for model, found in counted(each).runs.items():
            runs[model] = (*runs.get(model, ()), *found)
    return dict(sorted(runs.items()))


def measures(boards: Mapping[str, Results], table: Table) -> Measures:
    """What equating needs: every edition's result of every model, in equal steps."""
    found: dict[str, dict[str, float]] = {}
    for board, each in sorted(boards.items()):
        for edition in sorted({run.edition for run in each.runs}):
            sat = Results(
                board=board,
                runs=tuple(run for run in each.runs if run.edition == edition),
                rows=0,
            )
            for model, runs in counted(sat).runs.items():
                for run in runs:
                    found.setdefault(model, {}).update(_measured(run, table))
    return {model: each for model, each in sorted(found.items()) if each}


def _measured(run: Run, table: Table) -> dict[str, float]:
    unit = table.boards[run.board].unit
    return {
        test_key(run, category): measure(unit, reading.value)
        for category, reading in sorted(run.results.items())
        if (test := table.tests.get(f"{run.board}/{category}")) is not None and test.is_scored
    }
