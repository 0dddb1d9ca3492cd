"""Where a provider answers, and in which request format."""

import ipaddress
from urllib.parse import urlsplit

from routeyard.domain.catalog import Dialect
from services.registry.catalogs.values import UnusableError

_DIALECTS = {
    "@ai-sdk/anthropic": Dialect.ANTHROPIC,
    "@ai-sdk/google-vertex/anthropic": Dialect.ANTHROPIC,
    "@ai-sdk/amazon-bedrock": Dialect.BEDROCK,
    "@ai-sdk/google": Dialect.GOOGLE,
    "@ai-sdk/google-vertex": Dialect.GOOGLE,
    "@ai-sdk/cohere": Dialect.COHERE,
}


def dialect_of_package(npm: str | None) -> Dialect | None:
    """The request format that a client package of the AI SDK speaks."""
    return None if npm is None else _DIALECTS.get(npm, Dialect.OPENAI)


def public_address(raw: object) -> str:
    """An address that anyone could call: whole, http(s), and not this very machine."""
    address = http_address(raw)
    if "$" in address or "{" in address:
        raise UnusableError("has a placeholder to fill in")
    host = urlsplit(address).hostname or ""
    if host == "localhost" or _is_inward(host):
        raise UnusableError("is an address of the reader's own machine or network")
    return address


def http_address(raw: object) -> str:
    """An http(s) address without a trailing slash."""
    if not isinstance(raw, str):
        raise UnusableError("is not an address")
    try:
        parts = urlsplit(raw.strip())
    except ValueError:
        raise UnusableError("is not an address") from None
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise UnusableError("is not an http address")
    return raw.strip().rstrip("/")


def _is_inward(host: str) -> bool:
    try:
        return not ipaddress.ip_address(host).is_global
    except ValueError:
        return False
