"""Executing queries: plain values are handed over without the ceremony that resolvers need."""

from collections.abc import Mapping
from typing import Any

from graphql import (
    GraphQLBoolean,
    GraphQLFloat,
    GraphQLID,
    GraphQLInt,
    GraphQLNonNull,
    GraphQLObjectType,
    GraphQLSchema,
    GraphQLString,
)
from strawberry.schema.schema import StrawberryGraphQLCoreExecutionContext
from strawberry.types.field import StrawberryField

# What each of these types shows as it is. Integers of 32 bits only: others are an error.
_SHOWN_AS_IT_IS = {
    GraphQLString: str,
    GraphQLID: str,
    GraphQLInt: int,
    GraphQLFloat: float,
    GraphQLBoolean: bool,
}
_LARGEST, _INFINITE = 2**31, float("inf")

Plain = Mapping[tuple[str, str], tuple[str, type, bool]]


def execution_of(schema: GraphQLSchema) -> type[StrawberryGraphQLCoreExecutionContext]:
    """An execution that reads the attributes behind plain fields itself.

    Half of a page's time is spent on fields that are an attribute of the right type. All others,
    and every fault, go the usual way.
    """
    plain = _plain(schema)

    class Execution(StrawberryGraphQLCoreExecutionContext):
        def execute_field(
            self, parent_type: Any, source: Any, field_details_list: Any, *rest: Any
        ) -> Any:
            name = field_details_list[0].node.name.value
            known = plain.get((parent_type.name, name))
            if known is not None:
                attribute, type_, is_nullable = known
                value = getattr(source, attribute, None)
                if type(value) is type_ and _is_shown(value):
                    return value
                if value is None and is_nullable:
                    return None
            return super().execute_field(parent_type, source, field_details_list, *rest)

    return Execution


def _is_shown(value: Any) -> bool:
    if type(value) is int:
        return -_LARGEST <= value < _LARGEST
    return type(value) is not float or -_INFINITE < value < _INFINITE


def _plain(schema: GraphQLSchema) -> Plain:
    """The attribute, its type, and whether it may be None, by type and field."""
    found = {}
    for type_ in schema.type_map.values():
        if not isinstance(type_, GraphQLObjectType):
            continue
        for name, field in type_.fields.items():
            declared = field.extensions.get("strawberry-definition")
            is_nullable = not isinstance(field.type, GraphQLNonNull)
            shown = _SHOWN_AS_IT_IS.get(field.type if is_nullable else field.type.of_type)
            if isinstance(declared, StrawberryField) and declared.is_basic_field and shown:
                found[type_.name, name] = (declared.python_name, shown, is_nullable)
    return found
