"""A secret as text, which nothing shows by accident."""

from __future__ import annotations

import hmac
from typing import NoReturn


class SecretText:
    """A secret. Only `reveal` tells it; it is neither printed, encoded, copied nor pickled.

    Two are compared in a time that does not depend on where they differ.
    """

    __slots__ = ("_text",)
    __hash__ = None  # type: ignore[assignment]  # a set of secrets would compare them by hash

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The secret itself; hand it to nothing that keeps or shows what it is given."""
        return self._text

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, SecretText):
            return NotImplemented
        return hmac.compare_digest(_bytes(self), _bytes(other))

    def __repr__(self) -> str:
        return "SecretText(…)"

    def __str__(self) -> str:
        return repr(self)

    def __format__(self, _: str) -> str:
        return repr(self)

    def __reduce_ex__(self, _: object) -> NoReturn:
        raise TypeError("A secret is neither copied nor pickled.")


def _bytes(secret: SecretText) -> bytes:
    return secret.reveal().encode("utf-8", "surrogatepass")
