"""What a leaderboard's tests measure (tasks.yaml), and their place on the common scale."""

from __future__ import annotations

from enum import StrEnum

from routeyard.domain.value import Value


class Unit(StrEnum):
    """What a board's numbers are."""

    PERCENT = "percent"
    RATING = "rating"
    POINTS = "points"


class Board(Value, frozen=True):
    """A leaderboard. `unit` of its numbers; `unused` are categories that say nothing here.

    A `running` tally keeps models of all years: its day does not say that a model is current.
    """

    title: str
    url: str
    licence: str
    unit: Unit
    what: str
    running: bool = False
    unused: tuple[str, ...] = ()


class Category(Value, frozen=True):
    """One category of a board and how much it tells, by task and by graded capability.

    A weight of 1 is a test of the task itself, less is a test of something near it.
    `language` (ISO 639-1) is the language its prompts are written in.
    """

    why: str
    tasks: dict[str, float] = {}
    capabilities: dict[str, float] = {}
    language: str | None = None

    @property
    def is_scored(self) -> bool:
        """True when it needs a place on the common scale."""
        return bool(self.tasks or self.capabilities or self.language)


class Table(Value, frozen=True):
    """Boards, their tests by `board/category`, and the tasks that no test measures, with why.

    `least` is how many tests a capability needs at least. A model speaks a language when its
    ability there is at most `most_lost` below that in English.
    """

    boards: dict[str, Board]
    tests: dict[str, Category]
    unmeasured: dict[str, str]
    least: dict[str, int]
    most_lost: float


class Scale(Value, frozen=True):
    """How a test's numbers become ability: (measure of the number - `middle`) / `spread`.

    `error` is the standard error of a result as ability, `models` how many took the test.
    """

    middle: float
    spread: float
    error: float
    models: int


class Prior(Value, frozen=True):
    """Where the ability of a model lies before anything is known of it."""

    mean: float
    deviation: float


class Scales(Value, frozen=True):
    """The common scale (scales.yaml): by `board/category`, or `board@edition/category`."""

    prior: Prior
    tests: dict[str, Scale]
