"""From the runs that count to facts: scores on the common scale, levels, languages, figures."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date

from routeyard.domain.events import CapabilityUpdated
from routeyard.domain.value import Value
from services.registry.catalogs.leaderboards.results import Results, Run, counted
from services.registry.catalogs.leaderboards.scale import (
    Ability,
    Evidence,
    abilities,
    equated,
)
from services.registry.catalogs.leaderboards.table import Scales, Table
from services.registry.catalogs.parsed import ParsedCatalog, Refusal

DIGITS = 3
_ENGLISH = "en"


class Judged(Value, frozen=True):
    """What tests say of a model, by task, by capability, and which languages it speaks."""

    tasks: dict[str, Ability]
    capabilities: dict[str, Ability]
    languages: tuple[str, ...] = ()

    def quality(self) -> dict[str, float]:
        """Scores by task."""
        return {task: round(ability.score, DIGITS) for task, ability in self.tasks.items()}

    def levels(self) -> dict[str, float]:
        """Levels by capability."""
        return {tag: round(ability.score, DIGITS) for tag, ability in self.capabilities.items()}


def catalog(results: Results, table: Table, scales: Scales) -> ParsedCatalog:
    """What one board states, each model once."""
    choice = counted(results)
    facts = tuple(_fact(model, runs, table, scales) for model, runs in choice.runs.items())
    return ParsedCatalog(
        source=results.board,
        payloads=facts,
        refusals=(*results.refusals, *choice.superseded),
        rows=results.rows,
        omissions=(*results.omissions, *_unplaced(choice.runs, table, scales)),
    )


def judged(runs: Iterable[Run], table: Table, scales: Scales) -> Judged:
    """What runs of one model say, on one board or on several."""
    tasks: dict[str, list[Evidence]] = {}
    levels: dict[str, list[Evidence]] = {}
    spoken: dict[str, Ability] = {}
    for run in runs:
        for test, ability in _placed(run, table, scales):
            of = table.tests[test]
            for name, weight in of.tasks.items():
                tasks.setdefault(name, []).append(Evidence(run.board, ability, weight))
            for name, weight in of.capabilities.items():
                levels.setdefault(name, []).append(Evidence(run.board, ability, weight))
            if of.language:
                spoken[of.language] = ability
    enough = {name: each for name, each in levels.items() if len(each) >= table.least.get(name, 1)}
    return Judged(
        tasks=abilities(tasks, scales.prior),
        capabilities=abilities(enough, scales.prior),
        languages=_languages(spoken, table.most_lost),
    )


def test_key(run: Run, category: str) -> str:
    """The name of a test on the common scale; every edition of a board is a test of its own."""
    return f"{run.board}@{run.edition}/{category}" if run.edition else f"{run.board}/{category}"


def _placed(run: Run, table: Table, scales: Scales) -> Iterable[tuple[str, Ability]]:
    """The results that have a place in the table and on the scale."""
    for category, reading in sorted(run.results.items()):
        test, key = f"{run.board}/{category}", test_key(run, category)
        if test in table.tests and key in scales.tests:
            unit = table.boards[run.board].unit
            yield test, equated(unit, scales.tests[key], reading)


def _languages(spoken: Mapping[str, Ability], most_lost: float) -> tuple[str, ...]:
    """The languages in which a model is about as good as it is in English."""
    english = spoken.get(_ENGLISH)
    if english is None:
        return ()
    return tuple(
        sorted(
            name for name, ability in spoken.items() if ability.value >= english.value - most_lost
        )
    )


def _fact(model: str, runs: tuple[Run, ...], table: Table, scales: Scales) -> CapabilityUpdated:
    found = judged(runs, table, scales)
    figures = {
        f"{run.board}/{category}": round(reading.value, DIGITS)
        for run in runs
        for category, reading in sorted(run.results.items())
        if f"{run.board}/{category}" in table.tests
    }
    return CapabilityUpdated(
        model=model,
        quality=found.quality() or None,
        capabilities=found.levels() or None,
        languages=found.languages or None,
        benchmarks=figures or None,
        evidence=_sentence(runs, found, table),
        measured_on=measured_on(runs),
        complete=True,
    )


def measured_on(runs: Iterable[Run]) -> date | None:
    """The day of the newest of the runs."""
    return max((run.measured_on for run in runs if run.measured_on), default=None)


def _sentence(runs: tuple[Run, ...], found: Judged, table: Table) -> str:
    """Where it was measured, under which name, and how exact the scores are."""
    title = table.boards[runs[0].board].title
    edition = max(run.edition for run in runs)
    names = " and ".join(sorted({run.name for run in runs}))
    where = f"{title} of {edition}" if edition else title
    errors = [
        f"{name} {ability.score_error:.2f}"
        for name, ability in (found.tasks | found.capabilities).items()
    ]
    exact = f"; standard errors: {', '.join(errors)}" if errors else ""
    return f"{where}, listed as {names}{exact}."


def _unplaced(
    runs: Mapping[str, tuple[Run, ...]], table: Table, scales: Scales
) -> tuple[Refusal, ...]:
    """Categories the table does not know, and those that have no place on the scale, once each."""
    unused = {f"{board}/{name}" for board, each in table.boards.items() for name in each.unused}
    found: dict[str, Refusal] = {}
    for run in (run for each in runs.values() for run in each):
        for category in run.results:
            test, key = f"{run.board}/{category}", test_key(run, category)
            if test not in table.tests:
                if test not in unused:
                    found[key] = Refusal(row=key, reason="no category of the table")
            elif table.tests[test].is_scored and key not in scales.tests:
                found[key] = Refusal(row=key, reason="not on the common scale, figures only")
    return tuple(refusal for _, refusal in sorted(found.items()))
