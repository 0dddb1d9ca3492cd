"""Every way in which plain data is not of a shape: all of them at once, each where it stands."""

from __future__ import annotations

import difflib
import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import Any, NamedTuple

import msgspec
from msgspec import inspect as shapes

Path = tuple[str | int, ...]
MOST_SHOWN = 60
MOST_NUMBER, MOST_DIGITS = 2**53, 40
_WANTED: Mapping[type[shapes.Type], str] = {
    shapes.StrType: "a text",
    shapes.BoolType: "true or false",
    shapes.IntType: "a whole number",
    shapes.FloatType: "a number",
    shapes.DecimalType: "an amount",
    shapes.DateTimeType: "a time with its zone, such as 2026-06-01T12:00:00Z",
    shapes.VarTupleType: "a list",
}


class Fault(NamedTuple):
    """What is wrong at a place, and what to do about it.

    `path` leads there from the top. `within`: the line and the column in the text that stands
    there, from 1; None where it is all of it. `is_key`: the field's name is wrong, not its value.
    """

    path: Path
    message: str
    within: tuple[int, int] | None = None
    is_key: bool = False


def faults_of(shape: Any, value: Any) -> list[Fault]:
    """What keeps plain data from being of a type that msgspec knows; empty when nothing does."""
    return list(_faults(shapes.type_info(shape), value, ()))


def _faults(shape: shapes.Type, value: Any, path: Path) -> Iterator[Fault]:
    match shape:
        case shapes.UnionType():
            yield from _of_any(shape, value, path)
        case shapes.StructType():
            yield from _of_struct(shape, value, path)
        case shapes.VarTupleType():
            if not isinstance(value, list):
                yield _not("a list", value, path)
                return
            for number, each in enumerate(value):
                yield from _faults(shape.item_type, each, (*path, number))
        case shapes.DictType():
            if not isinstance(value, dict):
                yield _not("a mapping", value, path)
                return
            for name, each in value.items():
                yield from _faults(shape.value_type, each, (*path, name))
        case _:
            yield from _of_leaf(shape, value, path)


def _of_any(shape: shapes.UnionType, value: Any, path: Path) -> Iterator[Fault]:
    """The faults of the option that comes nearest: one for mappings where it is a mapping."""
    options = [each for each in shape.types if not isinstance(each, shapes.NoneType)]
    if value is None and shape.includes_none:
        return
    tried = [list(_faults(option, value, path)) for option in options]
    if all(tried):
        deep = [found for found in tried if any(fault.path != path for fault in found)]
        kinds = " or ".join(_wanted(option) for option in options)
        yield from deep[0] if deep else tried[0] if len(tried) == 1 else [_not(kinds, value, path)]


def _of_struct(shape: shapes.StructType, value: Any, path: Path) -> Iterator[Fault]:
    if not isinstance(value, dict):
        yield _not("a mapping", value, path)
        return
    known = {field.encode_name: field for field in shape.fields}
    for name, each in value.items():
        if name in known:
            yield from _faults(known[name].type, each, (*path, name))
        else:
            yield Fault((*path, name), _unknown(name, known), is_key=True)
    for name, field in known.items():
        if field.required and name not in value:
            yield Fault(path, f"{name} is missing; add it.")


def _unknown(name: str, known: Mapping[str, Any]) -> str:
    near = difflib.get_close_matches(name, known, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there may be {', '.join(known)}."
    return f"there is no field {_shown(name)} here: {hint}"


def _of_leaf(shape: shapes.Type, value: Any, path: Path) -> Iterator[Fault]:
    match shape:
        case shapes.EnumType():
            options = [str(each.value) for each in shape.cls]
        case shapes.LiteralType():
            options = [str(each) for each in shape.values]
        case _:
            if not _is_of(shape, value):
                yield _not(_wanted(shape), value, path)
            elif _is_large(shape, value):
                yield Fault(path, f"it is {_shown(value)}, more than anything here may be.")
            return
    if not isinstance(value, str) or value not in options:
        near = difflib.get_close_matches(_named(value), options, n=1)
        hint = f"; did you mean {near[0]}?" if near and len(options) > 1 else "."
        yield Fault(path, f"it is {_named(value)} and must be {' or '.join(options)}{hint}")


def _is_of(shape: shapes.Type, value: Any) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    match shape:
        case shapes.StrType():
            return isinstance(value, str)
        case shapes.BoolType():
            return isinstance(value, bool)
        case shapes.IntType():
            return isinstance(value, int) and is_number
        case shapes.FloatType():
            return is_number and (isinstance(value, int) or math.isfinite(value))
        case shapes.DecimalType():
            return (is_number or isinstance(value, str)) and _is_decimal(value)
        case shapes.DateTimeType():
            return isinstance(value, str) and _is_time(value)
        case _:
            raise TypeError(shape)


def _is_large(shape: shapes.Type, value: Any) -> bool:
    """Whether a number is beyond those that all arithmetic can be done with."""
    if isinstance(shape, shapes.StrType | shapes.DateTimeType):
        return False
    if isinstance(value, str):
        return len(value) > MOST_DIGITS or abs(Decimal(value)) > MOST_NUMBER
    return not isinstance(value, bool) and abs(value) > MOST_NUMBER


def _is_decimal(value: Any) -> bool:
    try:
        return Decimal(str(value)).is_finite()
    except (InvalidOperation, ValueError):
        return False


def _is_time(value: str) -> bool:
    try:
        return msgspec.convert(value, datetime).tzinfo is not None
    except msgspec.ValidationError:
        return False


def _wanted(shape: shapes.Type) -> str:
    return _WANTED.get(type(shape), "a mapping")


def _not(wanted: str, value: Any, path: Path) -> Fault:
    return Fault(path, f"it is {_named(value)} and must be {wanted}.")


def _named(value: Any) -> str:
    if isinstance(value, dict):
        return "a mapping"
    if isinstance(value, list):
        return "a list"
    return "nothing" if value is None else _shown(value)


def _shown(value: Any) -> str:
    """A value in a sentence, on one line, and not all of a long one."""
    if isinstance(value, int) and abs(value) > MOST_NUMBER:
        return "a very large number"  # Python writes out no number of thousands of digits
    text = repr(value) if isinstance(value, str) else str(value)
    return text if len(text) <= MOST_SHOWN else f"{text[:MOST_SHOWN]}…"
