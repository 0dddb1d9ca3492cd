"""A token taken apart: what its header says, and the claims in it, read one way only.

JSON with a name twice, base64 with a stray bit, or bytes that are no UTF-8 can mean different
things to different readers, so they mean nothing here.
"""

from __future__ import annotations

import binascii
import json
from base64 import urlsafe_b64decode, urlsafe_b64encode
from typing import Any, NamedTuple, NoReturn

from routeyard.domain.tokens import Claims, refused

MOST_BYTES = 16 * 1024
_PARTS = 3
# Each would let the token choose its key, or how it is read.
_FORBIDDEN = frozenset({"jku", "jwk", "x5u", "x5c", "crit", "b64", "enc", "zip"})
_TYPES = frozenset({"jwt", "at+jwt"})


class Presented(NamedTuple):
    """A token whose signature is not checked yet; `claims` are not to be believed before."""

    algorithm: str
    key_id: str
    claims: Claims
    text: str


def read(token: str) -> Presented:
    """Take a token apart.

    Raises:
        Unauthenticated: it is none, or none that has one meaning.
    """
    parts = token.split(".")
    if len(token) > MOST_BYTES or not token.isascii() or len(parts) != _PARTS:
        raise refused()
    header, claims = _object(parts[0]), _object(parts[1])
    algorithm, key_id = header.get("alg"), header.get("kid")
    is_shaped = isinstance(algorithm, str) and isinstance(key_id, str) and bool(_decoded(parts[2]))
    if not is_shaped or _FORBIDDEN & header.keys() or not _is_jwt(header.get("typ", "JWT")):
        raise refused()
    return Presented(str(algorithm), str(key_id), claims, token)


def _is_jwt(kind: object) -> bool:
    return isinstance(kind, str) and kind.lower().removeprefix("application/") in _TYPES


def _object(part: str) -> dict[str, Any]:
    try:
        found = json.loads(
            _decoded(part).decode(), object_pairs_hook=_once, parse_constant=_no_number
        )
    except (ValueError, RecursionError):
        raise refused() from None
    if not isinstance(found, dict):
        raise refused()
    return found


def _decoded(part: str) -> bytes:
    """Base64url without padding, and no other spelling of the same bytes."""
    try:
        decoded = urlsafe_b64decode(part + "=" * (-len(part) % 4))
    except (binascii.Error, ValueError):
        raise refused() from None
    if urlsafe_b64encode(decoded).rstrip(b"=").decode() != part:
        raise refused()
    return decoded


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise refused()
    return found


def _no_number(_: str) -> NoReturn:
    raise refused()
