"""Who calls: the holder of a key or, where those are on, of a token for a tenant that is there."""

from collections.abc import Awaitable, Callable, Mapping
from typing import NamedTuple

from routeyard.domain import keys
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import Unauthenticated
from routeyard.domain.tenancy import Principal
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
        # A provider may go on making tokens for tenants that have left.
        tenant = principal.scope.tenant
        if tenant is not None and not await self.is_there(EntityRef(Kind.TENANT, tenant)):
            raise Unauthenticated(REFUSAL)
        return principal
