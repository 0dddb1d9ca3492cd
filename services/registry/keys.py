"""API keys: issued once, stored as verifiers, recognised on every request."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import structs

from routeyard.domain import keys
from routeyard.domain.errors import InvalidRequest, Unauthenticated
from routeyard.domain.keys import KeyVerifier, Pepper
from routeyard.domain.tenancy import Principal, Role
from routeyard.runtime.clock import Clock
from services.registry.keystore import Act, KeyStore

ENTROPY_BYTES = 42
REFUSAL = "The request carries no valid key; send one as `Authorization: Bearer ry_…`."

Entropy = Callable[[int], bytes]


class WantedKey(NamedTuple):
    """A key to be issued; the platform's own has no tenant, a tenant's may have a project."""

    role: Role
    tenant: str | None = None
    label: str = ""
    expires_at: datetime | None = None
    project: str | None = None


class Issued(NamedTuple):
    """A new key; `key` is shown to its holder now and never again."""

    key_id: str
    key: str

    def __repr__(self) -> str:
        """Without the key."""
        return f"Issued({self.key_id!r}, …)"


class Keys(NamedTuple):
    """Issues and recognises keys. `entropy`: random bytes from the operating system."""

    store: KeyStore
    pepper: Pepper
    clock: Clock
    entropy: Entropy

    async def issue(self, wanted: WantedKey, actor: str = "", reason: str = "") -> Issued:
        """Make a key."""
        act = Act(actor, reason or wanted.label, self.clock())
        issued, verifier = self._made(wanted)
        if not await self._is_made(issued):
            await self.store.add(verifier, act)
        return issued

    async def rotate(self, old: KeyVerifier, overlap: timedelta, act: Act) -> Issued:
        """Make a key in the place of one, which works on for `overlap`, and no longer than it had.

        Raises:
            InvalidRequest: the old one is not valid any more, or was rotated before.
        """
        issued, new = self._made(
            WantedKey(old.role, old.tenant, old.label, renewed(old, act.at), old.project)
        )
        if await self._is_made(issued):
            return issued
        until = act.at + overlap
        over = until if old.expires_at is None else min(until, old.expires_at)
        ending = structs.replace(old, expires_at=over)
        if not keys.is_valid(old, act.at) or not await self.store.rotate(old, ending, new, act):
            raise InvalidRequest(
                "The key is not valid any more, or was rotated before; rotate the newest one."
            )
        return issued

    async def authenticate(self, headers: Mapping[str, str]) -> Principal:
        """Who sends a request with these headers (names in lower case).

        Raises:
            Unauthenticated: no key, or none that is valid; the message does not say which.
            Unavailable: the store does not answer.
        """
        try:
            key = keys.read(keys.presented(headers))
            return keys.verify(key, await self.store.find(key.key_id), self.pepper, self.clock())
        except Unauthenticated:
            raise Unauthenticated(REFUSAL) from None

    async def shred(self, tenant: str, act: Act, project: str | None = None) -> int:
        """Make a tenant's keys unusable for good, and forget their digests; how many there were.

        `project`: only those that are bound to it.
        """
        return await self.store.shred(tenant, act, project)

    async def _is_made(self, issued: Issued) -> bool:
        """Whether an earlier try made this very key: one that draws the same."""
        return await self.store.find(issued.key_id) is not None

    def _made(self, wanted: WantedKey) -> tuple[Issued, KeyVerifier]:
        key = keys.mint(self.entropy(ENTROPY_BYTES))
        verifier = KeyVerifier(
            key_id=key.key_id,
            digest=self.pepper.digest(key.secret),
            role=wanted.role,
            tenant=wanted.tenant,
            project=wanted.project,
            label=wanted.label,
            created_at=self.clock(),
            expires_at=wanted.expires_at,
        )
        return Issued(key.key_id, keys.write(key)), verifier


def renewed(old: KeyVerifier, now: datetime) -> datetime | None:
    """When the key in an old one's place is over: it lives as long as that was meant to."""
    if old.expires_at is None:
        return None
    return old.expires_at if old.created_at is None else now + (old.expires_at - old.created_at)
