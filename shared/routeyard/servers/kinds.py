"""Which server answers at an address: by its host, by the shape of its answers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import TypeGuard
from urllib.parse import urlsplit

from routeyard.domain.catalog import Dialect, ServerKind

MODELS, TAGS, SHOW, INFO = "/v1/models", "/api/tags", "/api/show", "/info"
METADATA, READY, GEMINI_MODELS = "/v1/metadata", "/v1/health/ready", "/v1beta/models"

_SUFFIXES = (GEMINI_MODELS, "/v1beta", MODELS, "/v1", "/models", TAGS, "/api", INFO)


class Server(StrEnum):
    """What to ask, and how to read the answer. AUTO: whatever it turns out to be."""

    AUTO = "auto"
    OPENAI = "openai"
    VLLM = "vllm"
    NIM = "nim"
    OLLAMA = "ollama"
    TGI = "tgi"
    ANTHROPIC = "anthropic"
    GEMINI = "gemini"
    MISTRAL = "mistral"
    OPENROUTER = "openrouter"


# Which of these an endpoint is for health probes, and the requests it takes.
KINDS = {
    Server.VLLM: ServerKind.VLLM,
    Server.NIM: ServerKind.NIM,
    Server.OLLAMA: ServerKind.OLLAMA,
    Server.TGI: ServerKind.TGI,
}
DIALECTS = {Server.ANTHROPIC: Dialect.ANTHROPIC, Server.GEMINI: Dialect.GOOGLE}
_HOSTS = {
    "api.anthropic.com": Server.ANTHROPIC,
    "generativelanguage.googleapis.com": Server.GEMINI,
    "api.mistral.ai": Server.MISTRAL,
    "api.eu.mistral.ai": Server.MISTRAL,
    "openrouter.ai": Server.OPENROUTER,
}
_OWNERS = {
    "vllm": Server.VLLM,
    "library": Server.OLLAMA,
    "nvidia": Server.NIM,
    "mistralai": Server.MISTRAL,
}


def is_row(entry: object) -> TypeGuard[Mapping[str, object]]:
    """True for a JSON object."""
    return isinstance(entry, Mapping)


def list_address(url: str) -> str:
    """The address of the list: the one given, or where a server's address leads to it."""
    address = url.rstrip("/")
    if address.endswith("/models"):
        return address
    return f"{address}/models" if urlsplit(address).path else f"{address}/v1/models"


def root_of(url: str) -> str:
    """A server's address without what leads to one of its answers."""
    address = url.rstrip("/")
    for suffix in _SUFFIXES:
        if address.endswith(suffix):
            return address.removesuffix(suffix)
    return address


def by_host(url: str) -> Server:
    """The public API at an address, AUTO for any other."""
    return _HOSTS.get((urlsplit(url).hostname or "").lower(), Server.AUTO)


def by_shape(document: object) -> Server:
    """The server that gives such an answer, AUTO when none does."""
    if not is_row(document):
        return Server.AUTO
    if isinstance(document.get("model_id"), str):
        return Server.TGI
    data, models = document.get("data"), document.get("models")
    if is_row(data) and isinstance(data.get("endpoints"), list):
        return Server.OPENROUTER
    if isinstance(data, list):
        return _by_rows(data, is_paged="has_more" in document)
    if isinstance(models, list):
        named = [str(each.get("name")) for each in models if is_row(each)]
        google = bool(named) and all(name.startswith("models/") for name in named)
        return Server.GEMINI if google else Server.OLLAMA
    return Server.AUTO


def _by_rows(rows: Sequence[object], *, is_paged: bool) -> Server:
    if is_paged and all(is_row(row) and row.get("type") == "model" for row in rows):
        return Server.ANTHROPIC
    for row in rows:
        owner = row.get("owned_by") if is_row(row) else None
        if isinstance(owner, str) and owner in _OWNERS:
            return _OWNERS[owner]
        # NIM lists models as vLLM does, and signs them `system`; OpenAI signs so without lengths.
        if owner == "system" and is_row(row) and "max_model_len" in row:
            return Server.NIM
    return Server.OPENAI


def headers_for(server: Server, url: str, key: str | None) -> dict[str, str]:
    """How a key is shown to a server."""
    asked = by_host(url) if server is Server.AUTO else server
    versions = {"anthropic-version": "2023-06-01"} if asked is Server.ANTHROPIC else {}
    if not key:
        return versions
    if asked is Server.ANTHROPIC:
        return {**versions, "x-api-key": key}
    if asked is Server.GEMINI:
        return {"x-goog-api-key": key}
    return {"authorization": f"Bearer {key}"}
