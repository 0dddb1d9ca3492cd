"""WildBench: points that a judging model gave answers to hard prompts of real users."""

from collections.abc import Sequence

from routeyard.domain.errors import InvalidCatalog
from routeyard.servers.kinds import is_row
from services.registry.catalogs.leaderboards.names import Names
from services.registry.catalogs.leaderboards.results import Bounds, Page, Results, Sheet

BOARD = "wildbench"
CATEGORIES = {
    "WB_score.Creative Tasks": "creative_tasks",
    "WB_score.Planning & Reasoning": "planning_reasoning",
    "WB_score.Math & Data Analysis": "math_data_analysis",
    "WB_score.Information/Advice seeking": "information_advice",
    "WB_score.Coding & Debugging": "coding_debugging",
    "WB_score.task_macro": "overall",
}
# -100 is the worst answer that the judge knows to every prompt, 100 a perfect one.
_POINTS = Bounds(-100.0, 100.0)


def parse(pages: Sequence[Page], names: Names) -> Results:
    """One run for each model."""
    sheet = Sheet(BOARD, names)
    for page in pages:
        if not is_row(page.content):
            raise InvalidCatalog(f"{page.name} is no table of WildBench; give all_stat_*.json.")
        for name, row in page.content.items():
            if not is_row(row):
                sheet.skip(name, "not an object")
                continue
            raw = {category: row[field] for field, category in CATEGORIES.items() if field in row}
            sheet.add(name, sheet.readings(name, raw, _POINTS), measured_on=page.dated)
    return sheet.read()
