"""LMArena: ratings from votes of people, by category of prompts, with their intervals."""

from collections.abc import Mapping, Sequence

from routeyard.domain.errors import InvalidCatalog
from routeyard.servers.kinds import is_row
from services.registry.catalogs.leaderboards.names import Names
from services.registry.catalogs.leaderboards.results import (
    Bounds,
    Page,
    Reading,
    Results,
    Sheet,
)
from services.registry.catalogs.values import UnusableError

BOARD = "lmarena"
# What stands before the categories of each file. The arena itself ranks with style control.
FILES = {
    "leaderboard-text-style-control": "",
    "leaderboard-text": "plain_",
    "leaderboard-vision": "vision_",
}
_NAMES = {
    "full": "overall",
    "hard_6": "hard_prompts",
    "if": "instruction_following",
    "long_user": "longer_query",
}
_RATINGS = Bounds(1.0, 5000.0)
_INTERVAL_IN_ERRORS = 2 * 1.96

Table = Mapping[str, object]


def parse(pages: Sequence[Page], names: Names) -> Results:
    """One run for each model and kind of prompt (text, vision), over all categories."""
    sheet = Sheet(BOARD, names)
    for contest in ("text", "vision"):
        chosen = [page for page in pages if ("vision" in page.name) == (contest == "vision")]
        ratings: dict[str, dict[str, Reading]] = {}
        for page in chosen:
            _collect(sheet, page, ratings)
        dated = max((page.dated for page in chosen if page.dated), default=None)
        for name, results in sorted(ratings.items()):
            whole = results.get("overall") or results.get("vision_overall")
            sheet.add(
                name,
                results,
                contest=contest,
                merit=whole.value if whole else None,
                measured_on=dated,
            )
    return sheet.read()


def _collect(sheet: Sheet, page: Page, ratings: dict[str, dict[str, Reading]]) -> None:
    prefix = FILES.get(page.name.partition(".")[0])
    if prefix is None or not is_row(page.content):
        raise InvalidCatalog(
            f"{page.name} is none of LMArena's leaderboards; give one of "
            f"{', '.join(f'{name}.json' for name in FILES)}, from lmarena/arena-catalog."
        )
    for raw_category, table in sorted(page.content.items()):
        category = prefix + _NAMES.get(raw_category, raw_category)
        if not is_row(table):
            sheet.omit(category, "is not a table of models")
            continue
        for name, raw in table.items():
            results = ratings.setdefault(name, {})
            try:
                results[category] = _reading(raw)
            except UnusableError as fault:
                sheet.omit(name, f"{category} {fault}")


def _reading(raw: object) -> Reading:
    if not is_row(raw):
        raise UnusableError("is not a rating")
    value = _RATINGS.read(raw.get("rating"))
    low, high = (_RATINGS.read(raw.get(end)) for end in ("rating_q025", "rating_q975"))
    if not low <= value <= high:
        raise UnusableError("lies outside its own interval")
    return Reading(value=value, error=(high - low) / _INTERVAL_IN_ERRORS)
