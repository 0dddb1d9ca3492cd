"""Sealed secrets: AES-256-GCM under a data key of their own, which a key-encryption key wraps.

    1 byte   the format, 1
    8 bytes  which key-encryption key
    12 + 48  nonce and wrapped data key
    12 + n   nonce and ciphertext of the secret, UTF-8, tag included

Both are bound to whose secret it is, of which endpoint, in which version, and for which host, each
with its length in front: a ciphertext that was moved does not open. The wrapped key is bound to
the nine bytes before it, too. docs/decisions/0011 says why it is this way. Other texts than secrets
may be sealed in the same way, about something else.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from hashlib import sha256
from typing import NamedTuple, NewType

from routeyard.domain.errors import InvalidSettings, Unsealable
from routeyard.domain.secret import SecretText

FORMAT = b"\x01"
CONTEXT = b"routeyard sealed secret v1\x00"
KEY_BYTES, NONCE_BYTES, TAG_BYTES, ID_BYTES = 32, 12, 16, 8
_HEAD = len(FORMAT) + ID_BYTES
_WRAPPED = _HEAD + NONCE_BYTES + KEY_BYTES + TAG_BYTES
LEAST_BYTES = _WRAPPED + NONCE_BYTES + TAG_BYTES

Sealed = NewType("Sealed", bytes)
Entropy = Callable[[int], bytes]


class Binding(NamedTuple):
    """What a secret is for. The platform's own have no tenant."""

    tenant: str | None
    endpoint: str
    version: int
    host: str

    def written(self) -> bytes:
        """Unambiguous bytes."""
        parts = (self.tenant or "", self.endpoint, str(self.version), self.host)
        encoded = (part.encode() for part in parts)
        return CONTEXT + b"".join(len(part).to_bytes(4) + part for part in encoded)


class SealingKeys(NamedTuple):
    """Key-encryption keys, 32 bytes each: `current` seals, `previous` opens besides."""

    current: bytes
    previous: bytes | None = None

    def __repr__(self) -> str:
        """Without the keys."""
        return "SealingKeys(…)"

    def named(self, id_: bytes) -> bytes:
        """The key of that id.

        Raises:
            Unsealable: there is none.
        """
        for key in (self.current, self.previous):
            if key is not None and key_id(key) == id_:
                return key
        raise Unsealable(
            "The secret is sealed with a key that is not here: set the one it was sealed with as "
            "ROUTEYARD_ENCRYPTION_KEY_PREVIOUS, or have the secret set anew."
        )


def key_id(key: bytes) -> bytes:
    """What tells key-encryption keys apart, and says nothing about them."""
    return sha256(b"routeyard key-encryption key id\x00" + key).digest()[:ID_BYTES]


def head_of(key: bytes) -> bytes:
    """What everything begins with that is sealed with a key-encryption key."""
    return FORMAT + key_id(key)


def seal(secret: SecretText, binding: Binding, keys: SealingKeys, entropy: Entropy) -> Sealed:
    """Encrypt a secret. `entropy`: random bytes from the operating system."""
    text = secret.reveal().encode("utf-8", "surrogatepass")
    return close(text, binding.written(), keys, entropy)


def close(text: bytes, about: bytes, keys: SealingKeys, entropy: Entropy) -> Sealed:
    """Encrypt a text, so that only who names the same `about` opens it."""
    data_key = entropy(KEY_BYTES)
    body = _encrypted(data_key, entropy(NONCE_BYTES), text, about)
    return Sealed(_wrapped(data_key, about, keys, entropy) + body)


def unseal(sealed: bytes, binding: Binding, keys: SealingKeys) -> SecretText:
    """Decrypt a secret.

    Raises:
        Unsealable: it was changed, or is for something else, or sealed with a key that is not here.
    """
    text = opened(sealed, binding.written(), keys)
    return SecretText(text.decode("utf-8", "surrogatepass"))


def opened(sealed: bytes, about: bytes, keys: SealingKeys) -> bytes:
    """Decrypt a text.

    Raises:
        Unsealable: it was changed, or is about something else, or sealed with a key that is not
            here.
    """
    return _decrypted(_data_key(sealed, about, keys), sealed[_WRAPPED:], about)


def rewrap(sealed: bytes, binding: Binding, keys: SealingKeys, entropy: Entropy) -> Sealed:
    """The same secret under the current key; what was under it already stays as it is.

    Raises:
        Unsealable: as `unseal`.
    """
    if sealed[:_HEAD] == head_of(keys.current):
        return Sealed(sealed)
    about = binding.written()
    data_key = _data_key(sealed, about, keys)
    return Sealed(_wrapped(data_key, about, keys, entropy) + sealed[_WRAPPED:])


def _wrapped(data_key: bytes, about: bytes, keys: SealingKeys, entropy: Entropy) -> bytes:
    head = head_of(keys.current)
    return head + _encrypted(keys.current, entropy(NONCE_BYTES), data_key, head + about)


def _data_key(sealed: bytes, about: bytes, keys: SealingKeys) -> bytes:
    head = sealed[:_HEAD]
    if len(sealed) < LEAST_BYTES or not head.startswith(FORMAT):
        raise Unsealable("The sealed secret is not in a format that this version knows.")
    key = keys.named(head[len(FORMAT) :])
    return _decrypted(key, sealed[_HEAD:_WRAPPED], head + about)


def _encrypted(key: bytes, nonce: bytes, text: bytes, said: bytes) -> bytes:
    return nonce + _library().AESGCM(key).encrypt(nonce, text, said)


def _decrypted(key: bytes, data: bytes, said: bytes) -> bytes:
    library = _library()
    try:
        return library.AESGCM(key).decrypt(data[:NONCE_BYTES], data[NONCE_BYTES:], said)
    except library.InvalidTag:
        raise Unsealable(
            "The sealed secret does not open: it was changed, or belongs to another tenant, "
            "endpoint, version or host; have it set anew."
        ) from None


class _Library:
    """What is used of `cryptography`, which a router has only where it opens secrets."""

    def __init__(self) -> None:
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415 - routers import this module
        from cryptography.hazmat.primitives.ciphers.aead import AESGCM  # noqa: PLC0415 - the same

        self.InvalidTag = InvalidTag
        self.AESGCM = AESGCM


@lru_cache(maxsize=1)
def _library() -> _Library:
    try:
        return _Library()
    except ModuleNotFoundError:
        raise InvalidSettings(
            "Secrets need the package cryptography: install routeyard[signing]."
        ) from None
