"""What a live server says of itself, and what its operator says of it."""

from datetime import date

from routeyard.domain.catalog import Dialect, Hosting, Mode, ServerKind, Variant
from routeyard.domain.events import EndpointRegistered, ModelRelated, Payload, ProviderDescribed
from routeyard.domain.identity import identify
from routeyard.domain.value import Value
from routeyard.servers.kinds import is_row
from services.registry.catalogs.row import Row


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

    @property
    def serves(self) -> str:
        """Who serves: the provider, or the endpoint in its own name."""
        return self.provider or self.endpoint


def introduced(served: Served, url: str) -> tuple[Payload, ...]:
    """The provider and the endpoint. `url`: the address that requests are sent to."""
    provider = served.serves
    return (
        ProviderDescribed(provider=provider, name=served.name or provider),
        EndpointRegistered(
            endpoint=served.endpoint,
            provider=provider,
            name=served.name,
            url=url,
            dialect=served.dialect,
            server=served.server,
            hosting=served.hosting,
            residency=served.residency,
            zones=served.zones,
            keyless=served.keyless,
        ),
    )


def varies(
    served: Served, native_id: str, base_id: str, variant: Variant | None
) -> ModelRelated | None:
    """That a model was made from another; None where both names are of one model."""
    model = identify(served.serves, native_id).model
    base = identify(served.serves, base_id).model
    if model == base:
        return None
    return ModelRelated(
        model=model,
        variant_of=base,
        variant=variant,
        complete=True,
        evidence=f"said by {served.endpoint}",
    )


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


_FLAGS = {
    "function_calling": "tool_use",
    "vision": "vision",
    "audio": "audio_input",
    "reasoning": "reasoning",
}


def abilities_of(row: Row) -> dict[str, float]:
    """The capabilities that Mistral's own answer declares."""
    declared = row.fields.get("capabilities")
    flags = {tag: declared.get(field) for field, tag in _FLAGS.items()} if is_row(declared) else {}
    return {tag: float(flag) for tag, flag in flags.items() if isinstance(flag, bool)}


def mode_of(row: Row) -> Mode | None:
    """What Mistral's own answer says that a model is asked for."""
    declared = row.fields.get("capabilities")
    if not is_row(declared) or "completion_chat" not in declared:
        return None
    if declared["completion_chat"] is True:
        return Mode.CHAT
    return Mode.MODERATION if declared.get("moderation") is True else None
