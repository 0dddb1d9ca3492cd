"""What changed of an entity from one body to another, field by field."""

from __future__ import annotations

from decimal import Decimal
from enum import StrEnum
from functools import cache

import msgspec

from routeyard.domain.claims import EntityRef, Json, Kind
from routeyard.domain.graph import ENTITY_TYPES
from routeyard.domain.value import Value

AMOUNTS = frozenset({"input", "output", "cached_read", "cache_write", "per_request"})
# Names of credentials stay inside the registry; which version it is, is told.
CREDENTIAL, SECRET_VERSION = "credential", "secret_version"
# What a policy's text comes to is in the text.
_DERIVED = {Kind.POLICY: frozenset({"match", "rules", "objective"})}


class Change(StrEnum):
    """What happened to an entity."""

    ADDED = "added"
    REMOVED = "removed"
    CHANGED = "changed"


class FieldChange(Value, frozen=True):
    """A field's values; None is unknown. `name` is dotted inside maps and prices."""

    name: str
    before: Json = None
    after: Json = None


class Difference(Value, frozen=True):
    """What happened to an entity, and to which of its fields, by name."""

    ref: EntityRef
    change: Change
    fields: tuple[FieldChange, ...]


def difference(ref: EntityRef, before: bytes | None, after: bytes | None) -> Difference | None:
    """What lies between two canonical bodies, None being absent; None when they are the same."""
    if before == after:
        return None
    old, new = flat(ref.kind, before), flat(ref.kind, after)
    fields = tuple(
        FieldChange(name=name, before=old.get(name), after=new.get(name))
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    )
    return Difference(ref=ref, change=_change(before, after), fields=fields)


def flat(kind: Kind, body: bytes | None) -> dict[str, Json]:
    """A body's fields, maps and prices by member; what has a default is stated.

    An absent entity has no fields. Amounts of money are text, times are ISO 8601, and of an
    endpoint's secret there is the version.
    """
    if body is None:
        return {}
    fields: dict[str, Json] = dict(_defaults(kind))
    derived = _DERIVED.get(kind, frozenset())
    for name, value in msgspec.json.decode(body).items():
        if name in derived:
            continue
        if name == "price":
            value = _with_written_amounts(value)  # noqa: PLW2901 - the same value, readable
        if name == CREDENTIAL:
            fields[SECRET_VERSION] = version_of(str(value))
        elif isinstance(value, dict):
            fields |= {f"{name}.{member}": each for member, each in value.items()}
        else:
            fields[name] = value
    return fields


def version_of(credential: str | None) -> int | None:
    """The version that an endpoint's credential names; None where it is named otherwise."""
    is_number = credential is not None and credential.isascii() and credential.isdigit()
    return int(credential) if credential is not None and is_number else None


def _with_written_amounts(price: Json) -> Json:
    """`0.0000001`, never `1E-7`, in tiers and windows too."""
    if isinstance(price, list):
        return [_with_written_amounts(part) for part in price]
    return {
        name: format(Decimal(value), "f")
        if name in AMOUNTS
        else _with_written_amounts(value)
        if isinstance(value, list)
        else value
        for name, value in price.items()
    }


def _change(before: bytes | None, after: bytes | None) -> Change:
    if before is None:
        return Change.ADDED
    return Change.REMOVED if after is None else Change.CHANGED


@cache
def _defaults(kind: Kind) -> tuple[tuple[str, Json], ...]:
    """The values that bodies leave out because they are the default; silence is left out."""
    return tuple(
        (field.encode_name, msgspec.to_builtins(field.default))
        for field in msgspec.structs.fields(ENTITY_TYPES[kind])
        if field.default not in (msgspec.NODEFAULT, None, ())
    )
