"""Aider's leaderboards: shares of coding exercises that a model solved in the editor Aider."""

from collections.abc import Sequence
from datetime import date

from routeyard.domain.errors import InvalidCatalog
from routeyard.servers.kinds import is_row
from services.registry.catalogs.leaderboards.names import Names
from services.registry.catalogs.leaderboards.results import PERCENT, Page, Results, Sheet

BOARD = "aider"
# The category of each file, and the field that counts: the second try where there are two.
FILES = {
    "polyglot_leaderboard": ("polyglot", "pass_rate_2"),
    "edit_leaderboard": ("edit", "pass_rate_2"),
    "refactor_leaderboard": ("refactor", "pass_rate_1"),
}


def parse(pages: Sequence[Page], names: Names) -> Results:
    """Every run; a model's best one counts in each category."""
    sheet = Sheet(BOARD, names)
    for page in pages:
        category, field = FILES.get(page.name.partition(".")[0], ("", ""))
        if not category or not isinstance(page.content, list):
            raise InvalidCatalog(
                f"{page.name} is none of Aider's leaderboards; give one of "
                f"{', '.join(f'{name}.yml' for name in FILES)}, from aider/website/_data."
            )
        for row in page.content:
            _add(sheet, row, category, field)
    return sheet.read()


def _add(sheet: Sheet, row: object, category: str, field: str) -> None:
    name = row.get("model") if is_row(row) else None
    if not is_row(row) or not isinstance(name, str):
        sheet.skip(category, "a row without a model")
        return
    if row.get("edit_format") == "architect":
        sheet.skip(name, "several models together")
        return
    day = row.get("date")
    raw = {category: row.get(field)}
    sheet.add(
        name,
        sheet.readings(name, raw, PERCENT),
        contest=category,
        measured_on=day if isinstance(day, date) else None,
    )
