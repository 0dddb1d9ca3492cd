"""What a leaderboard says: runs of models, each with results by category."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from statistics import fmean
from typing import NamedTuple

from routeyard.domain.value import Value
from services.registry.catalogs.leaderboards.names import Names, Unnamed
from services.registry.catalogs.parsed import Refusal
from services.registry.catalogs.values import UnusableError

NO_SCORE = "no usable score"


class Page(Value, frozen=True):
    """One published file. `content`: a document, or the text of a CSV; `dated`: its day."""

    name: str
    content: object
    dated: date | None = None


class Reading(Value, frozen=True):
    """A result on the board's own scale; `error` is its published standard error, if any."""

    value: float
    error: float = 0.0


class Run(Value, frozen=True):
    """What one row says of one model.

    `results` are by category. Of several runs of a model in one `contest` the one with the
    greatest (`edition`, `breadth`, `release`, `merit`) counts: the newest edition, then the most
    categories (where a board has partial runs), then the newest release, then the best.
    """

    board: str
    name: str
    model: str
    contest: str
    results: dict[str, Reading]
    release: str = ""
    edition: str = ""
    breadth: int = 0
    merit: float = 0.0
    measured_on: date | None = None


class Results(Value, frozen=True):
    """All that a board says; each of the `rows` is among the runs or the refusals."""

    board: str
    runs: tuple[Run, ...]
    rows: int
    refusals: tuple[Refusal, ...] = ()
    omissions: tuple[Refusal, ...] = ()


class Counted(NamedTuple):
    """The runs that count, by model, and a refusal for each that does not."""

    runs: dict[str, tuple[Run, ...]]
    superseded: tuple[Refusal, ...]


class Sheet:
    """A board being read, row by row."""

    def __init__(self, board: str, names: Names) -> None:
        self.board = board
        self.rows = 0
        self._names = names
        self._runs: list[Run] = []
        self._refusals: list[Refusal] = []
        self._omissions: dict[tuple[str, str], Refusal] = {}

    def refuse(self, row: str, reason: str) -> None:
        """Leave a row out."""
        self._refusals.append(Refusal(row=row, reason=reason))

    def omit(self, row: str, reason: str) -> None:
        """Leave a field out; said once, however many rows have it."""
        self._omissions.setdefault((row, reason), Refusal(row=row, reason=reason))

    def readings(self, row: str, raw: dict[str, object], bounds: Bounds) -> dict[str, Reading]:
        """The usable results of a row; the others are noted."""
        found: dict[str, Reading] = {}
        for category, value in raw.items():
            try:
                found[category] = Reading(value=bounds.read(value))
            except UnusableError as fault:
                self.omit(row, f"{category} {fault}")
        return found

    def add(  # noqa: PLR0913 - a run has that many parts
        self,
        row: str,
        results: dict[str, Reading],
        *,
        name: str | None = None,
        contest: str = "",
        edition: str = "",
        breadth: int = 0,
        merit: float | None = None,
        measured_on: date | None = None,
    ) -> None:
        """Take a row over, if it says something of one model that is known with certainty.

        `merit` is by default the mean result.
        """
        self.rows += 1
        named = self._names.named(name or row)
        if isinstance(named, Unnamed):
            self.refuse(row, named.reason)
        elif not results:
            self.refuse(row, NO_SCORE)
        else:
            self._runs.append(
                Run(
                    board=self.board,
                    name=name or row,
                    model=named.model,
                    release=named.release,
                    contest=contest,
                    edition=edition,
                    breadth=breadth,
                    merit=_mean(results) if merit is None else merit,
                    results=results,
                    measured_on=measured_on,
                )
            )

    def skip(self, row: str, reason: str) -> None:
        """Count a row and leave it out."""
        self.rows += 1
        self.refuse(row, reason)

    def read(self) -> Results:
        """All that was read."""
        return Results(
            board=self.board,
            runs=tuple(self._runs),
            rows=self.rows,
            refusals=tuple(self._refusals),
            omissions=tuple(self._omissions.values()),
        )


class Bounds(NamedTuple):
    """Between which values a result may lie, both included."""

    low: float
    high: float

    def read(self, raw: object) -> float:
        """The number.

        Raises:
            UnusableError: it is none, or lies outside.
        """
        if isinstance(raw, bool) or not isinstance(raw, (int, float, Decimal)):
            raise UnusableError("is not a number")
        number = float(raw)
        if number < 0 <= self.low:
            raise UnusableError("is negative")
        if not self.low <= number <= self.high:
            raise UnusableError(f"is not between {self.low:g} and {self.high:g}")
        return number


PERCENT = Bounds(0.0, 100.0)


def counted(results: Results) -> Counted:
    """The run that counts of each model in each contest."""
    best: dict[tuple[str, str], Run] = {}
    superseded: list[Run] = []
    for run in results.runs:
        place = (run.model, run.contest)
        other = best.get(place)
        if other is None:
            best[place] = run
            continue
        best[place], less = (run, other) if _rank(run) > _rank(other) else (other, run)
        superseded.append(less)
    runs: dict[str, tuple[Run, ...]] = {}
    for (model, _), run in sorted(best.items()):
        runs[model] = (*runs.get(model, ()), run)
    refusals = tuple(
        Refusal(row=run.name, reason="another run of this model counts") for run in superseded
    )
    return Counted(runs, refusals)


def _rank(run: Run) -> tuple[str, int, str, float, str]:
    return (run.edition, run.breadth, run.release, run.merit, run.name)


def _mean(results: dict[str, Reading]) -> float:
    return fmean(reading.value for reading in results.values())
