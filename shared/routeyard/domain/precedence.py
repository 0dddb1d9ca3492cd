"""Whose word counts, field by field, where sources disagree; and what they disagree on."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from itertools import repeat
from typing import Any

from routeyard.domain.claims import OPERATOR_RANK, Claimed, Json, Statement, exists, is_live
from routeyard.domain.value import Value


class By(StrEnum):
    """What decides between two claims."""

    OPERATOR = "operator"
    MAKER = "maker"
    RANK = "rank"
    MEASURED = "measured"
    MOST = "most"
    NEWEST = "newest"
    NAME = "name"


# What is agreed with whoever serves (a price, a limit) is known best by the best source.
AGREED = (By.OPERATOR, By.RANK, By.MAKER, By.NEWEST)
# What a model is by nature is told best where its maker serves it: others may cut it short. Of
# equally good sources the value counts that most say.
BY_NATURE = (By.OPERATOR, By.MAKER, By.RANK, By.MOST, By.NEWEST)
# Of two results by equally good sources the one measured last counts.
MEASURED = (By.OPERATOR, By.RANK, By.MEASURED, By.NEWEST)

PRECEDENCE: Mapping[str, tuple[By, ...]] = {
    "benchmarks": MEASURED,
    "quality": MEASURED,
    "capabilities": BY_NATURE,
    "context": BY_NATURE,
    "deprecated_on": BY_NATURE,
    "family": BY_NATURE,
    "knowledge_cutoff": BY_NATURE,
    "licence": BY_NATURE,
    "lifecycle": BY_NATURE,
    "max_output": BY_NATURE,
    "modalities_in": BY_NATURE,
    "modalities_out": BY_NATURE,
    "mode": BY_NATURE,
    "name": BY_NATURE,
    "open_weights": BY_NATURE,
    "parameters": BY_NATURE,
    "released_on": BY_NATURE,
    "retires_on": BY_NATURE,
    "succeeded_by": BY_NATURE,
}


# Each source lists those it knows of, so together they know more; an operator's list is the list.
UNITED = frozenset({"languages"})


def order_of(field: str) -> tuple[By, ...]:
    """What decides about a field, first things first; `quality.general` goes by `quality`."""
    return PRECEDENCE.get(field.partition(".")[0], AGREED)


class Voice(Value, frozen=True):
    """One source's claim about a field, and what it weighs.

    `native` is the source's own name of the entity. `observed_us`: microseconds since 1970.
    """

    source: str
    native: str
    value: Any
    rank: int
    is_maker: bool
    observed_us: int
    event_id: str
    evidence: str = ""
    measured_on: str | None = None


class Conflict(Value, frozen=True):
    """A field on which sources disagree: `voices`, the one that holds first, and why it does."""

    field: str
    voices: tuple[Voice, ...]
    decided_by: By


_Spoken = tuple[Statement, Claimed, int]
# MOST looks at all claims that are equal so far, the others at one.
_CRITERIA: Mapping[By, Callable[[Statement, Claimed, int], Any]] = {
    By.OPERATOR: lambda _statement, _claimed, rank: rank >= OPERATOR_RANK,
    By.MAKER: lambda statement, _claimed, _rank: statement.is_first_party,
    By.RANK: lambda _statement, _claimed, rank: rank,
    By.MEASURED: lambda _statement, claimed, _rank: claimed.measured_on or "",
    By.NEWEST: lambda _statement, claimed, _rank: claimed.stamp,
    By.NAME: lambda statement, _claimed, _rank: (statement.source, statement.native),
}


def merge(statements: Iterable[Statement], ranks: Mapping[str, int]) -> dict[str, Json] | None:
    """What holds of an entity; None when nobody announces it.

    Dotted fields (`capabilities.tool_use`) become nested objects.
    """
    statements = list(statements)
    if not exists(statements):
        return None
    return _nested(
        (field, _held(field, spoken))
        for field, spoken in sorted(_by_field(statements, ranks).items())
    )


def voices(statements: Iterable[Statement], ranks: Mapping[str, int]) -> dict[str, list[Voice]]:
    """Every claim that counts by field, the one that holds first."""
    return {
        field: [_voice(each) for each in _ranked(field, spoken)]
        for field, spoken in sorted(_by_field(statements, ranks).items())
    }


def conflicts(statements: Iterable[Statement], ranks: Mapping[str, int]) -> list[Conflict]:
    """The fields on which sources disagree. One source may disagree with itself under two names."""
    return [
        Conflict(field, tuple(_voice(each) for each in ranked), _decider(field, ranked))
        for field, spoken in sorted(_by_field(statements, ranks).items())
        if field not in UNITED
        if any(each[1].value != spoken[0][1].value for each in spoken)
        for ranked in (_ranked(field, spoken),)
    ]


def _by_field(
    statements: Iterable[Statement], ranks: Mapping[str, int]
) -> dict[str, list[_Spoken]]:
    spoken: dict[str, list[_Spoken]] = {}
    for statement in statements:
        if is_live(statement):
            rank = ranks.get(statement.source, 0)
            for field, claimed in statement.fields.items():
                spoken.setdefault(field, []).append((statement, claimed, rank))
    return spoken


def _weights(field: str, spoken: list[_Spoken]) -> list[tuple[Any, ...]]:
    """What each claim weighs, criterion by criterion."""
    weights: list[tuple[Any, ...]] = [() for _ in spoken]
    for by in (*order_of(field), By.NAME):
        more = _by_one(by, spoken, weights)
        weights = [(*weight, each) for weight, each in zip(weights, more, strict=True)]
    return weights


def _by_one(by: By, spoken: list[_Spoken], equal_so_far: Iterable[Any]) -> list[Any]:
    if by is not By.MOST:
        return [_CRITERIA[by](*each) for each in spoken]
    said = [
        (so_far, repr(each[1].value)) for so_far, each in zip(equal_so_far, spoken, strict=True)
    ]
    counts = Counter(said)
    return [counts[each] for each in said]


def _held(field: str, spoken: list[_Spoken]) -> Json:
    first = spoken[0][1].value
    # Most claims stand alone or agree, and merging is what ingesting does most.
    if field not in UNITED and all(each[1].value == first for each in spoken):
        return first
    _, claimed, rank = _strongest(field, spoken)
    if field not in UNITED or rank >= OPERATOR_RANK:
        return claimed.value
    return sorted({member for _, each, _ in spoken for member in each.value})


def _strongest(field: str, spoken: list[_Spoken]) -> _Spoken:
    """The claim of greatest weight; those that lose by one criterion are not asked the next."""
    for by in (*order_of(field), By.NAME):
        if len(spoken) == 1:
            break
        weights = _by_one(by, spoken, repeat((), len(spoken)))
        most = max(weights)
        spoken = [each for each, weight in zip(spoken, weights, strict=True) if weight == most]
    return spoken[0]


def _ranked(field: str, spoken: list[_Spoken]) -> list[_Spoken]:
    return [each for _, each in _weighed(field, spoken)]


def _weighed(field: str, spoken: list[_Spoken]) -> list[tuple[tuple[Any, ...], _Spoken]]:
    weighed = zip(_weights(field, spoken), spoken, strict=True)
    return sorted(weighed, key=lambda each: each[0], reverse=True)


def _decider(field: str, spoken: list[_Spoken]) -> By:
    """What put the claim that holds before the strongest one that differs."""
    (held_weight, held), *others = _weighed(field, spoken)
    rival = next(weight for weight, each in others if each[1].value != held[1].value)
    criteria = zip((*order_of(field), By.NAME), held_weight, rival, strict=True)
    return next(by for by, one, other in criteria if one != other)


def _voice(spoken: _Spoken) -> Voice:
    statement, claimed, rank = spoken
    return Voice(
        source=statement.source,
        native=statement.native,
        value=claimed.value,
        rank=rank,
        is_maker=statement.is_first_party,
        observed_us=claimed.stamp.observed_us,
        event_id=claimed.stamp.event_id,
        evidence=claimed.evidence,
        measured_on=claimed.measured_on,
    )


def _nested(flat: Iterable[tuple[str, Json]]) -> dict[str, Json]:
    body: dict[str, Json] = {}
    for name, value in flat:
        group, dot, member = name.partition(".")
        if dot:
            body.setdefault(group, {})[member] = value
        else:
            body[group] = value
    return body
