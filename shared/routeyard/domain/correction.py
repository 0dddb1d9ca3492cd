"""What an operator may correct of an entity, and how it must be written."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import msgspec

from routeyard.domain import events
from routeyard.domain.claims import Json, Kind, as_json
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.graph import ENTITY_TYPES

# What an entity is known by, and what has a door of its own.
FIXED = frozenset(
    {
        "credential",
        "dedicated_to",
        "endpoint",
        "id",
        "keyless",
        "model",
        "native_id",
        "owner",
        "provider",
        "release",
        "url",
    }
)


def checked(kind: Kind, fields: Mapping[str, Json]) -> dict[str, Json]:
    """The fields as they are kept; maps are written by member (`capabilities.tool_use`).

    None says that a field is unknown, whatever others state.

    Raises:
        InvalidRequest: none is given, one does not exist, or its value cannot be its.
    """
    if not fields:
        raise InvalidRequest("A correction names at least one field.", field="fields")
    kept = {name: _value(kind, name, value) for name, value in sorted(fields.items())}
    if found := [fault for name, value in kept.items() for fault in _faults(name, value)]:
        raise InvalidRequest(f"The correction makes no sense: {'; '.join(found)}.", field="fields")
    return kept


def correctable(kind: Kind) -> dict[str, Any]:
    """The fields of a kind that may be corrected, and their types."""
    described = msgspec.inspect.type_info(ENTITY_TYPES[kind])
    assert isinstance(described, msgspec.inspect.StructType)  # noqa: S101 - all entities are
    return {field.name: field.type for field in described.fields if field.name not in FIXED}


def _value(kind: Kind, name: str, value: Json) -> Json:
    group, dot, member = name.partition(".")
    wanted = correctable(kind).get(group)
    is_map = isinstance(wanted, msgspec.inspect.DictType)
    if wanted is None or is_map != bool(dot and member):
        raise InvalidRequest(
            f"A {kind} has no field {name!r} that may be corrected; "
            f"there are {', '.join(sorted(correctable(kind)))}.",
            field=f"fields.{name}",
        )
    if is_map:
        value = {member: value}
    struct = msgspec.defstruct("Correction", [(group, _annotation(kind, group))])
    try:
        written = as_json(msgspec.to_builtins(msgspec.convert({group: value}, struct)))[group]
    except msgspec.ValidationError as fault:
        raise InvalidRequest(
            f"{value!r} cannot be the {name} of a {kind}: {fault}.", field=f"fields.{name}"
        ) from None
    return written[member] if is_map else written


def _annotation(kind: Kind, field: str) -> Any:
    fields = msgspec.structs.fields(ENTITY_TYPES[kind])
    return next(each.type for each in fields if each.name == field)


def _faults(name: str, value: Json) -> list[str]:
    """The sense checks that the same field has in an event."""
    group, _, member = name.partition(".")
    stated = {group: {member: value} if member else value}
    said: events.Payload
    if group in events.ModelReleased.__struct_fields__:
        row = {"provider": "-", "native_id": "-"}
        said = msgspec.convert(row | stated, events.ModelReleased)
    elif group in events.CapabilityUpdated.__struct_fields__:
        said = msgspec.convert({"model": "-"} | stated, events.CapabilityUpdated)
    else:
        return []
    return events.faults(said)
