"""What `routeyard ingest aider|livebench|...` do, from options to report."""

from datetime import date
from pathlib import Path

from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.value import Value
from services.registry.catalogs.commands import Ports
from services.registry.catalogs.ingest import Progress, Run, ingest
from services.registry.catalogs.leaderboards import tables
from services.registry.catalogs.leaderboards.boards import BOARDS
from services.registry.catalogs.leaderboards.documents import (
    file_pages,
    folder_pages,
    url_pages,
)
from services.registry.catalogs.leaderboards.results import Page
from services.registry.catalogs.leaderboards.statement import catalog
from services.registry.catalogs.report import Report


class Place(Value, frozen=True):
    """Where a board lies, and of which day it is where its files do not say."""

    file: Path | None = None
    folder: Path | None = None
    url: str | None = None
    dated: date | None = None


async def ingest_board(
    board: str, place: Place, run: Run, ports: Ports, progress: Progress
) -> Report:
    """One run over one leaderboard."""
    results = BOARDS[board].parse(await pages(board, place), tables.names())
    parsed = catalog(results, tables.table(), tables.scales())
    return await ingest(parsed, run, ports.publisher, ports.consumed, progress)


async def pages(board: str, place: Place) -> list[Page]:
    """The board's files.

    Raises:
        InvalidCatalog: not exactly one place is given, or it holds none of the board's files.
    """
    given = [each for each in (place.file, place.folder, place.url) if each is not None]
    if len(given) != 1:
        raise InvalidCatalog(f"Say where {board} lies: one of --file, --folder or --url.")
    if place.folder is not None:
        return folder_pages(place.folder, BOARDS[board].files, place.dated)
    if place.file is not None:
        return file_pages(place.file, place.dated)
    return await url_pages(str(place.url), place.dated)
