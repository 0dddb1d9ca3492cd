"""What a probe asks of each kind of server: something cheap that spends no tokens."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import urlsplit

from routeyard.domain.catalog import Endpoint, ServerKind
from routeyard.domain.errors import InvalidRequest

_VERSION = "/v1"
_AT_ROOT = {
    ServerKind.VLLM: "/health",
    ServerKind.NIM: "/v1/health/ready",
    ServerKind.OLLAMA: "/api/tags",
    ServerKind.TGI: "/health",
}
_PORTS = {"http": 80, "https": 443}


class Page(NamedTuple):
    """A page to be got."""

    url: str


class Port(NamedTuple):
    """A port to be connected to."""

    host: str
    port: int


def target_of(endpoint: Endpoint) -> Page | Port:
    """What to ask, from the endpoint's address and kind.

    Raises:
        InvalidRequest: the address is none that can be asked.
    """
    try:
        return _target(endpoint.url or "", endpoint.server)
    except ValueError:
        raise InvalidRequest("the address is not a URL") from None


def _target(url: str, server: ServerKind) -> Page | Port:
    parts = urlsplit(url)
    if not parts.hostname:
        raise ValueError(url)
    if server is ServerKind.TCP:
        port = parts.port or _PORTS.get(parts.scheme)
        if port is None:
            raise InvalidRequest("the address names no port")
        return Port(parts.hostname, port)
    if parts.scheme not in _PORTS:
        raise ValueError(url)
    return Page(parts._replace(path=_path(parts.path.rstrip("/"), server), fragment="").geturl())


def _path(path: str, server: ServerKind) -> str:
    if server in _AT_ROOT:
        # Whatever a gateway puts before the version belongs to the server's root.
        return path.removesuffix(_VERSION) + _AT_ROOT[server]
    return f"{path or _VERSION}/models"
