"""One identity provider: what it signed is believed, and nothing else."""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

from joserfc import jws
from joserfc.errors import JoseError

from routeyard.domain.tenancy import Principal
from routeyard.domain.tokens import Trust, principal_of, refused
from routeyard.runtime.tokens.fetch import fetcher
from routeyard.runtime.tokens.jwks import PublicKey
from routeyard.runtime.tokens.keyset import KeySet, Ticks
from routeyard.runtime.tokens.reading import Presented, read
from routeyard.runtime.tokens.settings import TokenSettings


class _Pinned(jws.JWSRegistry):
    """The algorithms that are allowed here, without a second opinion on any of them."""

    def get_alg(self, name: str) -> Any:
        if name not in (self.allowed or ()):
            raise refused()
        return self.algorithms[name]


class Provider(NamedTuple):
    """See `Tokens`. Nothing is remembered of a token: its end, and its key's, count at once."""

    trust: Trust
    keys: KeySet
    registry: _Pinned

    @classmethod
    def of(cls, settings: TokenSettings, ticks: Ticks) -> Provider:
        """The provider that the settings name."""
        keys = KeySet(fetcher(settings.jwks), ticks)
        return cls(settings.trust, keys, _Pinned(algorithms=settings.algorithms))

    async def principal(self, token: str, now: datetime) -> Principal:
        """See `Tokens.principal`."""
        presented = read(token)
        if presented.algorithm not in (self.registry.allowed or ()):
            raise refused()
        key = await self.keys.find(presented.key_id)
        if key is None or presented.algorithm not in key.fits:
            raise refused()
        self._check(presented, key)
        return principal_of(presented.claims, self.trust, now)

    def _check(self, presented: Presented, key: PublicKey) -> None:
        try:
            jws.deserialize_compact(presented.text, key.key, registry=self.registry)
        except (JoseError, ValueError):
            raise refused() from None
