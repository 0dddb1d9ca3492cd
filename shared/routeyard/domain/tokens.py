"""From the claims of an identity provider's token to the caller, refusing whatever is odd.

The signature was checked before; nothing here is asked of anybody. Every refusal is the same
sentence, since whoever presents a token for the first time may be trying one out.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import datetime, timedelta

from routeyard.domain.errors import Unauthenticated
from routeyard.domain.tenancy import Principal, Role, Scope
from routeyard.domain.value import Value

REFUSAL = "The token is not valid; sign in again, or ask your administrator."
LEEWAY = timedelta(seconds=30)
LONGEST = timedelta(hours=24)
ACTOR_PREFIX = "token:"
_PLATFORM_ROLES = frozenset({Role.PLATFORM_ADMIN, Role.SERVICE})
_NAME = re.compile(r"[a-zA-Z0-9][a-zA-Z0-9._-]{0,62}")
_SUBJECT = re.compile(r"[!-~]([ -~]{0,253}[!-~])?")

Claims = Mapping[str, object]


class Trust(Value, frozen=True):
    """Whose tokens are believed, for whom they have to be meant, and which claims say who it is.

    `allows_platform_roles`: a token may also make a platform admin or a service.
    """

    issuer: str
    audience: str
    role_claim: str = "routeyard_role"
    tenant_claim: str = "routeyard_tenant"
    project_claim: str = "routeyard_project"
    allows_platform_roles: bool = False


def refused() -> Unauthenticated:
    """The one answer to every token that is not taken."""
    return Unauthenticated(REFUSAL)


def principal_of(claims: Claims, trust: Trust, now: datetime) -> Principal:
    """Who a token's holder is; the scope's key is `token:` and the token's subject.

    Raises:
        Unauthenticated: a claim is missing, odd, over, or meant for others.
    """
    if not _is_meant_for_us(claims, trust) or not _is_current(claims, now):
        raise refused()
    role = _role(claims.get(trust.role_claim))
    tenant = _name(claims, trust.tenant_claim)
    project = _name(claims, trust.project_claim)
    is_platforms = role in _PLATFORM_ROLES
    if is_platforms and not (trust.allows_platform_roles and tenant is None and project is None):
        raise refused()
    if not is_platforms and tenant is None:
        raise refused()
    return Principal(role=role, scope=Scope(tenant=tenant, project=project, key=_actor(claims)))


def _is_meant_for_us(claims: Claims, trust: Trust) -> bool:
    audience = claims.get("aud")
    listed = audience if isinstance(audience, list) else [audience]
    is_audience = all(isinstance(each, str) for each in listed) and trust.audience in listed
    return claims.get("iss") == trust.issuer and is_audience


def _is_current(claims: Claims, now: datetime) -> bool:
    """Whole seconds, as tokens have them; one that is good for more than a day is odd."""
    issued, over = _seconds(claims, "iat"), _seconds(claims, "exp")
    begins = _seconds(claims, "nbf") if "nbf" in claims else issued
    at, leeway = now.timestamp(), LEEWAY.total_seconds()
    is_sound = 0 < over - issued <= LONGEST.total_seconds()
    return is_sound and max(issued, begins) <= at + leeway and at < over + leeway


def _seconds(claims: Claims, name: str) -> int:
    value = claims.get(name)
    if type(value) is not int or value < 0:
        raise refused()
    return value


def _role(value: object) -> Role:
    if not isinstance(value, str) or value not in set(Role):
        raise refused()
    return Role(value)


def _name(claims: Claims, claim: str) -> str | None:
    """A tenant's or a project's name; a claim that is there has to be one."""
    if claim not in claims:
        return None
    value = claims[claim]
    if not isinstance(value, str) or _NAME.fullmatch(value) is None:
        raise refused()
    return value


def _actor(claims: Claims) -> str:
    subject = claims.get("sub")
    if not isinstance(subject, str) or _SUBJECT.fullmatch(subject) is None:
        raise refused()
    return ACTOR_PREFIX + subject
