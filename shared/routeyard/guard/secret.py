"""A secret that is told to one address and to no other."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from routeyard.guard.ranges import Standing
from routeyard.guard.refusal import Rule, refused
from routeyard.guard.target import Target
from routeyard.guard.vet import Vetted

# Not to be set by hand: the host is the target's, and secrets are bound.
RESERVED = frozenset(
    {
        "api-key",
        "authorization",
        "cookie",
        "host",
        "proxy-authorization",
        "x-api-key",
        "x-goog-api-key",
    }
)


class Secret(NamedTuple):
    """A header with a secret in it, bound to the scheme, host and port of `target`."""

    target: Target
    value: str
    header: str = "authorization"
    prefix: str = "Bearer "

    def __repr__(self) -> str:
        """Not the secret."""
        return f"Secret(for {self.target.authority})"

    def headers_for(self, vetted: Vetted) -> dict[str, str]:
        """The header, for the address it is bound to.

        Raises:
            EndpointRefused: that is another address, or it would be told without TLS in public.
        """
        if vetted.target.origin != self.target.origin:
            raise refused(Rule.SECRET, "The secret is bound to another address; store it anew.")
        if vetted.target.scheme != "https" and vetted.standing != Standing.PERMITTED:
            raise refused(Rule.PLAIN, "A secret is not told without TLS; use an https:// address.")
        return {self.header: self.prefix + self.value}


def headers_of(vetted: Vetted, given: Mapping[str, str], secret: Secret | None) -> dict[str, str]:
    """All headers of a request: the caller's, the host, and the secret.

    Raises:
        EndpointRefused: the secret is not for this address.
        ValueError: the caller sets what is not the caller's to set.
    """
    if taken := sorted(RESERVED & {name.lower() for name in given}):
        raise ValueError(f"headers that are not the caller's to set: {', '.join(taken)}")
    told = secret.headers_for(vetted) if secret is not None else {}
    return {**given, "host": vetted.target.authority, **told}
