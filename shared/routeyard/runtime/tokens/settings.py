"""Whose tokens are believed, from environment variables."""

from __future__ import annotations

from urllib.parse import urlsplit

from routeyard.domain.tokens import Trust
from routeyard.domain.value import Value
from routeyard.runtime.environ import Environ

# Signatures with a public key only: with a shared one, whoever checks could also issue.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "EdDSA")
DEFAULT_ALGORITHMS = "RS256,ES256,EdDSA"
LOOPBACK = ("127.0.0.1", "::1", "localhost")
_OWN_CLAIMS = frozenset({"iss", "aud", "sub", "exp", "nbf", "iat", "jti"})


class TokenSettings(Value, frozen=True):
    """`jwks`: the path of a file, or the address, of the provider's public keys."""

    trust: Trust
    jwks: str
    algorithms: tuple[str, ...]

    @classmethod
    def read(cls, environ: Environ) -> TokenSettings | None:
        """From ROUTEYARD_OIDC_ISSUER and its relatives; None when none of them is set."""
        issuer = environ.optional("ROUTEYARD_OIDC_ISSUER")
        audience = environ.optional("ROUTEYARD_OIDC_AUDIENCE")
        jwks = environ.optional("ROUTEYARD_OIDC_JWKS")
        algorithms = _algorithms(environ)
        claims = _claims(environ)
        has_platform_roles = (
            environ.choice("ROUTEYARD_OIDC_PLATFORM_ROLES", ("refuse", "allow"), "refuse")
            == "allow"
        )
        _check_address(environ, jwks, is_development=environ.flag("ROUTEYARD_DEVELOPMENT"))
        if issuer is None and audience is None and jwks is None:
            return None
        if issuer is None or audience is None or jwks is None:
            environ.fault(
                "ROUTEYARD_OIDC_ISSUER, ROUTEYARD_OIDC_AUDIENCE and ROUTEYARD_OIDC_JWKS "
                "have to be set together"
            )
            return None
        trust = Trust(
            issuer=issuer,
            audience=audience,
            role_claim=claims[0],
            tenant_claim=claims[1],
            project_claim=claims[2],
            allows_platform_roles=has_platform_roles,
        )
        return cls(trust=trust, jwks=jwks, algorithms=algorithms)


def is_address(jwks: str) -> bool:
    """True for an address, False for the path of a file."""
    return "://" in jwks


def _algorithms(environ: Environ) -> tuple[str, ...]:
    written = environ.text("ROUTEYARD_OIDC_ALGORITHMS", DEFAULT_ALGORITHMS)
    names = tuple(name.strip() for name in written.split(","))
    if unknown := [name for name in names if name not in ALGORITHMS]:
        environ.fault(
            f"ROUTEYARD_OIDC_ALGORITHMS names {', '.join(unknown) or 'nothing'}; "
            f"allowed are {', '.join(ALGORITHMS)}"
        )
    return names


def _claims(environ: Environ) -> tuple[str, str, str]:
    names = (
        environ.text("ROUTEYARD_OIDC_ROLE_CLAIM", "routeyard_role"),
        environ.text("ROUTEYARD_OIDC_TENANT_CLAIM", "routeyard_tenant"),
        environ.text("ROUTEYARD_OIDC_PROJECT_CLAIM", "routeyard_project"),
    )
    if len({*names}) < len(names) or _OWN_CLAIMS & {*names}:
        environ.fault(
            "the claims of ROUTEYARD_OIDC_… must be three different names, "
            f"none of them {', '.join(sorted(_OWN_CLAIMS))}"
        )
    return names


def _check_address(environ: Environ, jwks: str | None, *, is_development: bool) -> None:
    if jwks is None or not is_address(jwks):
        return
    try:
        parts = urlsplit(jwks)
        host, is_plain = parts.hostname, parts.username is None and parts.port != 0
    except ValueError:
        host, is_plain, parts = None, False, urlsplit("")
    is_safe = parts.scheme == "https" or (
        parts.scheme == "http" and is_development and host in LOOPBACK
    )
    if not (host and is_plain and is_safe):
        environ.fault(
            "ROUTEYARD_OIDC_JWKS is neither a file nor an https address without a user; http is "
            "taken from this machine only, with ROUTEYARD_DEVELOPMENT=1"
        )
