"""Tokens of an identity provider (OIDC), for callers who have those instead of keys.

Off unless ROUTEYARD_OIDC_ISSUER is set. `reading` looks at the bytes, `jwks` keeps the provider's
public keys, `domain.tokens` makes the caller of the claims.
"""

from __future__ import annotations

import time
from datetime import datetime
from typing import Protocol

from routeyard.domain.errors import InvalidSettings
from routeyard.domain.tenancy import Principal
from routeyard.runtime.tokens.settings import TokenSettings


class Tokens(Protocol):
    """Recognises who presents a token."""

    async def principal(self, token: str, now: datetime) -> Principal:
        """Who that is.

        Raises:
            Unauthenticated: it is not to be believed; the message does not say why.
            Unavailable: the provider's public keys are not known.
        """


def tokens_of(settings: TokenSettings | None) -> Tokens | None:
    """What recognises tokens; None where they are off. Nothing is asked before first use.

    Raises:
        InvalidSettings: the package that checks signatures is not installed.
    """
    if settings is None:
        return None
    try:
        from routeyard.runtime.tokens.provider import Provider  # noqa: PLC0415 - an extra
    except ModuleNotFoundError:
        raise InvalidSettings(
            "Tokens need the package joserfc: install routeyard[tokens]."
        ) from None
    return Provider.of(settings, time.monotonic)
