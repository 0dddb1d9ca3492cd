"""Whether conditions can be so at all, tried out over values that tell all others apart.

A condition that only compares values with each other and with what is written out in it cannot
tell values apart that compare the same way: a few of them stand for all. Of any other condition
nothing is claimed.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import product
from types import MappingProxyType
from typing import Any

from routeyard.domain.catalog import Hosting
from routeyard.domain.health import HealthState
from routeyard.domain.policies.condition import (
    VARIABLES,
    Condition,
    Loaded,
    constants,
    functions,
)
from routeyard.domain.resolution import Objective, Precision, Step

MOST_TRIED = 4_096
MOST_NUMBER = 10**9
OTHER = "\x01other"
_COMPARE = frozenset(
    {"_==_", "_!=_", "_<_", "_<=_", "_>_", "_>=_", "_&&_", "_||_", "!_", "_?_:_", "@in"}
)
# What can only have one of a few values, whatever is asked. Empty is none.
CLOSED: Mapping[str, tuple[str, ...]] = {
    "request.step": ("", *Step),
    "request.objective": ("", *Objective),
    "request.precision": ("", *Precision),
    "primary.hosting": tuple(Hosting),
    "primary.health": tuple(HealthState),
}
_RANGES = {"now.hour": range(24), "now.weekday": range(1, 8)}
Fixed = Mapping[str, Any]


def can_hold(conditions: Sequence[Condition], fixed: Fixed = MappingProxyType({})) -> bool:
    """Whether all of them can be so at once, where some values are `fixed`.

    True also where that cannot be told.
    """
    if not all(functions(each) <= _COMPARE for each in conditions):
        return True
    loaded = [Loaded(each) for each in conditions]
    written = frozenset[str | int]().union(*(constants(each) for each in conditions))
    names = sorted({name for each in loaded for name in each.reads})
    domains = [_values(name, written, fixed) for name in names]
    if math.prod(len(each) for each in domains) > MOST_TRIED:
        return True
    return any(
        _all_hold(loaded, dict(zip(names, values, strict=True))) for values in product(*domains)
    )


def _all_hold(loaded: Iterable[Loaded], values: Mapping[str, Any]) -> bool:
    return all(each.holds(tuple([values[n] for n in each.reads])) is not False for each in loaded)


def never(name: str, written: Iterable[str | int]) -> list[str]:
    """The texts among those written out that a variable of a few values never has."""
    known = CLOSED.get(name)
    return [] if known is None else sorted(str(each) for each in written if each not in known)


def _values(name: str, written: frozenset[str | int], fixed: Fixed) -> Sequence[Any]:
    if name in fixed:
        return [fixed[name]]
    if name in _RANGES:
        return _RANGES[name]
    if name in CLOSED:
        return CLOSED[name]
    texts = sorted(each for each in written if isinstance(each, str))
    match VARIABLES[name]:
        case "int":
            numbers = {
                each + step for each in written if isinstance(each, int) for step in (-1, 0, 1)
            }
            return sorted({n for n in numbers if n >= 0} | {0, 1, MOST_NUMBER})
        case "string":
            # Between each of them and the next there is another text.
            return sorted({"", OTHER, *texts, *(f"{each}\x01" for each in texts)})
        case _:
            return [(), (OTHER,), *((each,) for each in texts), tuple(texts)]
