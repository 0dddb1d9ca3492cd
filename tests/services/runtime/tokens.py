"""An identity provider for tests: it signs whatever it is asked to, right or wrong."""

import json
import warnings
from base64 import urlsafe_b64encode
from functools import cache
from typing import Any

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from joserfc import jwk
from joserfc.errors import SecurityWarning

from routeyard.domain.tokens import Trust
from tests.builders import NOON

Private = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey
TRUST = Trust(issuer="https://id.example", audience="routeyard")
NOW = int(NOON.timestamp())
CLAIMS: dict[str, Any] = {
    "iss": TRUST.issuer,
    "aud": TRUST.audience,
    "sub": "jo@acme.example",
    "iat": NOW - 10,
    "exp": NOW + 290,
    "routeyard_role": "tenant_admin",
    "routeyard_tenant": "acme",
}


@cache
def private(kid: str) -> Private:
    """The key of that id, made when first asked for."""
    match kid:
        case "ec" | "ec-2":
            return ec.generate_private_key(ec.SECP256R1())
        case "p384":
            return ec.generate_private_key(ec.SECP384R1())
        case "ed":
            return ed25519.Ed25519PrivateKey.generate()
    return rsa.generate_private_key(65537, 1024 if kid == "short" else 2048)


def public(kid: str, **more: object) -> dict[str, Any]:
    """The public half as a JSON Web Key."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", SecurityWarning)  # of a key that is short on purpose
        match kid[:2]:
            case "ec" | "p3":
                made = jwk.ECKey.import_key(pem(private(kid))).as_dict(private=False)
            case "ed":
                made = jwk.OKPKey.import_key(pem(private(kid))).as_dict(private=False)
            case _:
                made = jwk.RSAKey.import_key(pem(private(kid))).as_dict(private=False)
    return {**made, "kid": kid, **more}


def pem(key: Private) -> bytes:
    return key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def pem_of_both(key: Private) -> bytes:
    """With the private half."""
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def key_set(*keys: dict[str, Any]) -> bytes:
    return json.dumps({"keys": keys or [public("rsa"), public("ec"), public("ed")]}).encode()


def b64(data: bytes | dict[str, Any]) -> str:
    raw = data if isinstance(data, bytes) else json.dumps(data).encode()
    return urlsafe_b64encode(raw).rstrip(b"=").decode()


def token(
    header: dict[str, Any] | bytes | None = None,
    claims: dict[str, Any] | bytes | None = None,
    kid: str = "rsa",
) -> str:
    """A token, signed with the key of that id whatever its header says."""
    alg = {"ec": "ES256", "ed": "EdDSA", "p3": "ES384"}.get(kid[:2], "RS256")
    head = header if isinstance(header, bytes) else {"alg": alg, "kid": kid, **(header or {})}
    body = claims if isinstance(claims, bytes) else {**CLAIMS, **(claims or {})}
    said = f"{b64(head)}.{b64(body)}"
    return f"{said}.{b64(sign(private(kid), said.encode()))}"


def sign(key: Private, said: bytes) -> bytes:
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(said, padding.PKCS1v15(), hashes.SHA256())
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return key.sign(said)
    width = (key.curve.key_size + 7) // 8
    digest = hashes.SHA256() if width == 32 else hashes.SHA384()
    r, s = decode_dss_signature(key.sign(said, ec.ECDSA(digest)))
    return r.to_bytes(width) + s.to_bytes(width)
