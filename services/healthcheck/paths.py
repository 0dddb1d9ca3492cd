"""What a probe asks of each kind of server: something cheap that spends no tokens."""

from __future__ import annotations

import msgspec

from routeyard.domain.catalog import Endpoint, ServerKind
from routeyard.guard.target import TCP, Target, read_target

_VERSION = "/v1"
_AT_ROOT = {
    ServerKind.VLLM: "/health",
    ServerKind.NIM: "/v1/health/ready",
    ServerKind.OLLAMA: "/api/tags",
    ServerKind.TGI: "/health",
}


def target_of(endpoint: Endpoint, *, has_secret: bool = False) -> Target:
    """What to ask, from the endpoint's address and kind; of a bare port there is only the port.

    vLLM lets everybody see its health, and only its list tells whether a secret is taken.

    Raises:
        EndpointRefused: the address is none that may be asked.
    """
    if endpoint.server is ServerKind.TCP:
        return read_target(endpoint.url or "", TCP)
    target = read_target(endpoint.url or "")
    path, mark, query = target.path.partition("?")
    is_listed = has_secret and endpoint.server is ServerKind.VLLM
    server = ServerKind.OPENAI_COMPATIBLE if is_listed else endpoint.server
    asked = _path(path.rstrip("/"), server) + mark + query
    return msgspec.structs.replace(target, path=asked)


def _path(path: str, server: ServerKind) -> str:
    if server in _AT_ROOT:
        # Whatever a gateway puts before the version belongs to the server's root.
        return path.removesuffix(_VERSION) + _AT_ROOT[server]
    return f"{path or _VERSION}/models"
