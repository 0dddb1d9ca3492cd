"""Answers over HTTP: JSON, and the one place where faults become statuses."""

from __future__ import annotations

import logging

import msgspec
from starlette.exceptions import HTTPException
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from routeyard.domain.errors import ErrorCode, InvalidRequest, RouteyardError

STATUS = {
    ErrorCode.INVALID_REQUEST: 400,
    ErrorCode.CONFLICT: 409,
    ErrorCode.IDEMPOTENCY_CONFLICT: 409,
    ErrorCode.ENDPOINT_REFUSED: 400,
    ErrorCode.UNAUTHENTICATED: 401,
    ErrorCode.NOT_ALLOWED: 403,
    ErrorCode.INVALID_EVENT: 400,
    ErrorCode.BAD_SIGNATURE: 400,
    ErrorCode.NOT_UNDERSTOOD: 400,
    ErrorCode.INVALID_CATALOG: 400,
    ErrorCode.INVALID_SETTINGS: 500,
    ErrorCode.UNSEALABLE: 500,
    ErrorCode.UNAVAILABLE: 503,
    ErrorCode.OUT_OF_STEP: 503,
}
log = logging.getLogger(__name__)
_TYPES = {400: "invalid_request_error", 401: "authentication_error", 403: "permission_error"}


def json_response(value: object, status: int = 200) -> Response:
    """Any msgspec value as JSON."""
    return Response(msgspec.json.encode(value), status_code=status, media_type="application/json")


def told(fault: RouteyardError) -> str:
    """What a caller is told of a fault; where that is not all of it, all of it is logged."""
    if fault.told != fault.message:
        log.warning("%s", fault.message)
    return fault.told


def error_response(fault: RouteyardError) -> Response:
    """A fault in OpenAI's shape: message, type, param, code."""
    status = STATUS[fault.code]
    error = {
        "message": told(fault),
        "type": _TYPES.get(status, "api_error"),
        "param": fault.fields.get("field"),
        "code": fault.code,
    }
    response = json_response({"error": error}, status)
    if status == 401:  # noqa: PLR2004
        response.headers["www-authenticate"] = "Bearer"
    if status == 503:  # noqa: PLR2004
        response.headers["retry-after"] = "1"
    return response


async def unknown(_: Request, fault: Exception) -> Response:
    """Nothing is served at a path, or not by that method."""
    response = error_response(InvalidRequest("Nothing is served here, or not by this method."))
    if isinstance(fault, HTTPException):
        response.status_code = fault.status_code
        response.headers.update(fault.headers or {})
    return response


async def read_body(request: Request, most: int) -> bytes:
    """A request's body.

    Raises:
        InvalidRequest: it is longer than `most` bytes, or the caller hung up before its end.
    """
    body = bytearray()
    try:
        async for chunk in request.stream():
            body += chunk
            if len(body) > most:
                raise InvalidRequest(f"The body is longer than {most} bytes; send a shorter one.")
    except ClientDisconnect:
        raise InvalidRequest("The request ended before its body did.") from None
    return bytes(body)
