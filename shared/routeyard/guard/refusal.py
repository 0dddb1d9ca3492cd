"""Why an endpoint's address is refused: a closed set, the same words for the same cause."""

from __future__ import annotations

from enum import StrEnum

from routeyard.domain.errors import EndpointRefused


class Rule(StrEnum):
    """What was broken, in a few words that tell nothing of what a name resolves to."""

    URL = "the address is not a URL"
    SCHEME = "the scheme is not allowed"
    USER = "a user name or password is in the address"
    HOST = "the host is not written as it must be"
    PORT = "the port is not allowed"
    PLAIN = "the address is public and without TLS"
    PRIVATE = "the host is in a private network that is not permitted"
    NEVER = "the host is at an address that is never called"
    CROWD = "the name stands for too many addresses"
    SECRET = "the secret is bound to another address"  # noqa: S105 - a sentence about one
    UNVETTED = "the address was not vetted"


def refused(rule: Rule, sentence: str) -> EndpointRefused:
    """The error to raise. `sentence` must hold nothing of the address but what is harmless."""
    return EndpointRefused(sentence, field="url", rule=rule)
