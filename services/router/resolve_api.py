"""`POST /v1/resolve`: who asks, what for, and the answer with its reasons."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

import msgspec

from routeyard.domain import keys, tokens
from routeyard.domain.errors import InvalidRequest, NotAllowed, Unauthenticated, Unavailable
from routeyard.domain.keys import Pepper
from routeyard.domain.resolution import Inputs, Requirement
from routeyard.domain.resolver import resolve
from routeyard.domain.shadowing import Answered
from routeyard.domain.tenancy import Principal, Role, Scope
from routeyard.runtime.tokens import Tokens
from services.router.current import Current

MAX_BODY_BYTES = 64 * 1024
_REQUIREMENT = msgspec.json.Decoder(Requirement)


class ResolveApi(NamedTuple):
    """Answers requests from what is current. `tokens` is None where only keys are taken."""

    current: Current
    pepper: Pepper
    zone: str
    tokens: Tokens | None = None

    async def authenticate(self, headers: Mapping[str, str], now: datetime) -> Principal:
        """Who sends a request with these headers (names in lower case).

        A key is checked without asking anybody; for a token its provider may be.

        Raises:
            Unauthenticated: no key or token, or none that is valid.
            Unavailable: a token cannot be checked now.
        """
        presented = keys.presented(headers)
        if self.tokens is not None and presented and not keys.is_key(presented):
            principal = await self.tokens.principal(presented, now)
            return self._of_the_graph(principal, tokens.refused())
        if not presented:
            raise Unauthenticated("A key is needed: send `Authorization: Bearer ry_…`.")
        key = keys.read(presented)
        principal = keys.verify(key, self.current.keys.get(key.key_id), self.pepper, now)
        return self._of_the_graph(principal, keys.refused())

    def _of_the_graph(self, principal: Principal, refusal: Unauthenticated) -> Principal:
        """Nobody is let in for a tenant or project that is gone: its rules are gone, too."""
        snapshot, scope = self.current.snapshot, principal.scope
        if snapshot is None:
            raise Unavailable("This router has not read the graph yet; try again in a second.")
        if scope.tenant is not None and scope.tenant not in snapshot.tenancy.tenants:
            raise refusal
        if scope.project is not None:
            project = f"{scope.tenant}/{scope.project}"
            if project not in snapshot.tenancy.projects:
                raise refusal
        return principal

    def answer(self, body: bytes, principal: Principal, now: datetime) -> Answered:
        """Resolve a request.

        Raises:
            InvalidRequest: the body is no JSON, or has an unknown or a wrong field.
            NotAllowed: a tenant names another scope than its key's.
            Unavailable: this router has no graph yet.
        """
        requirement = read_requirement(body)
        snapshot = self.current.snapshot
        if snapshot is None:
            raise Unavailable("This router has not read the graph yet; try again in a second.")
        inputs = Inputs(
            now=now,
            scope=scope_of(principal, requirement.tenant),
            requirement=requirement,
            zone=self.zone,
            health=self.current.health,
        )
        return Answered(snapshot, inputs, resolve(snapshot, inputs))


def read_requirement(body: bytes) -> Requirement:
    """A requirement from JSON; see `ResolveApi.answer` for what it raises."""
    try:
        return _REQUIREMENT.decode(body or b"{}")
    except msgspec.ValidationError as fault:
        raise InvalidRequest(f"The request is not valid: {fault}.") from None
    except (msgspec.DecodeError, RecursionError) as fault:
        raise InvalidRequest(f"The body is not JSON: {fault}.") from None


def is_of_the_platform(principal: Principal) -> bool:
    """Whether it may ask about any tenant."""
    return principal.role in (Role.SERVICE, Role.PLATFORM_ADMIN)


def scope_of(principal: Principal, tenant: str | None) -> Scope:
    """The key's own scope; a service may ask for a tenant."""
    if tenant is None or tenant == principal.scope.tenant:
        return principal.scope
    if not is_of_the_platform(principal):
        raise NotAllowed("This key may only ask for its own tenant; leave `tenant` out.")
    return Scope(tenant=tenant, key=principal.scope.key)
