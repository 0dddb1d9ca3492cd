"""tau2-bench: how often a model solves a customer's case by the right calls of tools."""

import math
from collections.abc import Mapping, Sequence
from datetime import date

from routeyard.domain.errors import InvalidCatalog
from routeyard.servers.kinds import is_row
from services.registry.catalogs.leaderboards.names import Names
from services.registry.catalogs.leaderboards.results import PERCENT, Page, Results, Sheet
from services.registry.catalogs.values import UnusableError, calendar_day

BOARD = "tau2"
DOMAINS = ("airline", "banking_knowledge", "retail", "telecom")
# pass^k: solved in each of k tries.
TRIES = (1, 4)


def parse(pages: Sequence[Page], names: Names) -> Results:
    """Every submission; of a model's, the one with the most domains counts, then the best."""
    sheet = Sheet(BOARD, names)
    for page in pages:
        submissions = page.content if isinstance(page.content, list) else [page.content]
        rows = [each for each in submissions if is_row(each) and "results" in each]
        if len(rows) < len(submissions):
            raise InvalidCatalog(
                f"{page.name} holds no submissions to tau2-bench; give a submission.json, "
                "a list of them, or a folder of either."
            )
        for submission in rows:
            _add(sheet, submission)
    return sheet.read()


def _add(sheet: Sheet, submission: Mapping[str, object]) -> None:
    name = submission.get("model_name")
    results = submission["results"]
    if not isinstance(name, str) or not is_row(results):
        sheet.skip("submission", "a submission without a model or results")
        return
    reason = why_not(submission)
    if reason:
        sheet.skip(name, reason)
        return
    readings = sheet.readings(name, _shares(results), PERCENT)
    sheet.add(
        name,
        readings,
        breadth=len({category.partition(".")[0] for category in readings}),
        merit=math.fsum(
            reading.value for category, reading in readings.items() if category.endswith(".pass_1")
        ),
        measured_on=_day(sheet, name, submission.get("submission_date")),
    )


def _shares(results: Mapping[str, object]) -> dict[str, object]:
    """Published shares, by domain and number of tries."""
    shares: dict[str, object] = {}
    for domain in DOMAINS:
        taken = results.get(domain)
        if is_row(taken):
            published = {tries: taken.get(f"pass_{tries}") for tries in TRIES}
            shares |= {
                f"{domain}.pass_{tries}": raw for tries, raw in published.items() if raw is not None
            }
    return shares


def why_not(submission: Mapping[str, object]) -> str | None:
    """Why a submission is no measure of a model alone on the published test."""
    method = submission.get("methodology")
    checks = method.get("verification") if is_row(method) else None
    if submission.get("modality") == "voice":
        return "measured by voice"
    if submission.get("submission_type") == "custom":
        return "a system of its own around the model"
    if is_row(method) and method.get("tau2_bench_version") == "original tau-bench":
        return "measured on another test, the first tau-bench"
    if is_row(checks) and (checks.get("modified_prompts") or checks.get("omitted_questions")):
        return "with prompts changed or questions left out"
    return None


def _day(sheet: Sheet, name: str, raw: object) -> date | None:
    try:
        return calendar_day(raw)
    except UnusableError as fault:
        sheet.omit(name, f"submission_date {fault}")
        return None
