"""Asking a router over HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import httpx

from routeyard.domain.errors import InvalidRequest, NotAllowed, Unauthenticated, Unavailable
from routeyard.runtime.stackfile import StackFile

TIMEOUT_S = 10.0


class RouterClient(NamedTuple):
    """One router and the key shown to it."""

    url: str
    key: str

    @classmethod
    def find(cls, environ: Mapping[str, str], key: str) -> RouterClient:
        """The stack's first router, with one of its keys: admin, service or tenant."""
        stack = StackFile.find(environ)
        if not stack.routers or key not in stack.keys:
            raise Unavailable(f"The stack names no router, or no {key!r} key; run `make up`.")
        return cls(stack.routers[0], stack.keys[key])

    def resolve(self, asked: object) -> dict[str, Any]:
        """The answer to a requirement, as JSON.

        Raises:
            Unavailable, InvalidRequest, Unauthenticated, NotAllowed: as the router says.
        """
        try:
            response = httpx.post(
                f"{self.url}/v1/resolve",
                json=asked,
                headers={"authorization": f"Bearer {self.key}"},
                timeout=TIMEOUT_S,
                trust_env=False,
            )
        except httpx.HTTPError as fault:
            raise Unavailable(
                f"No router answers at {self.url} ({fault}); run `make up`."
            ) from fault
        answer: dict[str, Any] = response.json()
        if response.is_success:
            return answer
        faults = {400: InvalidRequest, 401: Unauthenticated, 403: NotAllowed}
        raise faults.get(response.status_code, Unavailable)(answer["error"]["message"])
