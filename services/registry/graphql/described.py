"""Docstrings become the schema's descriptions."""

import inspect
from collections.abc import Callable
from typing import Any, NewType, TypeVar, dataclass_transform

import strawberry

_T = TypeVar("_T")

# GraphQL's Int ends at 2^31; offsets and revisions do not.
Long = NewType("Long", int)
LONG = strawberry.scalar(
    name="Long", description="A whole number up to 2^53.", serialize=int, parse_value=int
)


@dataclass_transform(field_specifiers=(strawberry.field,))
def described(cls: type[_T]) -> type[_T]:
    """A GraphQL object type with the class's docstring as its description."""
    return strawberry.type(cls, description=inspect.getdoc(cls))


@dataclass_transform(field_specifiers=(strawberry.field,))
def described_input(cls: type[_T]) -> type[_T]:
    """A GraphQL input type with the class's docstring as its description."""
    return strawberry.input(cls, description=inspect.getdoc(cls))


def field(resolver: Callable[..., Any]) -> Any:
    """A GraphQL field with the resolver's docstring as its description."""
    return strawberry.field(resolver, description=inspect.getdoc(resolver))


def mutation(resolver: Callable[..., Any]) -> Any:
    """A GraphQL mutation with the resolver's docstring as its description."""
    return strawberry.mutation(resolver, description=inspect.getdoc(resolver))
