"""The public keys of a provider, as its JSON Web Key Set tells them."""

from __future__ import annotations

import json
from base64 import urlsafe_b64decode
from collections import Counter
from collections.abc import Mapping
from typing import Any, NamedTuple

from joserfc import jwk
from joserfc.errors import JoseError

from routeyard.domain.errors import Unavailable

MOST_KEYS = 100
LEAST_RSA_BITS, MOST_RSA_BITS = 2048, 8192
Key = jwk.RSAKey | jwk.ECKey | jwk.OKPKey
# An algorithm fits one type of key, and one curve where there are several.
_FITS = {
    ("RSA", None): frozenset({"RS256", "RS384", "RS512", "PS256", "PS384", "PS512"}),
    ("EC", "P-256"): frozenset({"ES256"}),
    ("EC", "P-384"): frozenset({"ES384"}),
    ("OKP", "Ed25519"): frozenset({"EdDSA"}),
}
_IMPORTERS: Mapping[str, type[Key]] = {"RSA": jwk.RSAKey, "EC": jwk.ECKey, "OKP": jwk.OKPKey}
_PUBLIC = ("kty", "crv", "n", "e", "x", "y")


class PublicKey(NamedTuple):
    """A key, and the algorithms whose signatures may be checked with it."""

    key: Key
    fits: frozenset[str]


def public_keys(document: bytes) -> Mapping[str, PublicKey]:
    """The keys of a set by their ids; what cannot check signatures of tokens is left out.

    Raises:
        Unavailable: the document is no such set, or holds no usable key.
    """
    try:
        listed = json.loads(document)["keys"]
        written = [each for each in listed[:MOST_KEYS] if isinstance(each, dict)]
    except (ValueError, TypeError, KeyError, RecursionError):
        written = []
    # Two keys under one id: a token could be meant for either.
    times = Counter(str(each.get("kid")) for each in written)
    found = {
        kid: key
        for each in written
        if isinstance(kid := each.get("kid"), str) and times[kid] == 1
        if (key := _public_key(each)) is not None
    }
    if not found:
        raise Unavailable("The identity provider's set of keys holds no usable key.")
    return found


def _public_key(written: dict[str, Any]) -> PublicKey | None:
    fits = _fitting(written)
    kind = written.get("kty")
    if not fits or not isinstance(kind, str):
        return None
    try:
        if kind == "RSA" and not LEAST_RSA_BITS <= _bits(written["n"]) <= MOST_RSA_BITS:
            return None
        # Only what is public: a set that also shows private parts must not make a signer of us.
        key = _IMPORTERS[kind].import_key({n: written[n] for n in _PUBLIC if n in written})
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    return PublicKey(key, fits)


def _bits(number: str) -> int:
    return int.from_bytes(urlsafe_b64decode(number + "=" * (-len(number) % 4))).bit_length()


def _fitting(written: dict[str, Any]) -> frozenset[str]:
    curve = written.get("crv") if written.get("kty") in ("EC", "OKP") else None
    fits = _FITS.get((str(written.get("kty")), curve if isinstance(curve, str) else None))
    operations = written.get("key_ops", ["verify"])
    is_for_signatures = written.get("use", "sig") == "sig"
    if fits is None or not is_for_signatures or not isinstance(operations, list):
        return frozenset()
    if "verify" not in operations:
        return frozenset()
    # RFC 9864 has another name for the same.
    named = "EdDSA" if written.get("alg") == "Ed25519" else written.get("alg")
    return fits if named is None else fits & {str(named)}
