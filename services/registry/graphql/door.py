"""GraphQL over HTTP: one authenticated POST, one document, one consistent look."""

import asyncio
from typing import Any

import msgspec
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from strawberry.exceptions import MissingQueryError
from strawberry.http.ides import get_graphql_ide_html
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult

from routeyard.domain.errors import ErrorCode, InvalidRequest, RouteyardError, Unavailable
from routeyard.domain.value import Value
from routeyard.runtime.http import STATUS, json_response, read_body
from services.registry.callers import Callers
from services.registry.graphql.context import Context, Services
from services.registry.graphql.schema import build_schema
from services.registry.reads import Reads, viewer

MAX_BODY_BYTES = 256 * 1024
EXECUTE_S = 30.0


class _Asked(Value, frozen=True):
    """The body of a request; anything else in it is left alone, as the specification has it."""

    query: str
    variables: dict[str, Any] | None = None
    operationName: str | None = None  # noqa: N815 - the name in the specification


class Door:
    """Lets authenticated callers in."""

    def __init__(self, callers: Callers, reads: Reads, services: Services) -> None:
        self._callers = callers
        self._reads = reads
        self._services = services
        self._schema = build_schema()

    async def answer(self, request: Request) -> Response:
        """Answer a query; faults before it runs are HTTP statuses, later ones stand beside data."""
        try:
            principal = await self._callers.authenticate(request.headers)
            asked = _asked(request, await read_body(request, MAX_BODY_BYTES))
            async with self._reads.open(viewer(principal)) as reading:
                result = await self._execute(asked, Context(self._services, principal, reading))
        except RouteyardError as fault:
            return refusal(fault)
        return json_response(_answer(result))

    async def _execute(self, asked: _Asked, context: Context) -> ExecutionResult:
        try:
            async with asyncio.timeout(EXECUTE_S):
                return await self._schema.execute(
                    asked.query,
                    variable_values=asked.variables,
                    operation_name=asked.operationName,
                    context_value=context,
                )
        except (MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError):
            raise InvalidRequest("The document has no such query or mutation.") from None
        except TimeoutError:
            raise Unavailable(
                f"The query took longer than {EXECUTE_S:g} s; ask for less at once."
            ) from None


async def explorer(_: Request) -> Response:
    """A page to try queries with, for development."""
    return HTMLResponse(get_graphql_ide_html(graphql_ide="graphiql"))


def refusal(fault: RouteyardError) -> Response:
    """A fault in GraphQL's shape under its HTTP status."""
    error = {"message": fault.message, "extensions": {"code": fault.code}}
    response = json_response({"errors": [error]}, STATUS[fault.code])
    if fault.code is ErrorCode.UNAUTHENTICATED:
        response.headers["www-authenticate"] = "Bearer"
    return response


def _asked(request: Request, body: bytes) -> _Asked:
    if not request.headers.get("content-type", "").startswith("application/json"):
        raise InvalidRequest("Send the query as application/json.")
    try:
        return msgspec.json.decode(body, type=_Asked)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
        raise InvalidRequest(f"The body is not one GraphQL request: {fault}.") from None


def _answer(result: ExecutionResult) -> dict[str, Any]:
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = [error.formatted for error in result.errors]
    return answer
