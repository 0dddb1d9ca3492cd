"""One look at an endpoint, judged. What connects is handed in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import NamedTuple, Protocol

from routeyard.domain.catalog import Endpoint, ServerKind
from routeyard.domain.errors import EndpointRefused, InvalidRequest, Unavailable
from routeyard.domain.events import EndpointObserved
from routeyard.guard.secret import Secret
from routeyard.guard.target import Target
from routeyard.guard.vet import Guard
from services.healthcheck.paths import target_of

MAX_AT_ONCE = 64
REFUSED_SECRET = "the credential is refused"  # noqa: S105 - a sentence about one
_DENIED = (401, 403)
_OK, _REDIRECTS, _CLIENT_FAULTS = range(200, 300), range(300, 400), range(400, 500)


class Dial(Protocol):
    """What reaches an endpoint that its guard lets pass.

    The message of Unavailable is the short reason.
    """

    async def get(self, target: Target, guard: Guard, secret: Secret | None = None) -> int:
        """The status that a GET is answered with; redirects are not followed.

        The secret is told to the address it is bound to, and to no other.

        Raises:
            EndpointRefused: it may not be asked.
            Unavailable: there was no answer.
        """

    async def connect(self, target: Target, guard: Guard) -> None:
        """Connect, and let go.

        Raises:
            EndpointRefused: it may not be connected to.
            Unavailable: nobody accepts.
        """


class Probing(NamedTuple):
    """How probes are made: `guard_for` finds an endpoint's guard, `timer` counts seconds.

    `secret_of` finds its secret, None where there is none that can be used.
    """

    dial: Dial
    guard_for: Callable[[Endpoint], Guard]
    zone: str
    timeout_s: float
    timer: Callable[[], float]
    secret_of: Callable[[Endpoint], Secret | None] = lambda _: None


class Prober:
    """Looks at endpoints, at most 64 at once."""

    def __init__(self, probing: Probing) -> None:
        self._probing = probing
        self._room = asyncio.Semaphore(MAX_AT_ONCE)

    async def look(self, endpoint: Endpoint) -> EndpointObserved:
        """What a look shows; whatever goes wrong with the endpoint is in the answer."""
        async with self._room:
            started = self._probing.timer()
            reason = await self._reason(endpoint)
            elapsed_ms = (self._probing.timer() - started) * 1e3
        return EndpointObserved(
            endpoint=endpoint.id,
            is_up=not reason,
            zone=self._probing.zone,
            latency_ms=None if reason else round(elapsed_ms, 3),
            reason=reason,
        )

    async def _reason(self, endpoint: Endpoint) -> str:
        """Why the endpoint counts as down; empty when it is up."""
        try:
            async with asyncio.timeout(self._probing.timeout_s):
                return await self._ask(endpoint)
        except TimeoutError:
            return "timed out"
        except EndpointRefused as fault:
            return f"refused: {fault.fields['rule']}"
        except InvalidRequest as fault:
            return f"refused: {fault.message}"
        except Unavailable as fault:
            return fault.message

    async def _ask(self, endpoint: Endpoint) -> str:
        guard, secret = self._probing.guard_for(endpoint), self._probing.secret_of(endpoint)
        target = target_of(endpoint, has_secret=secret is not None)
        if endpoint.server is ServerKind.TCP:
            await self._probing.dial.connect(target, guard)
            return ""
        status = await self._probing.dial.get(target, guard, secret)
        return judge(status, is_keyless=endpoint.keyless, has_secret=secret is not None)


def judge(status: int, *, is_keyless: bool, has_secret: bool = False) -> str:
    """Why an answer counts as down; empty for up.

    Where a credential is needed and the probe has none, a 4xx is about the probe and proves that
    the endpoint answers; a keyless endpoint has to grant what it is asked for. A secret that is
    not taken is of no use to requests either.
    """
    if has_secret and status in _DENIED:
        return REFUSED_SECRET
    if status in _OK or (status in _CLIENT_FAULTS and not is_keyless):
        return ""
    return f"HTTP {status}: a redirect" if status in _REDIRECTS else f"HTTP {status}"
