"""Conditions in CEL: checked against declared variables at publishing, and then only evaluated.

What is kept is the checked expression, so that a router neither parses nor can fail to understand.
A value that is missing makes a condition neither true nor false.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping
from functools import cache
from typing import Any, NamedTuple

from cel_expr_python import cel

from routeyard.domain.policies import checked
from routeyard.domain.policies.checked import Bound
from routeyard.domain.value import Value

MOST_HELD = 1_024
MISSING = object()
_WHERE = re.compile(r"ERROR: <input>:(\d+):(\d+): (.*)")
_TYPES: Mapping[str, Callable[[], Any]] = {
    "string": lambda: cel.Type.STRING,
    "int": lambda: cel.Type.INT,
    "bool": lambda: cel.Type.BOOL,
    "list<string>": lambda: cel.Type.List(cel.Type.STRING),
}
# What conditions may speak of. Times are milliseconds, money millionths of a dollar: whole numbers.
# Those of `primary` are missing while they are unknown; the others are always there.
VARIABLES: Mapping[str, str] = {
    "tenant.id": "string",
    "tenant.class": "string",
    "tenant.tier": "string",
    "tenant.data_residency": "string",
    "tenant.residency": "list<string>",
    "project.id": "string",
    "key.id": "string",
    "router.zone": "string",
    "now.hour": "int",
    "now.weekday": "int",
    "request.step": "string",
    "request.objective": "string",
    "request.precision": "string",
    "request.models": "list<string>",
    "request.capabilities": "list<string>",
    "request.languages": "list<string>",
    "request.modalities_in": "list<string>",
    "request.residency": "list<string>",
    "request.min_context": "int",
    "request.input_tokens": "int",
    "request.output_tokens": "int",
    "primary.latency_ms": "int",
    "primary.ttft_ms": "int",
    "primary.cost_micros": "int",
    "primary.context": "int",
    "primary.model": "string",
    "primary.release": "string",
    "primary.endpoint": "string",
    "primary.provider": "string",
    "primary.hosting": "string",
    "primary.health": "string",
}


class Condition(Value, frozen=True):
    """An expression as it was written, and checked (a serialised `CheckedExpr`, base64)."""

    text: str
    checked: str


class Fault(NamedTuple):
    """Why a text is no condition; lines and columns count from 1."""

    line: int
    column: int
    message: str


def check(text: str, known: Mapping[str, str] = VARIABLES) -> Condition | Fault:
    """A text as a condition over the variables that are `known`, by type; or what is wrong."""
    try:
        expression = _environment(tuple(sorted(known.items()))).compile(text)
    except RuntimeError as fault:
        return _fault(str(fault))
    if expression.return_type() != cel.Type.BOOL:
        name = expression.return_type().name().lower()
        return Fault(1, 1, f"it is no condition: its value is of type {name}, not bool")
    serialised = checked.sorted_(expression.serialize())
    return Condition(text=text, checked=b64encode(serialised).decode())


def _fault(message: str) -> Fault:
    found = _WHERE.search(message)
    if found is None:
        return Fault(1, 1, message.splitlines()[0])
    return Fault(int(found[1]), int(found[2]), found[3])


@cache
def _environment(known: tuple[tuple[str, str], ...]) -> cel.Env:
    return cel.NewEnv(variables={name: _TYPES[type_]() for name, type_ in known})


class Loaded:
    """A checked condition, ready. `reads`: its variables, in the order their values are given."""

    def __init__(self, condition: Condition) -> None:
        known = _environment(tuple(sorted(VARIABLES.items())))
        self.text = condition.text
        self.reads: tuple[str, ...] = tuple(sorted(reads(condition)))
        self._expression = known.deserialize(b64decode(condition.checked))
        self._held: dict[tuple[Any, ...], bool | None] = {}

    def holds(self, values: tuple[Any, ...]) -> bool | None:
        """Whether it is so; None when a value that it needs is MISSING, or it fails on them.

        Lists are given as tuples. The same values always give the same answer, so it is kept.
        """
        held = self._held.get(values, MISSING)
        if held is MISSING:
            held = self.evaluate(values)
            if len(self._held) < MOST_HELD:
                self._held[values] = held
        return held  # type: ignore[return-value]  # the sentinel is gone by now

    def evaluate(self, values: tuple[Any, ...]) -> bool | None:
        """The same, whatever was found out before."""
        given = {
            name: list(value) if isinstance(value, tuple) else value
            for name, value in zip(self.reads, values, strict=True)
            if value is not MISSING
        }
        # The plain value of an error is a text, and a text counts as true.
        found = self._expression.eval(data=given).plain_value()
        return found if isinstance(found, bool) else None


def reads(condition: Condition) -> frozenset[str]:
    """The variables that a condition reads."""
    return checked.names(b64decode(condition.checked)) & VARIABLES.keys()


def size(condition: Condition) -> int:
    """How many nodes its syntax tree has."""
    return checked.size(b64decode(condition.checked))


def has_loop(condition: Condition) -> bool:
    """Whether it goes through a list."""
    return checked.has_loop(b64decode(condition.checked))


def constants(condition: Condition) -> frozenset[str | int]:
    """The texts and the whole numbers that are written out in it."""
    return checked.constants(b64decode(condition.checked))


def functions(condition: Condition) -> frozenset[str]:
    """The functions and operators that it uses, as CEL calls them (`_==_`, `size`)."""
    return checked.names(b64decode(condition.checked)) - VARIABLES.keys()


def bound(condition: Condition) -> Bound | None:
    """The bound that it sets on one variable; None unless it is that and nothing else."""
    found = checked.bound(b64decode(condition.checked))
    return found if found is not None and found.variable in VARIABLES else None
