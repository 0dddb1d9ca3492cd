"""API keys: `ry_<key id>_<secret><checksum>`, and the verifier that stands for one.

The secret is 32 random bytes; only HMAC-SHA256(pepper, secret) is ever stored. The checksum
(CRC-32 over everything before it) lets a mistyped key, or a scanner's find, be told apart
from a wrong one without asking anybody.
"""

from __future__ import annotations

import hmac
import zlib
from base64 import b32encode
from collections.abc import Iterable, Mapping
from datetime import datetime

from routeyard.domain.errors import Unauthenticated
from routeyard.domain.tenancy import Principal, Role, Scope
from routeyard.domain.value import Value

PREFIX = "ry"
TENANT_ROLES = frozenset({Role.TENANT_ADMIN, Role.TENANT_USER})
_CHECKSUM_LENGTH = 8


class KeyVerifier(Value, frozen=True):
    """What a router needs to recognise a key: never the key."""

    key_id: str
    digest: str
    role: Role
    tenant: str | None = None
    project: str | None = None
    label: str = ""
    created_at: datetime | None = None
    expires_at: datetime | None = None
    revoked: bool = False


# What unknown and shredded keys are checked against, so that refusing them is the same work.
_NOBODY = KeyVerifier(key_id="", digest="0" * 64, role=Role.TENANT_USER, revoked=True)


class Pepper:
    """The server's own secret, without which a digest tells nothing. It never shows itself."""

    def __init__(self, secret: bytes) -> None:
        # Keyed once: that is most of an HMAC's work.
        self._keyed = hmac.new(secret, digestmod="sha256")

    def digest(self, secret: str) -> str:
        """What is stored of a key's secret: HMAC-SHA256 in hex."""
        keyed = self._keyed.copy()
        keyed.update(secret.encode())
        return keyed.hexdigest()


class ApiKey(Value, frozen=True):
    """A key taken apart."""

    key_id: str
    secret: str


def presented(headers: Mapping[str, str]) -> str:
    """The key or token in headers (names in lower case): a bearer's, else `x-api-key`'s; or ""."""
    scheme, _, bearer = headers.get("authorization", "").partition(" ")
    return bearer.strip() if scheme.lower() == "bearer" else headers.get("x-api-key", "").strip()


def is_key(text: str) -> bool:
    """Whether a text means to be a key, and not a token of an identity provider."""
    return text.startswith(f"{PREFIX}_")


def _base32(data: bytes) -> str:
    return b32encode(data).decode().rstrip("=").lower()


def _checksum(text: str) -> str:
    return f"{zlib.crc32(text.encode()):08x}"


def mint(entropy: bytes) -> ApiKey:
    """A new key from 42 random bytes: 10 for the id, 32 for the secret."""
    if len(entropy) != 42:  # noqa: PLR2004 - the docstring's figure
        msg = "a key is minted from exactly 42 random bytes"
        raise ValueError(msg)
    return ApiKey(key_id=_base32(entropy[:10]), secret=_base32(entropy[10:]))


def write(key: ApiKey) -> str:
    """The key as its holder sees it, once."""
    body = f"{PREFIX}_{key.key_id}_{key.secret}"
    return body + _checksum(body)


def read(text: str) -> ApiKey:
    """Take a presented key apart.

    Raises:
        Unauthenticated: it is not in the format, or its checksum does not match.
    """
    parts = text.split("_")
    body, checksum = text[:-_CHECKSUM_LENGTH], text[-_CHECKSUM_LENGTH:]
    is_shaped = len(parts) == 3 and parts[0] == PREFIX and parts[1] != ""  # noqa: PLR2004
    if not is_shaped or _checksum(body) != checksum:
        raise Unauthenticated(
            "This is not a Routeyard key; send one as `Authorization: Bearer ry_…`."
        )
    return ApiKey(key_id=parts[1], secret=parts[2][:-_CHECKSUM_LENGTH])


def verify(key: ApiKey, verifier: KeyVerifier | None, pepper: Pepper, now: datetime) -> Principal:
    """Who the key's holder is.

    Raises:
        Unauthenticated: unknown, wrong, revoked or expired; the message does not say which.
    """
    held = verifier or _NOBODY
    matches = hmac.compare_digest(pepper.digest(key.secret), held.digest or _NOBODY.digest)
    counts = is_valid(held, now)
    if not (matches and counts):
        raise refused()
    return Principal(
        role=held.role,
        scope=Scope(tenant=held.tenant, project=held.project, key=held.key_id),
    )


def refused() -> Unauthenticated:
    """The one answer to every key that is not let in."""
    return Unauthenticated("The key is not valid; ask your administrator for a new one.")


def is_valid(verifier: KeyVerifier, now: datetime) -> bool:
    """Whether the key is neither revoked nor over."""
    is_over = verifier.expires_at is not None and verifier.expires_at <= now
    return not verifier.revoked and not is_over


def is_last_admin(key_id: str, known: Iterable[KeyVerifier], now: datetime) -> bool:
    """Whether the key is a valid platform admin's, and no other of those known is one."""
    admins = {e.key_id for e in known if e.role is Role.PLATFORM_ADMIN and is_valid(e, now)}
    return admins == {key_id}


def may_mint(caller: Principal, role: Role, tenant: str | None, project: str | None) -> bool:
    """Whether a caller may make such a key, or decide on one: never on more than it is itself.

    Platform admins may all; a tenant's admins may what is in their tenant, and in their project
    where they are bound to one.
    """
    if caller.role is Role.PLATFORM_ADMIN:
        return True
    own = caller.scope
    is_own = own.tenant is not None and own.tenant == tenant
    is_within = own.project in (None, project)
    return caller.role is Role.TENANT_ADMIN and role in TENANT_ROLES and is_own and is_within
