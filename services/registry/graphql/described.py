"""Docstrings become the schema's descriptions."""

import inspect
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from typing import Any, NewType, TypeVar, dataclass_transform

import strawberry
from strawberry.types.scalar import ScalarDefinition

_T = TypeVar("_T")

MOST = 2**53
MAX_MONEY = 10**9


def _whole(value: object) -> int:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) <= MOST:
        return value
    raise ValueError(f"{str(value)[:50]!r} is no whole number up to 2^53.")


def _money(value: object) -> Decimal:
    # By way of its text: 0.3 is meant as 0.3, not as the binary fraction next to it.
    try:
        amount = Decimal(str(value)[:50])
    except InvalidOperation:
        amount = Decimal("NaN")
    if isinstance(value, bool) or not amount.is_finite() or not 0 <= amount <= MAX_MONEY:
        raise ValueError(f"{str(value)[:50]!r} is no amount of money.")
    return amount


# GraphQL's Int ends at 2^31; offsets and revisions do not.
Long = NewType("Long", int)
Money = NewType("Money", Decimal)
SCALARS: Mapping[object, ScalarDefinition] = {
    Long: strawberry.scalar(
        name="Long",
        description="A whole number up to 2^53.",
        serialize=int,
        parse_value=_whole,
    ),
    Money: strawberry.scalar(
        name="Money",
        description="An exact decimal, as text or number.",
        serialize=str,
        parse_value=_money,
    ),
}


@dataclass_transform(field_specifiers=(strawberry.field,))
def described(cls: type[_T]) -> type[_T]:
    """A GraphQL object type with the class's docstring as its description."""
    return strawberry.type(cls, description=inspect.getdoc(cls))


@dataclass_transform(field_specifiers=(strawberry.field,))
def described_input(cls: type[_T]) -> type[_T]:
    """A GraphQL input type with the class's docstring as its description."""
    return strawberry.input(cls, description=inspect.getdoc(cls))


@dataclass_transform(field_specifiers=(strawberry.field,))
def described_choice(cls: type[_T]) -> type[_T]:
    """A GraphQL input type of which exactly one field is given."""
    return strawberry.input(cls, one_of=True, description=inspect.getdoc(cls))


def field(resolver: Callable[..., Any]) -> Any:
    """A GraphQL field with the resolver's docstring as its description."""
    return strawberry.field(resolver, description=inspect.getdoc(resolver))


def subscription(resolver: Callable[..., Any]) -> Any:
    """A GraphQL subscription with the resolver's docstring as its description."""
    return strawberry.subscription(resolver, description=inspect.getdoc(resolver))


def mutation(resolver: Callable[..., Any]) -> Any:
    """A GraphQL mutation with the resolver's docstring as its description."""
    return strawberry.mutation(resolver, description=inspect.getdoc(resolver))
