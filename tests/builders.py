"""Values for tests, with everything that a test does not care about filled in."""

from datetime import UTC, datetime, timedelta
from typing import Any

from routeyard.domain import events as e
from routeyard.domain.events import Event, Payload

NOON = datetime(2026, 6, 1, 12, 0, tzinfo=UTC)


def at(seconds: float = 0) -> datetime:
    """Noon, and some seconds."""
    return NOON + timedelta(seconds=seconds)


def event(
    data: Payload, *, id: str = "1", source: str = "dev", seconds: float = 0, sequence: int = 0
) -> Event:
    return Event(id=id, source=source, observed_at=at(seconds), data=data, sequence=sequence)


def released(provider: str = "openai", native_id: str = "gpt-4o", **fields: Any) -> e.ModelReleased:
    return e.ModelReleased(provider=provider, native_id=native_id, **fields)


def endpoint(id: str = "openai", **fields: Any) -> e.EndpointRegistered:
    return e.EndpointRegistered(endpoint=id, provider=fields.pop("provider", id), **fields)


def defined(*tags: str) -> list[Event]:
    """The events that define capabilities, as the operator says it first of all."""
    return [
        event(
            e.CapabilityDefined(tag=tag, name=tag, description=tag),
            id=f"define {tag}",
            source="operator",
        )
        for tag in tags
    ]


def source(name: str = "dev", rank: int = 70, *types: str) -> e.SourceRegistered:
    return e.SourceRegistered(name=name, rank=rank, types=types or tuple(e.PAYLOADS))
