"""Every way through the schema's types, and documents that go along it."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from graphql import (
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    is_leaf_type,
    is_required_argument,
)

MAX_DEPTH = 10
NESTED_FIRST = 20
# Below what a document may have, with room for what goes around the paths.
MOST_TOKENS = 800


class Argument:
    """What a field is asked with: a value, or a callable. Equal to itself alone."""

    def __init__(self, name: str, type_: object, value: Any) -> None:
        self.name = name
        self.type = str(type_)
        self.value = value


class Step(NamedTuple):
    """A field on the way, and what it is asked with."""

    field: str
    arguments: tuple[Argument, ...] = ()


Path = tuple[Step, ...]
_NESTED = Argument("first", "Int!", NESTED_FIRST)


def below(type_: GraphQLNamedType, seen: frozenset[str], room: int) -> Iterator[Path]:
    """Every way from a type to a leaf. A type that was passed before is only identified."""
    if not isinstance(type_, GraphQLObjectType) or room < 1:
        return
    for name, field in type_.fields.items():
        if any(is_required_argument(each) for each in field.args.values()):
            continue
        step, inner = Step(name, _first(field.args)), get_named_type(field.type)
        if is_leaf_type(inner):
            yield (step,)
        elif inner.name in seen or _is_node_of_edge(type_, name):
            yield (step, *identified(inner))
        else:
            for path in below(inner, seen | {inner.name}, room - 1):
                yield (step, *path)


def identified(type_: GraphQLNamedType) -> Path:
    """The shortest way to a leaf of a type."""
    assert isinstance(type_, GraphQLObjectType)
    leaves = [n for n, f in type_.fields.items() if is_leaf_type(get_named_type(f.type))]
    if "nodes" in type_.fields:
        return (Step("nodes"), *identified(get_named_type(type_.fields["nodes"].type)))
    return (Step(leaves[0]),) if leaves else (Step("__typename"),)


def shallow(type_: GraphQLNamedType) -> Iterator[Path]:
    """A type's own leaves, those of its nodes, of its page, and of what has nothing but leaves."""
    assert isinstance(type_, GraphQLObjectType)
    for name, field in type_.fields.items():
        inner = get_named_type(field.type)
        if is_leaf_type(inner) and not field.args:
            yield (Step(name),)
        elif name == "nodes" or (not field.args and _is_flat(inner)):
            yield from ((Step(name), *path) for path in shallow(inner))


def _is_flat(type_: GraphQLNamedType) -> bool:
    return isinstance(type_, GraphQLObjectType) and all(
        is_leaf_type(get_named_type(field.type)) for field in type_.fields.values()
    )


def packed(paths: Sequence[Path]) -> Iterator[list[Path]]:
    """The paths in as few documents as may be asked."""
    held: list[Path] = []
    for path in paths:
        if held and _tokens(tree([*held, path])) > MOST_TOKENS:
            yield held
            held = []
        held.append(path)
    if held:
        yield held


def tree(paths: Sequence[Path]) -> dict[Step, Any]:
    """Paths with common beginnings put together."""
    root: dict[Step, Any] = {}
    for path in paths:
        here = root
        for step in path:
            here = here.setdefault(step, {})
    return root


def written(paths: Sequence[Path], operation: str = "query") -> tuple[str, dict[str, Any]]:
    """A document along the paths, and its variables, some of them callables."""
    variables: dict[str, tuple[str, Any]] = {}
    body = _body(tree(paths), variables)
    declared = ", ".join(f"${name}: {type_}" for name, (type_, _) in variables.items())
    head = f"{operation}({declared})" if declared else operation
    return f"{head} {body}", {name: value for name, (_, value) in variables.items()}


def _body(branch: dict[Step, Any], variables: dict[str, tuple[str, Any]]) -> str:
    parts = []
    for step, inner in branch.items():
        told = []
        for each in step.arguments:
            variable = f"v{len(variables)}"
            variables[variable] = (each.type, each.value)
            told.append(f"{each.name}: ${variable}")
        arguments = f"({', '.join(told)})" if told else ""
        parts.append(f"{step.field}{arguments}" + (f" {_body(inner, variables)}" if inner else ""))
    return "{ " + " ".join(parts) + " }"


def _tokens(branch: dict[Step, Any]) -> int:
    return sum(
        1 + 8 * len(step.arguments) + (2 + _tokens(inner) if inner else 0)
        for step, inner in branch.items()
    )


def _first(arguments: dict[str, Any]) -> tuple[Argument, ...]:
    return (_NESTED,) if "first" in arguments else ()


def _is_node_of_edge(type_: GraphQLObjectType, field: str) -> bool:
    return field == "node" and type_.name.endswith("Edge")


def reached(schema: GraphQLSchema, data: Any, type_: GraphQLNamedType) -> Iterator[str]:
    """The coordinates (`Type.field`) that an answer fills with something."""
    if isinstance(data, list):
        for each in data:
            yield from reached(schema, each, type_)
    if not isinstance(data, dict) or not isinstance(type_, GraphQLObjectType):
        return
    for name, value in data.items():
        is_nothing = value in (None, [], {}, "") or (value == 0 and value is not False)
        if name in type_.fields and not is_nothing:
            yield f"{type_.name}.{name}"
            yield from reached(schema, value, get_named_type(type_.fields[name].type))
