"""GraphQL over HTTP: one authenticated POST, one document, one consistent look."""

import asyncio
from typing import Any

import msgspec
from graphql import GraphQLError, get_operation_ast, parse
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from strawberry import Schema
from strawberry.exceptions import MissingQueryError
from strawberry.http.ides import get_graphql_ide_html
from strawberry.schema.exceptions import CannotGetOperationTypeError, InvalidOperationTypeError
from strawberry.types import ExecutionResult
from strawberry.types.graphql import OperationType

from routeyard.domain.errors import (
    ErrorCode,
    Invalid,
    InvalidRequest,
    RouteyardError,
    Unavailable,
)
from routeyard.domain.tenancy import Principal
from routeyard.domain.value import Value
from routeyard.runtime.http import STATUS, json_response, read_body, told
from services.registry.callers import Callers
from services.registry.graphql.context import Context, Services
from services.registry.graphql.errors import UNEXPECTED_CODE
from services.registry.graphql.limits import MAX_TOKENS
from services.registry.idempotency import HEADER, REPLAYED, Answer, Draw, Keyed, Requests, keyed
from services.registry.reads import Reads, viewer

MAX_BODY_BYTES = 256 * 1024
EXECUTE_S = 30.0
_BY_POST = (OperationType.QUERY, OperationType.MUTATION)
_NOT_FINAL = {ErrorCode.UNAVAILABLE, ErrorCode.OUT_OF_STEP, UNEXPECTED_CODE}


class _Asked(Value, frozen=True):
    """The body of a request; anything else in it is left alone, as the specification has it."""

    query: str
    variables: dict[str, Any] | None = None
    operationName: str | None = None  # noqa: N815 - the name in the specification


class Door:
    """Lets authenticated callers in."""

    def __init__(
        self,
        schema: Schema,
        callers: Callers,
        reads: Reads,
        services: Services,
        requests: Requests,
    ) -> None:
        self._requests = requests
        self._callers = callers
        self._reads = reads
        self._services = services
        self._schema = schema

    async def answer(self, request: Request) -> Response:
        """Answer a query; faults before it runs are HTTP statuses, later ones stand beside data."""
        try:
            principal = await self._callers.authenticate(request.headers)
            body = await read_body(request, MAX_BODY_BYTES)
            asked = _asked(request, body)
            key = _key(request, asked)
            if key is None:
                return _response(await self._answer(asked, principal))
            return await self._once(keyed(key, principal, body), asked, principal)
        except RouteyardError as fault:
            return refusal(fault)

    async def _once(self, request: Keyed, asked: _Asked, principal: Principal) -> Response:
        """An order under a key: carried out once, then told again as it was told first."""

        async def work(draw: Draw) -> Answer:
            try:
                return await self._answer(asked, principal, draw)
            except Invalid as fault:
                response = refusal(fault)
                return Answer(response.status_code, bytes(response.body))

        answer = await self._requests.once(request, work)
        response = _response(answer)
        if answer.is_replayed:
            response.headers[REPLAYED] = "true"
        return response

    async def _answer(
        self, asked: _Asked, principal: Principal, draw: Draw | None = None
    ) -> Answer:
        async with self._reads.open(viewer(principal)) as reading:
            context = Context(self._services, principal, reading, draw)
            result = await self._execute(asked, context)
        return Answer(200, msgspec.json.encode(_told(result)), is_final=_is_final(result))

    async def _execute(self, asked: _Asked, context: Context) -> ExecutionResult:
        try:
            async with asyncio.timeout(EXECUTE_S):
                return await self._schema.execute(
                    asked.query,
                    variable_values=asked.variables,
                    operation_name=asked.operationName,
                    context_value=context,
                    allowed_operation_types=_BY_POST,
                )
        except (MissingQueryError, CannotGetOperationTypeError, InvalidOperationTypeError):
            raise InvalidRequest(
                "The document has no such query or mutation; subscriptions come by WebSocket."
            ) from None
        except TimeoutError:
            raise Unavailable(
                f"The query took longer than {EXECUTE_S:g} s; ask for less at once."
            ) from None


async def explorer(_: Request) -> Response:
    """A page to try queries with, for development."""
    return HTMLResponse(get_graphql_ide_html(graphql_ide="graphiql"))


def refusal(fault: RouteyardError) -> Response:
    """A fault in GraphQL's shape under its HTTP status."""
    error = {"message": told(fault), "extensions": {"code": fault.code}}
    response = json_response({"errors": [error]}, STATUS[fault.code])
    if fault.code is ErrorCode.UNAUTHENTICATED:
        response.headers["www-authenticate"] = "Bearer"
    return response


def _asked(request: Request, body: bytes) -> _Asked:
    # A page elsewhere can make a browser send forms and texts here, but no JSON, without asking.
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise InvalidRequest("Send the query as application/json.")
    try:
        return msgspec.json.decode(body, type=_Asked)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as fault:
        raise InvalidRequest(f"The body is not one GraphQL request: {fault}.") from None


def _key(request: Request, asked: _Asked) -> str | None:
    """The key of a request that orders something; reading again needs none."""
    found = request.headers.getlist(HEADER)
    if not found or not _is_order(asked):
        return None
    if len(found) > 1:
        raise InvalidRequest("Send one idempotency key.")
    return found[0]


def _is_order(asked: _Asked) -> bool:
    try:
        document = parse(asked.query, no_location=True, max_tokens=MAX_TOKENS)
    except (GraphQLError, RecursionError):
        return False
    operation = get_operation_ast(document, asked.operationName)
    return operation is not None and operation.operation.value == OperationType.MUTATION.value


def _is_final(result: ExecutionResult) -> bool:
    codes = {(error.extensions or {}).get("code") for error in result.errors or ()}
    return not codes & _NOT_FINAL


def _response(answer: Answer) -> Response:
    return Response(answer.body, answer.status, media_type="application/json")


def _told(result: ExecutionResult) -> dict[str, Any]:
    answer: dict[str, Any] = {"data": result.data}
    if result.errors:
        answer["errors"] = [error.formatted for error in result.errors]
    return answer
