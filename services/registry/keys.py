"""API keys: issued once, stored as verifiers, recognised on every request."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import NamedTuple, Protocol

from routeyard.domain import keys
from routeyard.domain.errors import Unauthenticated
from routeyard.domain.keys import KeyVerifier
from routeyard.domain.tenancy import Principal, Role
from routeyard.runtime.clock import Clock

ENTROPY_BYTES = 42
REFUSAL = "The request carries no valid key; send one as `Authorization: Bearer ry_…`."

Entropy = Callable[[int], bytes]


class KeyStore(Protocol):
    """Where verifiers are kept. Methods raise Unavailable when it does not answer."""

    async def add(self, verifier: KeyVerifier, at: datetime) -> None:
        """Keep a verifier, and have it announced to the routers; again changes nothing."""

    async def find(self, key_id: str) -> KeyVerifier | None:
        """The verifier of a key."""

    async def revoke(self, key_id: str) -> bool:
        """Make a key unusable, and have that announced; False when there is no such key."""

    async def labelled(self, label: str) -> list[KeyVerifier]:
        """The verifiers with a label that are not revoked."""


class WantedKey(NamedTuple):
    """A key to be issued; the platform's own has no tenant."""

    role: Role
    tenant: str | None = None
    label: str = ""
    expires_at: datetime | None = None


class Issued(NamedTuple):
    """A new key; `key` is shown to its holder now and never again."""

    key_id: str
    key: str


class Keys(NamedTuple):
    """Issues and recognises keys. `entropy`: random bytes from the operating system."""

    store: KeyStore
    pepper: bytes
    clock: Clock
    entropy: Entropy

    async def issue(self, wanted: WantedKey) -> Issued:
        """Make a key."""
        key = keys.mint(self.entropy(ENTROPY_BYTES))
        verifier = KeyVerifier(
            key_id=key.key_id,
            digest=keys.digest(key.secret, self.pepper),
            role=wanted.role,
            tenant=wanted.tenant,
            label=wanted.label,
            expires_at=wanted.expires_at,
        )
        await self.store.add(verifier, self.clock())
        return Issued(key.key_id, keys.write(key))

    async def authenticate(self, headers: Mapping[str, str]) -> Principal:
        """Who sends a request with these headers (names in lower case).

        Raises:
            Unauthenticated: no key, or none that is valid; the message does not say which.
            Unavailable: the store does not answer.
        """
        try:
            key = keys.read(presented(headers))
            return keys.verify(key, await self.store.find(key.key_id), self.pepper, self.clock())
        except Unauthenticated:
            raise Unauthenticated(REFUSAL) from None


def presented(headers: Mapping[str, str]) -> str:
    """The key in the headers: a bearer token, else `x-api-key`; empty when there is none."""
    scheme, _, token = headers.get("authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "").strip()
