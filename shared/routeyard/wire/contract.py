"""The event contract as documents: a JSON Schema for each type, and AsyncAPI for the topics."""

from __future__ import annotations

from inspect import cleandoc
from typing import Any

import msgspec

from routeyard.domain.events import PAYLOADS, Payload
from routeyard.wire.topics import TOPICS, Carries, Topics, TopicSpec, carrier_of

_BASE = "https://routeyard.dev/schemas"
_HEADERS = {
    "type": "object",
    "required": ["ce_specversion", "ce_id", "ce_source", "ce_type", "ce_time"],
    "properties": {
        "ce_specversion": {"const": "1.0"},
        "ce_id": {"type": "string", "description": "Unique for each source, for ever."},
        "ce_source": {"type": "string", "description": "A registered source."},
        "ce_type": {"type": "string"},
        "ce_time": {"type": "string", "format": "date-time", "description": "When it was true."},
        "ce_sequence": {"type": "string", "description": "Orders events of one time; digits."},
        "ce_partitionkey": {"type": "string", "description": "The record's key."},
        "ce_actor": {"type": "string", "description": "Who stands behind it, for the audit."},
        "ce_sig": {
            "type": "string",
            "pattern": "^[A-Za-z0-9_-]{86}$",
            "description": "The source's Ed25519 signature, see docs/guides/sources.md.",
        },
    },
}


def schema(event_type: str) -> dict[str, Any]:
    """The JSON Schema of a type's body."""
    body = msgspec.json.schema(PAYLOADS[event_type], ref_template="#/$defs/{name}")
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"{_BASE}/{event_type}.json",
        "title": event_type,
        **_without_indents(body),
    }


def _without_indents(part: Any) -> Any:
    """The same with docstrings as Python 3.13 keeps them, whichever version runs."""
    if isinstance(part, dict):
        return {
            name: cleandoc(inner)
            if name == "description" and isinstance(inner, str)
            else _without_indents(inner)
            for name, inner in part.items()
        }
    return [_without_indents(inner) for inner in part] if isinstance(part, list) else part


def schemas() -> dict[str, dict[str, Any]]:
    """Every type's schema, by type."""
    return {event_type: schema(event_type) for event_type in sorted(PAYLOADS)}


def asyncapi() -> dict[str, Any]:
    """The topics and what travels on them, as an AsyncAPI 3.0 document."""
    topics = Topics()
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": "Routeyard events",
            "version": "1.0.0",
            "description": "CloudEvents 1.0 in Kafka binary mode: attributes in ce_* headers, "
            "a JSON body. Optional fields may be added to a type; a new meaning is a new type.",
        },
        "channels": {c.value: _channel(topics, TOPICS[c]) for c in Carries},
        "operations": {
            f"publish.{event_type}": _operation(event_type) for event_type in sorted(PAYLOADS)
        },
        "components": {
            "messages": {t: _message(t, p) for t, p in sorted(PAYLOADS.items())},
            "schemas": {"CloudEventHeaders": _HEADERS},
        },
    }


def _channel(topics: Topics, spec: TopicSpec) -> dict[str, Any]:
    carried = [t for t in sorted(PAYLOADS) if carrier_of(t) is spec.carries]
    return {
        "address": topics.name(spec.carries),
        "description": f"Key: {spec.key}. Written by: {', '.join(spec.writers)}.",
        "messages": {t: {"$ref": f"#/components/messages/{t}"} for t in carried},
        "bindings": {
            "kafka": {
                "partitions": spec.partitions,
                "topicConfiguration": {
                    "cleanup.policy": spec.cleanup.split(","),
                    **({"retention.ms": spec.retention_ms} if spec.retention_ms else {}),
                },
            }
        },
    }


def _operation(event_type: str) -> dict[str, Any]:
    channel = f"#/channels/{carrier_of(event_type)}"
    return {
        "action": "send",
        "channel": {"$ref": channel},
        "messages": [{"$ref": f"{channel}/messages/{event_type}"}],
    }


def _message(event_type: str, payload: type[Payload]) -> dict[str, Any]:
    return {
        "name": event_type,
        "summary": (payload.__doc__ or "").split("\n", 1)[0],
        "contentType": "application/json",
        "headers": {"$ref": "#/components/schemas/CloudEventHeaders"},
        "payload": {
            "schemaFormat": "application/schema+json;version=draft-2020-12",
            "schema": {"$ref": f"schemas/{event_type}.json"},
        },
    }
