"""The provider's public keys as they are now: fetched again in time, and not too often."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping

from routeyard.domain.errors import Unavailable
from routeyard.runtime.tokens.fetch import Fetch
from routeyard.runtime.tokens.jwks import PublicKey, public_keys

# Whatever tokens say, the provider is asked once a minute at most.
ASK_S = 60.0
RENEW_S = 300.0
# Keys that were withdrawn meanwhile would go on being believed while the provider is away.
KEEP_S = 3600.0
log = logging.getLogger(__name__)

Ticks = Callable[[], float]


class KeySet:
    """Keys by id. `ticks` are seconds that never go back."""

    def __init__(self, fetch: Fetch, ticks: Ticks) -> None:
        self._fetch = fetch
        self._ticks = ticks
        self._keys: Mapping[str, PublicKey] = {}
        self._asked_at = float("-inf")
        self._renewed_at = float("-inf")
        self._turn = asyncio.Lock()

    async def find(self, key_id: str) -> PublicKey | None:
        """The key of that id; the provider is asked first when it is not known.

        Raises:
            Unavailable: the provider could not be asked for so long that its keys may be others.
        """
        if key_id not in self._keys or self._age() >= RENEW_S:
            await self._renew(key_id)
        if self._age() >= KEEP_S:
            raise Unavailable(
                "The identity provider's keys are not known; try again in a minute, or use a key."
            )
        return self._keys.get(key_id)

    async def _renew(self, key_id: str) -> None:
        if self._turn.locked() and key_id in self._keys and self._age() < KEEP_S:
            return
        async with self._turn:
            if self._ticks() - self._asked_at < ASK_S:
                return
            self._asked_at = self._ticks()
            try:
                self._keys = public_keys(await asyncio.to_thread(self._fetch))
            except Unavailable as fault:
                log.warning("the identity provider's keys are not renewed: %s", fault.message)
            else:
                self._renewed_at = self._ticks()

    def _age(self) -> float:
        return self._ticks() - self._renewed_at
