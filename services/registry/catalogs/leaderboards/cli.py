"""The commands `routeyard ingest aider|livebench|lmarena|tau2|wildbench`."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from services.registry.catalogs.options import (
    AsJson,
    DryRun,
    File,
    Flags,
    Force,
    Full,
    ShowRefusals,
    StateDir,
    Url,
    Wait,
)

if TYPE_CHECKING:
    from collections.abc import Awaitable

    from services.registry.catalogs.commands import Ports
    from services.registry.catalogs.ingest import Progress, Run
    from services.registry.catalogs.report import Report

    Job = Callable[[Run, Ports, Progress], Awaitable[Report]]

Start = Callable[["list[Job]", Flags], None]
Folder = Annotated[Path | None, typer.Option(help="Read the board from a folder with its files.")]
Dated = Annotated[
    datetime | None,
    typer.Option(
        "--date",
        formats=["%Y-%m-%d"],
        help="Its day, where its files and their folder's name do not say.",
    ),
]
_SUMMARIES = {
    "aider": (
        "Aider's leaderboards: coding exercises solved in its editor.",
        "--folder aider/website/_data",
    ),
    "livebench": (
        "LiveBench: questions with known answers, renewed with every edition.",
        "--url https://livebench.ai/table_2026_01_08.csv",
    ),
    "lmarena": (
        "LMArena: ratings from people's votes, by category and language.",
        "--folder arena-catalog/data --date 2025-12-17",
    ),
    "tau2": (
        "tau2-bench: customers' cases solved by calling tools.",
        "--folder tau2-bench/web/leaderboard/public/submissions",
    ),
    "wildbench": (
        "WildBench: hard prompts of real users, judged by a model.",
        "--file all_stat_1500.json --date 2024-08-31",
    ),
}


def register(group: typer.Typer, start: Start) -> None:
    """Add a command for each leaderboard to ``group``; ``start`` runs it."""
    for board in _SUMMARIES:
        _add(group, board, start)


def _add(group: typer.Typer, board: str, start: Start) -> None:
    def command(
        file: File = None,
        folder: Folder = None,
        url: Url = None,
        dated: Dated = None,
        dry_run: DryRun = False,
        full: Full = False,
        force: Force = False,
        wait: Wait = True,
        as_json: AsJson = False,
        show_refusals: ShowRefusals = False,
        state_dir: StateDir = None,
    ) -> None:
        from services.registry.catalogs.leaderboards.commands import Place, ingest_board

        day = None if dated is None else dated.date()
        place = Place(file=file, folder=folder, url=url, dated=day)
        flags = Flags(dry_run, full, force, wait, as_json, show_refusals, state_dir)
        start([lambda *given: ingest_board(board, place, *given)], flags)

    summary, example = _SUMMARIES[board]
    group.command(
        board,
        help=summary,
        epilog=f"Examples: routeyard ingest {board} {example} · "
        f"routeyard ingest {board} {example} --dry-run --show-refusals",
    )(command)
