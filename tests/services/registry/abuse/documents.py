"""Documents made from the schema: right in form, wrong or odd in what they ask for."""

from random import Random
from typing import Any

from graphql import (
    GraphQLEnumType,
    GraphQLInputObjectType,
    GraphQLList,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_required_argument,
)

from tests.services.registry.abuse.payloads import KNOWN, NUMBERS, TIMES, anything, text
from tests.services.registry.scoping.paths import Argument, Step, shallow, written

_TIMES = {"DateTime", "Date", "Time"}
_NUMBERS = {"Int", "Long", "Float", "Money"}
# Orders that would take away what the rest of the run stands on.
SPARED = frozenset({"revokeKey", "rotateKey", "offboardTenant"})


def document(schema: GraphQLSchema, draw: Random, *, wrong: float) -> tuple[str, dict[str, Any]]:
    """One field with some of its arguments; a part `wrong` of the values is of no right type."""
    is_order = draw.random() < 0.3
    root = schema.mutation_type if is_order else schema.query_type
    assert root is not None
    name = draw.choice(sorted(set(root.fields) - SPARED))
    field = root.fields[name]
    told = tuple(
        Argument(key, each.type, value(each.type, draw, wrong))
        for key, each in field.args.items()
        if is_required_argument(each) or draw.random() < 0.5
    )
    inner = get_named_type(field.type)
    step = Step(name, told)
    paths = [(step, *path) for path in shallow(inner)] if _has_fields(inner) else [(step,)]
    return written(paths, "mutation" if is_order else "query")


def value(type_: Any, draw: Random, wrong: float) -> Any:
    """A value for a type."""
    if draw.random() < wrong:
        return anything(draw)
    if isinstance(type_, GraphQLNonNull):
        return value(type_.of_type, draw, wrong)
    if isinstance(type_, GraphQLList):
        return [value(type_.of_type, draw, wrong) for _ in range(draw.choice((0, 1, 1, 2, 60)))]
    if isinstance(type_, GraphQLInputObjectType):
        return {
            name: value(field.type, draw, wrong)
            for name, field in type_.fields.items()
            if is_required_argument(field) or draw.random() < 0.4
        }
    if isinstance(type_, GraphQLEnumType):
        return draw.choice([*type_.values, "WRONG"])
    return _leaf(type_.name, draw)


def _leaf(type_: str, draw: Random) -> Any:
    if type_ == "Boolean":
        return draw.random() < 0.5
    if type_ in _NUMBERS:
        return draw.choice(NUMBERS)
    if type_ in _TIMES:
        return draw.choice(TIMES)
    if type_ == "JSON":
        return anything(draw)
    return draw.choice(KNOWN) if draw.random() < 0.3 else text(draw)


def _has_fields(type_: Any) -> bool:
    return isinstance(type_, GraphQLObjectType)
