"""The one place where faults become GraphQL errors: code and sentence, never a stranger's text."""

import logging

from graphql import GraphQLError
from strawberry.extensions import MaskErrors

from routeyard.domain.errors import ErrorCode, RouteyardError

UNEXPECTED = "Something failed that should not; it was logged. Please try again."
log = logging.getLogger(__name__)


class Faults(MaskErrors):
    """Gives every error `extensions.code`; what was not raised on purpose is logged and masked."""

    def __init__(self) -> None:
        super().__init__(should_mask_error=lambda _: True)

    def anonymise_error(self, error: GraphQLError) -> GraphQLError:
        """An error as its caller may see it."""
        fault = error.original_error
        if isinstance(fault, RouteyardError):
            return _said(error, fault.message, fault.code)
        if error.path is None and not _is_unexpected(fault):
            return _said(error, error.message, ErrorCode.INVALID_REQUEST)
        log.error("a query failed at %s", error.path, exc_info=fault)
        return _said(error, UNEXPECTED, "internal")


def _is_unexpected(fault: Exception | None) -> bool:
    """Refused documents and arguments come without a cause, or with that of a scalar's parser."""
    return not (fault is None or isinstance(fault, GraphQLError | ValueError | TypeError))


def _said(error: GraphQLError, message: str, code: str) -> GraphQLError:
    return GraphQLError(
        message=message,
        nodes=error.nodes,
        source=error.source,
        positions=error.positions,
        path=error.path,
        extensions={"code": code},
    )
