"""LiveBench: a table of tasks for each edition, and the categories the tasks belong to."""

import csv
import re
from collections.abc import Mapping, Sequence
from datetime import date
from io import StringIO
from statistics import fmean

from routeyard.domain.errors import InvalidCatalog
from routeyard.servers.kinds import is_row
from services.registry.catalogs.leaderboards.names import Names
from services.registry.catalogs.leaderboards.results import (
    PERCENT,
    Page,
    Reading,
    Results,
    Sheet,
)

BOARD = "livebench"
_FILE = re.compile(r"(table|categories)_(\d{4})_(\d{2})_(\d{2})\.(csv|json)")
_NAMES = {"if": "instruction_following"}

Categories = Mapping[str, Sequence[str]]


def parse(pages: Sequence[Page], names: Names) -> Results:
    """Every row of every edition; the newest edition that has a model counts."""
    tables, categories = _editions(pages)
    sheet = Sheet(BOARD, names)
    for edition, table in sorted(tables.items()):
        if edition not in categories:
            raise InvalidCatalog(
                f"{table.name} has no categories; put {categories_file(table.name)} beside it."
            )
        _read(sheet, table, categories[edition], edition)
    return sheet.read()


def categories_file(name: str) -> str | None:
    """The file with the categories of a table; None for other files."""
    match = _FILE.fullmatch(name)
    if match is None or match[1] != "table":
        return None
    return f"{name.removesuffix('.csv').replace('table', 'categories')}.json"


def _editions(pages: Sequence[Page]) -> tuple[dict[date, Page], dict[date, Categories]]:
    tables: dict[date, Page] = {}
    categories: dict[date, Categories] = {}
    for page in pages:
        match = _FILE.fullmatch(page.name)
        if match is None:
            raise InvalidCatalog(f"{page.name} is no file of LiveBench; give table_YYYY_MM_DD.csv.")
        edition = date(int(match[2]), int(match[3]), int(match[4]))
        if match[1] == "table":
            tables[edition] = page
        else:
            categories[edition] = _categories(page)
    return tables, categories


def _categories(page: Page) -> Categories:
    if not is_row(page.content):
        raise InvalidCatalog(f"{page.name} is no list of categories.")
    return {
        _spelled(name): tasks for name, tasks in page.content.items() if isinstance(tasks, list)
    }


def _spelled(name: str) -> str:
    plain = name.lower().replace(" ", "_")
    return _NAMES.get(plain, plain)


def _read(sheet: Sheet, table: Page, categories: Categories, edition: date) -> None:
    rows = list(csv.DictReader(StringIO(str(table.content)), restkey="beyond"))
    if not rows or "model" not in rows[0]:
        raise InvalidCatalog(f"{table.name} is no table of LiveBench: it has no column `model`.")
    seen: set[str] = set()
    for row in rows:
        name = row["model"]
        if not name:
            sheet.skip(table.name, "a row without a model")
        elif name in seen:
            sheet.skip(name, "listed twice")
        else:
            seen.add(name)
            _add(sheet, row, categories, edition)


def _add(sheet: Sheet, row: dict[str, str], categories: Categories, edition: date) -> None:
    name = row["model"]
    tasks = {task: _number(raw) for task, raw in row.items() if task not in ("model", "beyond")}
    scores = sheet.readings(name, {task: raw for task, raw in tasks.items() if raw != ""}, PERCENT)
    sheet.add(
        name,
        {
            category: Reading(value=fmean(scores[task].value for task in listed))
            for category, listed in categories.items()
            if listed and all(task in scores for task in listed)
        },
        edition=edition.isoformat(),
        measured_on=edition,
    )


def _number(raw: object) -> object:
    try:
        return float(str(raw))
    except ValueError:
        return raw
