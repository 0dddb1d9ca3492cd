"""What lies in the database for a while and is nobody's to read there."""

from collections.abc import Callable
from typing import NamedTuple

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from routeyard.domain.errors import Unsealable

NONCE_BYTES = 12
Entropy = Callable[[int], bytes]


class Seal(NamedTuple):
    """AES-256-GCM under a key of 32 bytes; a nonce of its own for every text.

    `previous`: a key that opens besides, and seals nothing any more.
    """

    key: bytes
    previous: bytes | None
    entropy: Entropy

    def __repr__(self) -> str:
        """Without the keys."""
        return "Seal(…)"

    def close(self, text: bytes, about: bytes) -> bytes:
        """Seal a text; only who names the same `about` can open it."""
        nonce = self.entropy(NONCE_BYTES)
        return nonce + AESGCM(self.key).encrypt(nonce, text, about)

    def open(self, sealed: bytes, about: bytes) -> bytes:
        """The text.

        Raises:
            Unsealable: it was sealed under another key or about something else, or was changed.
        """
        nonce, rest = sealed[:NONCE_BYTES], sealed[NONCE_BYTES:]
        for key in (self.key, self.previous):
            if key is not None:
                try:
                    return AESGCM(key).decrypt(nonce, rest, about)
                except (InvalidTag, ValueError):
                    continue
        raise Unsealable("What is stored was sealed under another key, or was changed.")
