"""What a live server says of itself: which kind it is, and each model it serves."""

from collections.abc import Sequence
from datetime import date

from routeyard.domain.catalog import Dialect, Hosting, ServerKind
from routeyard.domain.value import Value
from services.registry.catalogs.row import Row, is_row

_OWNERS = {"vllm": ServerKind.VLLM, "library": ServerKind.OLLAMA, "nvidia": ServerKind.NIM}


class Served(Value, frozen=True):
    """What the operator says of an endpoint, because its answer cannot."""

    endpoint: str
    url: str
    provider: str | None = None
    name: str | None = None
    dialect: Dialect = Dialect.OPENAI
    server: ServerKind | None = None
    hosting: Hosting | None = None
    residency: tuple[str, ...] | None = None
    zones: tuple[str, ...] | None = None
    keyless: bool = True


def kind_of(rows: Sequence[Row], *, is_ollama_tags: bool) -> ServerKind:
    """Which server gave this answer, as far as the answer shows it."""
    if is_ollama_tags:
        return ServerKind.OLLAMA
    for row in rows:
        owner = row.fields.get("owned_by")
        if isinstance(owner, str) and owner in _OWNERS:
            return _OWNERS[owner]
        # NIM lists models as vLLM does, and signs them `system`; OpenAI signs so without lengths.
        if owner == "system" and "max_model_len" in row.fields:
            return ServerKind.NIM
    return ServerKind.OPENAI_COMPATIBLE


def context_of(row: Row, by_id: dict[str, Row]) -> int | None:
    """The longest prompt; an adapter's is that of the model it adapts."""
    for field in ("max_model_len", "max_context_length", "context_length", "context_window"):
        if row.fields.get(field) is not None:
            return row.tokens(field)
    parent = row.fields.get("parent")
    base = by_id.get(parent) if isinstance(parent, str) else None
    return None if base is None or base is row else context_of(base, {})


def name_of(row: Row) -> str | None:
    """A readable name; an adapter's tells what it adapts."""
    parent = row.fields.get("parent")
    if isinstance(parent, str) and parent:
        return f"{row.name} (LoRA of {parent})"
    return row.text("display_name")


def deprecated_on(row: Row) -> date | None:
    """The day in the time at which Mistral says the model goes."""
    stated = row.fields.get("deprecation")
    if not isinstance(stated, str):
        return None
    return Row(row.name, {"deprecation": stated[:10]}, row.harvest).day("deprecation")


def tool_use_of(row: Row) -> dict[str, float]:
    """The capabilities that Mistral's own answer declares."""
    declared = row.fields.get("capabilities")
    if not is_row(declared):
        return {}
    flags = {"tool_use": declared.get("function_calling"), "vision": declared.get("vision")}
    return {tag: float(flag) for tag, flag in flags.items() if isinstance(flag, bool)}
