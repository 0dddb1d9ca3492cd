"""Looking into checked expressions, as CEL serialises them (`cel.expr.CheckedExpr` in protobuf)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

# Of cel.expr.CheckedExpr, and of the Expr in it.
_REFERENCE_MAP, _TYPE_MAP, _EXPRESSION, _SOURCE = 2, 3, 4, 5
_ID, _CONSTANT, _CALL, _COMPREHENSION = 2, 3, 6, 9
_FUNCTION, _ARGUMENT, _INT64, _STRING = 2, 3, 3, 6
_ANY_VALUE = 2
_VARINT, _FIXED64, _BYTES, _FIXED32 = 0, 1, 2, 5
# The ways to write that a variable is above a number: which side it is on, and what is taken off.
_ABOVE = {b"_>_": (0, 0), b"_>=_": (0, 1), b"_<_": (1, 0), b"_<=_": (1, 1)}
Field = tuple[int, int | bytes]


class Bound(NamedTuple):
    """A condition of the form `variable > number`, or `>=`, from either side."""

    variable: str
    most: int


def sorted_(checked: bytes) -> bytes:
    """The same expression in the one order: maps are serialised in any, from one to the next."""
    message = b"".join(
        sorted(
            _field(number, b"".join(sorted(_split(value))) if number == _SOURCE else value)
            for number, value in _fields(_unwrapped(checked))
            if isinstance(value, bytes)
        )
    )
    return b"".join(
        _field(number, message if number == _ANY_VALUE else value)
        for number, value in _fields(checked)
        if isinstance(value, bytes)
    )


def _split(message: int | bytes) -> Iterator[bytes]:
    """The fields of a message, each as it is written."""
    at = 0
    while isinstance(message, bytes) and at < len(message):
        start = at
        tag, at = _varint(message, at)
        length, at = _varint(message, at)
        at += length if tag & 7 == _BYTES else 0
        yield message[start:at]


def _field(number: int, value: bytes) -> bytes:
    return _written(number << 3 | _BYTES) + _written(len(value)) + value


def _written(number: int) -> bytes:
    found = bytearray()
    while number > 0x7F:  # noqa: PLR2004 - seven bits a byte
        found.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*found, number])


def names(checked: bytes) -> frozenset[str]:
    """The variables and functions that an expression refers to."""
    return frozenset(name for _, name in _references(_unwrapped(checked)))


def size(checked: bytes) -> int:
    """How many nodes the syntax tree has."""
    return sum(number == _TYPE_MAP for number, _ in _fields(_unwrapped(checked)))


def has_loop(checked: bytes) -> bool:
    """Whether it goes through a list (`exists`, `all`, `map`, `filter`)."""
    return _COMPREHENSION in _shape(_expression_of(_unwrapped(checked)))


def constants(checked: bytes) -> frozenset[str | int]:
    """The texts and the whole numbers that are written out in it, however they are written."""
    found: set[str | int] = set()
    for number, value in _parts(_expression_of(_unwrapped(checked))):
        if number != _CONSTANT or not isinstance(value, bytes):
            continue
        for kind, constant in _fields(value):
            if kind == _INT64 and isinstance(constant, int):
                found.add(constant - (1 << 64) if constant >> 63 else constant)
            elif kind == _STRING and isinstance(constant, bytes):
                found.add(constant.decode())
    return frozenset(found)


def bound(checked: bytes) -> Bound | None:
    """The bound that an expression of the simplest form sets; None of any other form."""
    message = _unwrapped(checked)
    known = dict(_references(message))
    call = dict(_fields(_expression_of(message))).get(_CALL)
    parts = list(_fields(call)) if isinstance(call, bytes) else []
    function = next((value for number, value in parts if number == _FUNCTION), b"")
    sides = [dict(_fields(v)) for n, v in parts if n == _ARGUMENT and isinstance(v, bytes)]
    if function not in _ABOVE or len(sides) != 2:  # noqa: PLR2004 - two sides
        return None
    side, less = _ABOVE[function]
    variable, constant = known.get(_number(sides[side].get(_ID))), sides[1 - side].get(_CONSTANT)
    most = dict(_fields(constant)).get(_INT64) if isinstance(constant, bytes) else None
    if variable is None or not isinstance(most, int):
        return None
    return Bound(variable, _signed(most) - less)


def _references(message: bytes) -> Iterator[tuple[int, str]]:
    for number, entry in _fields(message):
        if number == _REFERENCE_MAP and isinstance(entry, bytes):
            pair = dict(_fields(entry))
            reference = pair.get(2)
            name = dict(_fields(reference)).get(1) if isinstance(reference, bytes) else None
            if isinstance(name, bytes):
                yield _number(pair.get(1)), name.decode()


def _expression_of(message: bytes) -> bytes:
    found = dict(_fields(message)).get(_EXPRESSION)
    return found if isinstance(found, bytes) else b""


def _shape(expression: bytes) -> set[int]:
    """The kinds of all expressions in one."""
    return {number for number, _ in _parts(expression)}


def _parts(expression: bytes) -> Iterator[Field]:
    """All expressions in one, by kind; with them fields of theirs of the same numbers."""
    waiting = [expression]
    while waiting:
        for number, value in _fields(waiting.pop()):
            yield number, value
            if isinstance(value, bytes) and number in (5, 6, 7, 8, _COMPREHENSION):
                waiting += [each for _, each in _fields(value) if isinstance(each, bytes)]


def _unwrapped(packed: bytes) -> bytes:
    """The message in a google.protobuf.Any."""
    found = dict(_fields(packed)).get(2)
    return found if isinstance(found, bytes) else b""


def _number(value: int | bytes | None) -> int:
    return value if isinstance(value, int) else 0


def _signed(number: int) -> int:
    """A negative number is written as what it is modulo 2^64."""
    return number - (1 << 64) if number >> 63 else number


def _fields(message: bytes) -> Iterator[Field]:
    """The fields of a protobuf message by number; nothing more where it ends being one."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == _VARINT:
            value, at = _varint(message, at)
            yield tag >> 3, value
            continue
        if kind == _BYTES:
            length, at = _varint(message, at)
        elif kind in (_FIXED64, _FIXED32):
            length = 8 if kind == _FIXED64 else 4
        else:
            return
        yield tag >> 3, message[at : at + length]
        at += length


def _varint(message: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while at < len(message):
        byte = message[at]
        value |= (byte & 0x7F) << shift
        at, shift = at + 1, shift + 7
        if byte < 0x80:  # noqa: PLR2004 - the last byte of a number
            break
    return value, at
