"""What a document may come to. Everything here is refused before anything is executed."""

from collections.abc import Iterator
from typing import Any

from graphql import (
    ASTValidationRule,
    ExecutionResult,
    GraphQLError,
    GraphQLObjectType,
    GraphQLSchema,
    OperationDefinitionNode,
    OperationType,
    ValidationContext,
    get_operation_ast,
)
from strawberry.extensions import SchemaExtension

from routeyard.domain.errors import InvalidRequest
from services.registry.graphql.measure import FIRST, Firsts, Measure, Size

MAX_DEPTH = 10
MAX_ALIASES = 15
MAX_TOKENS = 1_000
MAX_DIRECTIVES = 20
# How often the same answer may be asked for in one place, as merged fragments do.
MAX_REPEATS = 20
MAX_ROOTS = 20
MAX_ORDERS = 10
# Nodes through nested `first`, if every list were as long: three lists in one another of the
# default length, and no more. What is loaded is counted besides.
MAX_COST = 200_000


class Bounds(ASTValidationRule):
    """Refuses documents that are deep, long, or full of the same."""

    def __init__(self, context: ValidationContext) -> None:
        super().__init__(context)
        measure = Measure(context.document, {})
        for each in context.document.definitions:
            if isinstance(each, OperationDefinitionNode):
                for fault in _faults(measure.size(each, {}), each.operation):
                    context.report_error(GraphQLError(fault, each))


def _faults(size: Size, operation: OperationType) -> Iterator[str]:
    name = operation.value
    if size.depth > MAX_DEPTH:
        yield f"The {name} exceeds maximum operation depth of {MAX_DEPTH}; ask for less at once."
    if size.aliases > MAX_ALIASES:
        yield f"{size.aliases} aliases found; a {name} may have {MAX_ALIASES}."
    if size.directives > MAX_DIRECTIVES:
        yield f"{size.directives} directives found; a {name} may have {MAX_DIRECTIVES}."
    if size.repeats > MAX_REPEATS:
        yield f"A field is asked for {size.repeats} times in one place; {MAX_REPEATS} may be."
    most = MAX_ORDERS if operation is OperationType.MUTATION else MAX_ROOTS
    if size.roots > most:
        yield f"{size.roots} fields at the root; a {name} may have {most}."


class Cost(SchemaExtension):
    """Refuses operations that ask for too many nodes, with the variables they come with."""

    def on_execute(self) -> Iterator[None]:
        """Look at what is about to be executed."""
        asked = self.execution_context
        document = asked.graphql_document
        operation = document and get_operation_ast(document, asked.operation_name)
        if document is not None and operation:
            firsts = _firsts_of(asked.schema)
            nodes = Measure(document, firsts).size(operation, asked.variables or {}).nodes
            if nodes > MAX_COST:
                # Raised here it would come out past the extension that gives errors their codes.
                asked.result = ExecutionResult(data=None, errors=[_too_much(nodes)])
        yield


def _too_much(nodes: int) -> GraphQLError:
    fault = InvalidRequest(
        f"The query may come to {nodes} nodes; ask for at most {MAX_COST}, with a smaller `first` "
        "where lists stand in lists."
    )
    return GraphQLError(fault.message, original_error=fault)


def firsts(schema: GraphQLSchema) -> Firsts:
    """How many nodes paged fields give unasked, by name; of fields of one name the most."""
    found: dict[str, int] = {}
    for type_ in schema.type_map.values():
        if isinstance(type_, GraphQLObjectType):
            for name, field in type_.fields.items():
                if FIRST in field.args:
                    default = field.args[FIRST].default_value
                    found[name] = max(found.get(name, 0), default)
    return found


def _firsts_of(schema: Any) -> Firsts:
    known: Firsts = schema.firsts
    return known
