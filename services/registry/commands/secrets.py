"""Secrets as owners hand them in: checked, sealed, and never shown again."""

from __future__ import annotations

import re
from typing import NamedTuple

from routeyard.domain.errors import InvalidRequest
from routeyard.domain.secret import SecretText
from routeyard.guard.target import Target
from routeyard.runtime.credentials import origin_of
from routeyard.wire.credential import Scheme
from services.registry.endpoint_secrets import Destination

LONGEST_SECRET = 8192
_HEADER = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]{1,64}")
_SECRET = re.compile(r"[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?")
# What a request's framing, routing or cookies are made of.
_NOT_OURS = frozenset(
    {
        "accept",
        "accept-encoding",
        "connection",
        "content-encoding",
        "content-length",
        "content-type",
        "cookie",
        "expect",
        "forwarded",
        "host",
        "keep-alive",
        "origin",
        "proxy-authenticate",
        "proxy-authorization",
        "range",
        "referer",
        "te",
        "trailer",
        "transfer-encoding",
        "upgrade",
        "user-agent",
        "via",
    }
)


class NewSecret(NamedTuple):
    """A secret, and how the endpoint wants it. `header`: with HEADER only."""

    value: SecretText
    scheme: Scheme = Scheme.BEARER
    header: str | None = None

    def destination(self, owner: str | None, target: Target) -> Destination:
        """Where it goes: to one address, and nowhere else."""
        return Destination(owner, origin_of(target), self.scheme, self.header)


def require_usable(secret: NewSecret) -> None:
    """Refuse what cannot be sent in a header; nothing of the secret is repeated.

    Raises:
        InvalidRequest: naming the field.
    """
    text = secret.value.reveal()
    if len(text) > LONGEST_SECRET or _SECRET.fullmatch(text) is None:
        raise InvalidRequest(
            f"A secret is 1 to {LONGEST_SECRET} plain ASCII characters, with no space around it.",
            field="secret.value",
        )
    if (secret.scheme is Scheme.HEADER) != (secret.header is not None):
        raise InvalidRequest(
            "Name a header with the scheme HEADER, and with no other.", field="secret.header"
        )
    if secret.header is not None:
        _require_header(secret.header)


def _require_header(name: str) -> None:
    lower = name.lower()
    if _HEADER.fullmatch(name) is None or lower in _NOT_OURS or lower.startswith("x-forwarded-"):
        raise InvalidRequest(
            "The header must be one for secrets, like x-api-key.", field="secret.header"
        )
