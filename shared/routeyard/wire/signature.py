"""Ed25519 signatures of events, in the header `ce_sig`: base64url without padding.

What is signed is the context below, then, each with its length (4 bytes, big-endian; all ones
where it is absent), the topic, the record's key, the attributes in the order of `COVERED`, and the
body's exact bytes. So nothing can be moved to another event, place or source, and no two records
have the same signed bytes. docs/decisions/0006 says why it is this way.
"""

from __future__ import annotations

import binascii
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, NamedTuple

from routeyard.domain.authority import public_keys
from routeyard.domain.errors import BadSignature, InvalidRequest, InvalidSettings, NotAllowed
from routeyard.wire.record import Headers, Incoming, Outgoing

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import (
        Ed25519PrivateKey,
        Ed25519PublicKey,
    )

HEADER = "ce_sig"
CONTEXT = b"routeyard event signature v1\x00"
COVERED = (
    "ce_specversion",
    "ce_id",
    "ce_source",
    "ce_type",
    "ce_time",
    "ce_partitionkey",
    "ce_sequence",
    "ce_actor",
    "content-type",
)
SIGNATURE_BYTES = 64
_ABSENT = b"\xff\xff\xff\xff"


class KeyPair(NamedTuple):
    """A new private key as PKCS #8 in PEM, and its public key as sources are registered with it."""

    private: str
    public: str

    def __repr__(self) -> str:
        """Without the private key."""
        return f"KeyPair(…, public={self.public!r})"


class Signer:
    """Signs records with a source's private key, which it shows to nobody."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key

    @classmethod
    def of_pem(cls, pem: bytes) -> Signer:
        """From a private key as `routeyard sources keygen` and OpenSSL write it.

        Raises:
            InvalidSettings: it is not an Ed25519 private key, or one under a password.
        """
        crypto = _library()
        try:
            key = crypto.serialization.load_pem_private_key(pem, password=None)
        except (ValueError, TypeError, crypto.UnsupportedAlgorithm):
            key = None
        if not isinstance(key, crypto.ed25519.Ed25519PrivateKey):
            raise InvalidSettings(
                "The signing key is no Ed25519 private key in PEM without a password; "
                "make one with `routeyard sources keygen`."
            )
        return cls(key)

    def sign(self, record: Outgoing) -> Outgoing:
        """The record with its signature."""
        said = signed_bytes(record.topic, record.key, record.value, record.headers)
        signature = urlsafe_b64encode(self._key.sign(said)).rstrip(b"=")
        return record._replace(headers=(*record.headers, (HEADER, signature)))


def make_keys() -> KeyPair:
    """A new pair of keys, from the operating system's randomness."""
    crypto = _library()
    key, form = crypto.ed25519.Ed25519PrivateKey.generate(), crypto.serialization
    pem = key.private_bytes(
        form.Encoding.PEM, form.PrivateFormat.PKCS8, form.NoEncryption()
    ).decode()
    raw = key.public_key().public_bytes_raw()
    return KeyPair(pem, binascii.b2a_base64(raw, newline=False).decode())


def check(record: Incoming, keys: str | None) -> None:
    """Refuse a record that is not signed with one of its source's public keys.

    A source without keys signs nothing, or begins to before its key is registered.

    Raises:
        NotAllowed: it is not signed, or the keys are unusable: a registration may change that.
        BadSignature: it is signed by someone else, or was changed since.
    """
    if keys is None:
        return
    verifiers = _verifiers(keys)
    signature = _signature(record)
    said = signed_bytes(record.position.topic, record.key, record.value, record.headers)
    if not any(_is_signed(verifier, signature, said) for verifier in verifiers):
        raise BadSignature(
            "The signature in ce_sig fits none of the source's registered keys: the event was "
            "changed on its way, moved from another place, or signed with another key."
        )


def signed_bytes(topic: str, key: bytes | None, value: bytes | None, headers: Headers) -> bytes:
    """What a signature is made over.

    Raises:
        BadSignature: an attribute is there twice, so that readers may differ on what it says.
    """
    named = [name for name, _ in headers]
    if twice := next((n for n in (*COVERED, HEADER) if named.count(n) > 1), None):
        raise BadSignature(f"The header {twice} is there twice; a signed event has one of each.")
    attributes = dict(headers)
    parts = (topic.encode(), key, *(attributes.get(name) for name in COVERED), value)
    return b"".join((CONTEXT, *_framed(parts)))


def _framed(parts: tuple[bytes | None, ...]) -> Iterator[bytes]:
    for part in parts:
        yield _ABSENT if part is None else len(part).to_bytes(4) + part


def _signature(record: Incoming) -> bytes:
    text = next((value for name, value in record.headers if name == HEADER), None)
    if text is None:
        raise NotAllowed(
            "The source has a registered key and the event has no signature in ce_sig; "
            "have it signed and published again."
        )
    try:
        signature = urlsafe_b64decode(text + b"==")
    except (binascii.Error, ValueError):
        signature = b""
    # Written back, since decoding overlooks strange characters and the last one's spare bits.
    if len(signature) != SIGNATURE_BYTES or urlsafe_b64encode(signature).rstrip(b"=") != text:
        raise BadSignature(
            "ce_sig is not the base64url of 64 bytes without padding; sign the event anew."
        )
    return signature


def _is_signed(verifier: Ed25519PublicKey, signature: bytes, said: bytes) -> bool:
    try:
        verifier.verify(signature, said)
    except _library().InvalidSignature:
        return False
    return True


@lru_cache(maxsize=1024)
def _verifiers(keys: str) -> tuple[Ed25519PublicKey, ...]:
    make = _library().ed25519.Ed25519PublicKey.from_public_bytes
    try:
        return tuple(make(key) for key in public_keys(keys))
    except InvalidRequest as fault:
        raise NotAllowed(
            f"The source's registered key is unusable: {fault.message} Register it anew."
        ) from None


class _Library:
    """What is used of `cryptography`, which only those install who sign or check."""

    def __init__(self) -> None:
        from cryptography.exceptions import (  # noqa: PLC0415 - routers import this module too
            InvalidSignature,
            UnsupportedAlgorithm,
        )
        from cryptography.hazmat.primitives import serialization  # noqa: PLC0415 - the same
        from cryptography.hazmat.primitives.asymmetric import ed25519  # noqa: PLC0415 - the same

        self.InvalidSignature = InvalidSignature
        self.UnsupportedAlgorithm = UnsupportedAlgorithm
        self.serialization = serialization
        self.ed25519 = ed25519


@lru_cache(maxsize=1)
def _library() -> _Library:
    try:
        return _Library()
    except ModuleNotFoundError:
        raise InvalidSettings(
            "Signatures need the package cryptography: install routeyard[signing]."
        ) from None
