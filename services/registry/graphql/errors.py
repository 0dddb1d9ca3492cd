"""The one place where faults become GraphQL errors: code and sentence, never a stranger's text."""

import logging
import re
from typing import Any

from graphql import GraphQLError
from graphql.language import (
    ArgumentNode,
    FieldNode,
    Node,
    ObjectFieldNode,
    VariableDefinitionNode,
    VariableNode,
    Visitor,
    visit,
)
from strawberry.exceptions import MissingQueryError
from strawberry.extensions import MaskErrors
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError

from routeyard.domain.errors import ErrorCode, RouteyardError
from routeyard.runtime.http import told

UNEXPECTED = "Something failed that should not; it was logged. Please try again."
_OTHER_OPERATIONS = (
    CannotGetOperationTypeError,
    InvalidOperationTypeError,
    MissingQueryError,
)
OTHER_DOOR = "Only subscriptions come by WebSocket; POST queries and mutations to /graphql."
UNEXPECTED_CODE = "internal"
MOST_SAID = 500
SUGGESTION = " Did you mean "
# What the library repeats of a value, at the end of its sentence.
_FOUND = re.compile(r"[,.] [fF]ound: .*$", re.DOTALL)
_SHOWN = re.compile(r"(cannot represent an? [\w -]*value): .*$", re.DOTALL)
log = logging.getLogger(__name__)


class Faults(MaskErrors):
    """Gives every error a code and, where there is one, the path of the field at fault.

    What was not raised on purpose is logged and masked.
    """

    def __init__(self) -> None:
        super().__init__(should_mask_error=lambda _: True)

    def anonymise_error(self, error: GraphQLError) -> GraphQLError:
        """An error as its caller may see it."""
        fault = error.original_error
        if isinstance(fault, RouteyardError):
            said = _said(error, told(fault), fault.code, _asked_path(error, fault))
            return _with_revision(said, fault)
        if isinstance(fault, _OTHER_OPERATIONS):
            return _said(error, OTHER_DOOR, ErrorCode.INVALID_REQUEST, None)
        if not _is_unexpected(error):
            path = _document_path(error, self.execution_context.graphql_document)
            # The library suggests names of arguments, values and types, whoever asks.
            message = without_values(error.message.partition(SUGGESTION)[0])[:MOST_SAID]
            return _said(error, message, ErrorCode.INVALID_REQUEST, path)
        log.error("a query failed at %s", error.path, exc_info=fault)
        return _said(error, UNEXPECTED, UNEXPECTED_CODE, None)


def without_values(message: str) -> str:
    """A refusal of an argument without what was given: it may be, or be next to, a secret."""
    cut = _FOUND.sub("", message)
    if cut != message:
        message = f"{cut.rstrip('.')}."
    return _SHOWN.sub(r"\1.", message)


def _is_unexpected(error: GraphQLError) -> bool:
    """Refused documents and arguments come without a cause, or with that of a scalar's parser."""
    fault = error.original_error
    is_parsers = isinstance(fault, ValueError | TypeError) and bool(error.nodes)
    is_refusal = fault is None or isinstance(fault, GraphQLError) or is_parsers
    return not is_refusal or (error.path is not None and not _is_of_argument(error))


def _is_of_argument(error: GraphQLError) -> bool:
    """Values of arguments are read as fields are executed; what is wrong then is an argument."""
    return any(isinstance(node, ArgumentNode | VariableNode) for node in error.nodes or ())


def _asked_path(error: GraphQLError, fault: RouteyardError) -> str | None:
    """`models.filter.search`: the path in the answer, then the argument's."""
    path = [str(key) for key in error.path or () if isinstance(key, str)]
    argument = fault.fields.get("field")
    return ".".join([*path, *([str(argument)] if argument else [])]) or None


def _document_path(error: GraphQLError, document: Node | None) -> str | None:
    """Where in the document the fault lies: fields and arguments on the way, or `$variable`."""
    place = error.nodes[0].loc if error.nodes else None
    if document is None or place is None:
        return None
    finder = _Finder(place.start)
    visit(document, finder)
    return ".".join(finder.path) or None


class _Finder(Visitor):
    """Gathers the names that lie around a position."""

    def __init__(self, position: int) -> None:
        super().__init__()
        self.path: list[str] = []
        self._position = position

    def enter(self, node: Node, *_: Any) -> None:
        if node.loc is None or not node.loc.start <= self._position < node.loc.end:
            return
        if isinstance(node, FieldNode):
            self.path.append((node.alias or node.name).value)
        elif isinstance(node, ArgumentNode | ObjectFieldNode):
            self.path.append(node.name.value)
        elif isinstance(node, VariableDefinitionNode):
            self.path.append(f"${node.variable.name.value}")


def _with_revision(error: GraphQLError, fault: RouteyardError) -> GraphQLError:
    """What was changed meanwhile was so at a revision, which is where to go on from."""
    if "revision" in fault.fields and error.extensions is not None:
        error.extensions["revision"] = fault.fields["revision"]
    return error


def _said(error: GraphQLError, message: str, code: str, path: str | None) -> GraphQLError:
    return GraphQLError(
        message=message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={"code": code} | ({"field": path} if path else {}),
    )
