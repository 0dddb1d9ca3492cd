"""Everything that can be asked, made from the schema: each field, with each of its arguments."""

from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from graphql import (
    GraphQLArgument,
    GraphQLEnumType,
    GraphQLField,
    GraphQLInputField,
    GraphQLInputObjectType,
    GraphQLNamedType,
    GraphQLObjectType,
    GraphQLSchema,
    get_named_type,
    get_nullable_type,
    is_leaf_type,
    is_list_type,
    is_required_argument,
)

from routeyard.runtime.clock import utc_now
from tests.services.registry.scoping.coordinates import (
    ARGUMENTS,
    FOR_ADMINS,
    FOR_OPERATORS,
    INPUT_SETS,
    INPUTS,
    NOW,
    PAGING,
    SETS,
    Arguments,
)
from tests.services.registry.scoping.customers import NEWEST, Customer
from tests.services.registry.scoping.paths import (
    MAX_DEPTH,
    Argument,
    Path,
    Step,
    below,
    identified,
    packed,
    shallow,
    written,
)

Inputs = GraphQLArgument | GraphQLInputField


class Question(NamedTuple):
    """A document, with variables that may depend on whose things are meant."""

    name: str
    kind: str
    field: str
    document: str
    variables: dict[str, Any]
    cells: int

    @property
    def varies(self) -> bool:
        """Whether it names something of a tenant."""
        return any(_varies(value) for value in self.variables.values())

    def asked(self, who: Customer) -> dict[str, Any]:
        """The variables with a customer's names in them."""
        return {name: given(value, who) for name, value in self.variables.items()}


def given(value: Any, who: Customer) -> Any:
    """A value with a customer's names in it."""
    if callable(value):
        return value(who)
    if value is NOW:
        return utc_now().isoformat()
    if isinstance(value, dict):
        return {name: given(each, who) for name, each in value.items()}
    return [given(each, who) for each in value] if isinstance(value, list) else value


def questions(schema: GraphQLSchema) -> Iterator[Question]:
    """All questions about the graph, now and at a revision."""
    query = schema.query_type
    assert query is not None
    for name, field in query.fields.items():
        yield from _about(schema, name, field, ())
    graph = get_named_type(query.fields["graph"].type)
    assert isinstance(graph, GraphQLObjectType)
    then = _at(NEWEST - 1)
    for name, field in graph.fields.items():
        if not is_leaf_type(get_named_type(field.type)):
            yield from _about(schema, name, field, (then,))
    for revision in range(1, NEWEST + 1):
        yield _over_time(graph, revision)


def _at(revision: int) -> Step:
    return Step("graph", (Argument("revision", "Long", revision),))


def _over_time(graph: GraphQLObjectType, revision: int) -> Question:
    then = _at(revision)
    paths = [
        (then, Step(name), *identified(get_named_type(field.type)))
        for name, field in graph.fields.items()
        if not any(is_required_argument(each) for each in field.args.values())
        and not is_leaf_type(get_named_type(field.type))
    ]
    counts = get_named_type(graph.fields["counts"].type)
    paths += [(then, Step("counts"), *path) for path in shallow(counts)]
    return _question(f"graph(revision: {revision})", "over time", "graph", paths)


def _about(
    schema: GraphQLSchema, name: str, field: GraphQLField, before: Path
) -> Iterator[Question]:
    place = "graph." if before else ""
    deep, *others = sets(schema, name, field)
    inner = get_named_type(field.type)
    seen = frozenset({inner.name})
    paths = list(below(inner, seen, MAX_DEPTH - len(before) - 2)) or [()]
    step = _step(field, name, deep)
    for part in packed([(*before, step, *path) for path in paths]):
        yield _question(f"{place}{name}", _kind(before, deep, "field"), name, part)
    for what, path in _within(schema, inner):
        yield _question(f"{place}{name}.{what}", "argument", name, [(*before, step, *path)])
    narrow = [()] if is_leaf_type(inner) else list(shallow(inner))
    for each in others:
        step = _step(field, name, each)
        what = ", ".join(_named(each))
        part = [(*before, step, *path) for path in narrow]
        yield _question(f"{place}{name}({what})", _kind(before, each, "argument"), name, part)


def _within(schema: GraphQLSchema, type_: GraphQLNamedType) -> Iterator[tuple[str, Path]]:
    """The arguments of a type's own fields, and of its nodes'."""
    if not isinstance(type_, GraphQLObjectType):
        return
    if "nodes" in type_.fields:
        for what, path in _within(schema, get_named_type(type_.fields["nodes"].type)):
            yield what, (Step("nodes"), *path)
    for name, field in type_.fields.items():
        if set(field.args) - set(PAGING) and type_.name != "Graph":
            for each in sets(schema, name, field):
                step = _step(field, name, each)
                for path in shallow(get_named_type(field.type)):
                    yield f"{name}({', '.join(each)})", (step, *path)


def _named(arguments: Arguments) -> Iterator[str]:
    """`model, require.context.min`"""
    for name, value in arguments.items():
        inner = value[0] if isinstance(value, list) and value else value
        if isinstance(inner, dict):
            yield from (f"{name}.{each}" for each in _named(inner))
        else:
            yield name


def _kind(before: Path, arguments: Arguments, otherwise: str) -> str:
    if before:
        return "at a revision"
    return next((each for each in ("filter", "require", "sort") if each in arguments), otherwise)


def _question(name: str, kind: str, field: str, paths: Sequence[Path]) -> Question:
    document, variables = written(paths)
    return Question(name, kind, field, document, variables, len(paths))


def _step(field: GraphQLField, name: str, arguments: Arguments) -> Step:
    told = {**arguments}
    if "first" in field.args:
        told.setdefault("first", PAGING["first"])
    return Step(name, tuple(Argument(k, field.args[k].type, value) for k, value in told.items()))


def sets(schema: GraphQLSchema, name: str, field: GraphQLField) -> list[Arguments]:
    """The sets of arguments to ask a field with; the first is asked for everything below."""
    if name in SETS:
        return list(SETS[name])
    required = {
        key: alternatives(schema, f"{name}({key})", each)
        for key, each in field.args.items()
        if is_required_argument(each)
    }
    most = max((len(each) for each in required.values()), default=1)
    found: list[Arguments] = [
        {key: each[min(n, len(each) - 1)] for key, each in required.items()} for n in range(most)
    ]
    for key, each in field.args.items():
        if key not in required and key not in PAGING:
            found += [
                {**found[0], key: value} for value in alternatives(schema, f"{name}({key})", each)
            ]
    return found


def alternatives(schema: GraphQLSchema, coordinate: str, declared: Inputs) -> list[Any]:
    """All values to ask an argument, or an input's field, with."""
    type_ = get_named_type(declared.type)
    told = ARGUMENTS.get(coordinate) or INPUTS.get(coordinate)
    if told:
        return list(told)
    if isinstance(type_, GraphQLEnumType):
        values: list[Any] = list(type_.values)
    elif isinstance(type_, GraphQLInputObjectType):
        values = list(_objects(schema, type_))
    else:
        raise Unclassified(coordinate)
    return (
        [[value] for value in values] if is_list_type(get_nullable_type(declared.type)) else values
    )


def _objects(schema: GraphQLSchema, type_: GraphQLInputObjectType) -> Iterator[Arguments]:
    if type_.name in INPUT_SETS:
        yield from INPUT_SETS[type_.name]
        return
    for name, field in type_.fields.items():
        for value in alternatives(schema, f"{type_.name}.{name}", field):
            yield {name: value}


class Unclassified(Exception):
    """Nobody has said yet what an argument stands for; see coordinates."""


def unclassified(schema: GraphQLSchema) -> list[str]:
    """The arguments that nobody has said how to ask."""
    found = set()
    roots = (schema.mutation_type, schema.subscription_type)
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType) and type_ not in roots:
            for name, field in type_.fields.items():
                if not type_.name.startswith("__"):
                    found |= _unsaid(schema, name, field)
    return sorted(found)


def _unsaid(schema: GraphQLSchema, name: str, field: GraphQLField) -> set[str]:
    said = {key for each in SETS.get(name, ()) for key in each} | set(PAGING)
    found = set()
    for key, each in field.args.items():
        if key in said:
            continue
        try:
            alternatives(schema, f"{name}({key})", each)
        except Unclassified as fault:
            found.add(str(fault))
    return found


def _varies(value: Any) -> bool:
    if isinstance(value, dict):
        return any(_varies(each) for each in value.values())
    if isinstance(value, list):
        return any(_varies(each) for each in value)
    return callable(value)


def may_ask(role: str, field: str) -> bool:
    """Whether a tenant's key of a role is answered at all."""
    return field not in FOR_OPERATORS and (role == "admin" or field not in FOR_ADMINS)
