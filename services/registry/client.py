"""Asking a running registry, for commands."""

from collections.abc import Mapping
from typing import Any

import httpx

from routeyard.domain import errors
from routeyard.domain.errors import ErrorCode, RouteyardError, Unavailable
from routeyard.runtime.stackfile import StackFile

TIMEOUT_S = 60.0
_FAULTS: Mapping[str, type[RouteyardError]] = {
    ErrorCode.UNAUTHENTICATED: errors.Unauthenticated,
    ErrorCode.NOT_ALLOWED: errors.NotAllowed,
    ErrorCode.INVALID_REQUEST: errors.InvalidRequest,
    ErrorCode.ENDPOINT_REFUSED: errors.EndpointRefused,
    ErrorCode.CONFLICT: errors.Conflict,
    ErrorCode.INVALID_EVENT: errors.InvalidEvent,
    ErrorCode.NOT_UNDERSTOOD: errors.NotUnderstood,
}


def ask(stack: StackFile, query: str, variables: Mapping[str, Any] | None = None) -> Any:
    """The data a query or mutation answers with, asked with the admin's key.

    Raises:
        RouteyardError: what the registry answered, or Unavailable when it did not.
    """
    try:
        response = httpx.post(
            f"{stack.registry}/graphql",
            json={"query": query, "variables": dict(variables or {})},
            headers={"authorization": f"Bearer {stack.keys['admin']}"},
            timeout=TIMEOUT_S,
            trust_env=False,
        )
        answer = response.json()
    except (httpx.HTTPError, httpx.InvalidURL, ValueError) as fault:
        raise Unavailable(
            f"The registry at {stack.registry} does not answer; check that it runs."
        ) from fault
    for error in answer.get("errors") or ():
        told = error.get("extensions", {})
        refusal = _FAULTS.get(told.get("code", ""), Unavailable)
        raise refusal(error["message"], field=told.get("field"))
    return answer["data"]
