"""The common scale: from results on boards' own scales to one ability, and a score in 0..1.

Ability is counted so that a score is its logistic function; 0 is a score of 0.5.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from typing import NamedTuple

from services.registry.catalogs.leaderboards.results import Reading
from services.registry.catalogs.leaderboards.table import Prior, Scale, Unit

# A share of 0 or 1 has no logit; nobody knows a model to the last tenth of a percent.
_LEAST_SHARE = 0.01
_ELO = math.log(10) / 400


class Ability(NamedTuple):
    """An ability on the common scale, and its standard error."""

    value: float
    error: float

    @property
    def score(self) -> float:
        """The score in 0..1."""
        return 1.0 / (1.0 + math.exp(-self.value))

    @property
    def score_error(self) -> float:
        """The standard error of the score."""
        return self.error * self.score * (1.0 - self.score)


class Evidence(NamedTuple):
    """One test's word on an ability, and how much the test is about it (0..1)."""

    board: str
    ability: Ability
    weight: float


def measure(unit: Unit, value: float) -> float:
    """A result on a scale whose steps are equally large: log-odds, or points per hundred."""
    match unit:
        case Unit.PERCENT:
            share = min(max(value / 100, _LEAST_SHARE), 1 - _LEAST_SHARE)
            return math.log(share / (1 - share))
        case Unit.RATING:
            return value * _ELO
        case Unit.POINTS:
            return value / 100


def equated(unit: Unit, scale: Scale, reading: Reading) -> Ability:
    """A result as ability."""
    published = reading.error * _ELO if unit is Unit.RATING else 0.0
    return Ability(
        (measure(unit, reading.value) - scale.middle) / scale.spread,
        math.hypot(scale.error, published / scale.spread),
    )


def combined(evidence: Iterable[Evidence], prior: Prior) -> Ability | None:
    """What all tests together say; None where they say less than is known beforehand.

    The tests of one board share prompts, judges and setting: they are averaged, and the board
    counts once. Boards count by weight over squared error, and so does the prior.
    """
    by_board: dict[str, list[Evidence]] = {}
    for each in evidence:
        by_board.setdefault(each.board, []).append(each)
    words = [_averaged(each) for _, each in sorted(by_board.items())]
    told = math.fsum(weight for _, weight in words)
    before = prior.deviation**-2
    if told < before:
        return None
    total = told + before
    value = math.fsum([*(value * weight for value, weight in words), prior.mean * before]) / total
    return Ability(value, total**-0.5)


def _averaged(evidence: list[Evidence]) -> tuple[float, float]:
    """A board's ability and what it weighs."""
    weights = math.fsum(each.weight for each in evidence)
    value = math.fsum(each.ability.value * each.weight for each in evidence) / weights
    error = math.fsum(each.ability.error * each.weight for each in evidence) / weights
    about = math.fsum(each.weight**2 for each in evidence) / weights
    return value, about / error**2


def abilities(evidence: Mapping[str, list[Evidence]], prior: Prior) -> dict[str, Ability]:
    """What is said often enough, by task or tag."""
    found = {name: combined(each, prior) for name, each in sorted(evidence.items())}
    return {name: ability for name, ability in found.items() if ability is not None}
