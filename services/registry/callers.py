"""Who calls: the holder of a key or, where those are on, of a token for a tenant that is there."""

from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import NamedTuple

from routeyard.domain import keys
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import Unauthenticated
from routeyard.domain.tenancy import Principal, Scope
from routeyard.runtime.tokens import Tokens
from services.registry.keys import REFUSAL, Keys

IsThere = Callable[[EntityRef], Awaitable[bool]]


class Callers(NamedTuple):
    """Recognises callers. `is_there` tells whether an entity exists, whoever may see it."""

    keys: Keys
    is_there: IsThere
    tokens: Tokens | None = None

    async def authenticate(self, headers: Mapping[str, str]) -> Principal:
        """Who sends a request with these headers (names in lower case).

        Raises:
            Unauthenticated: no key or token, or none that is valid; the message does not say which.
            Unavailable: the store or the identity provider does not answer.
        """
        presented = keys.presented(headers)
        if self.tokens is None or not presented or keys.is_key(presented):
            return await self.keys.authenticate(headers)
        try:
            principal = await self.tokens.principal(presented, self.keys.clock())
        except Unauthenticated:
            raise Unauthenticated(REFUSAL) from None
        # A provider may go on making tokens for tenants and projects that are gone.
        if not all([await self.is_there(ref) for ref in _whose(principal.scope)]):
            raise Unauthenticated(REFUSAL)
        return principal


def _whose(scope: Scope) -> Iterator[EntityRef]:
    if scope.tenant is not None:
        yield EntityRef(Kind.TENANT, scope.tenant)
    if scope.project is not None:
        yield EntityRef(Kind.PROJECT, f"{scope.tenant}/{scope.project}")
