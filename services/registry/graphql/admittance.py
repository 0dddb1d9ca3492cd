"""Who may hold a WebSocket, how many of them, and for how long."""

import asyncio
from collections import Counter
from collections.abc import Mapping
from contextlib import suppress
from typing import NamedTuple

from routeyard.domain import keys
from routeyard.domain.errors import Invalid, Unauthenticated, Unavailable
from routeyard.domain.tenancy import Principal
from routeyard.runtime.http import told
from services.registry.callers import Callers
from services.registry.reads import viewer

NO_KEY, BAD_KEY, TOO_MANY, LATER = 4401, 4403, 4429, 1013


class Limits(NamedTuple):
    """How much one process takes on.

    Seconds: `init_s` for a key to come, `check_s` between looks at it.
    """

    subscriptions: int = 10
    connections_of_a_key: int = 20
    connections: int = 500
    init_s: float = 5.0
    check_s: float = 1.0


LIMITS = Limits()


class Refused(Exception):
    """A connection that may not be, with the code and the reason to close it with."""

    def __init__(self, code: int, reason: str) -> None:
        super().__init__(reason)
        self.code = code
        self.reason = reason


class Admission:
    """Who may hold a connection, and for how long."""

    def __init__(self, callers: Callers, limits: Limits) -> None:
        self.limits = limits
        self._callers = callers
        self._held: Counter[str] = Counter()

    async def principal(self, headers: Mapping[str, str]) -> Principal:
        """Who presents these headers; Refused when nobody may connect with them."""
        try:
            principal = await self._callers.authenticate(headers)
            viewer(principal)
        except Unauthenticated as fault:
            raise Refused(BAD_KEY if keys.presented(headers) else NO_KEY, fault.message) from None
        except Unavailable as fault:
            raise Refused(LATER, told(fault)) from None
        except Invalid as fault:
            raise Refused(BAD_KEY, fault.message) from None
        return principal

    def take(self, principal: Principal) -> None:
        """Count a connection of a key; Refused when it holds too many."""
        key = principal.scope.key or ""
        if self._held[key] >= self.limits.connections_of_a_key:
            raise Refused(TOO_MANY, "The key holds too many connections; close one first.")
        self._held[key] += 1

    def give_back(self, principal: Principal) -> None:
        """The connection is over."""
        self._held[principal.scope.key or ""] -= 1
        self._held += Counter()  # forgets those that hold none

    async def watch(self, headers: Mapping[str, str], known: Principal) -> None:
        """Returns never; Refused once the key is not what it was."""
        while True:
            await asyncio.sleep(self.limits.check_s)
            with suppress(Unavailable):  # nothing is told meanwhile, as that comes from there too
                try:
                    is_same = await self._callers.authenticate(headers) == known
                except Invalid:
                    is_same = False
                if not is_same:
                    raise Refused(BAD_KEY, "The key is not valid any more.")
