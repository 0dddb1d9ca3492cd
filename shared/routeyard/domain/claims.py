"""Claims: what each source says, kept apart, joined without regard to order, then merged.

A *statement* is all that one source says about one entity under one of its own names
(`native`). Statements of the same key are joined field by field, greatest stamp first, so any
order of arrival, any repetition, leads to the same statement (`join` is commutative,
associative and idempotent). `precedence` picks, per field, among the statements of all sources.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any, NamedTuple

from routeyard.domain.value import Value

Json = Any

# The source of what operators say; no registered source reaches its rank.
OPERATOR = "operator"
OPERATOR_RANK = 1_000


def as_json(value: Json) -> Json:
    """The same value as it comes back from JSON: its tuples are lists."""
    if isinstance(value, dict):
        return {name: as_json(member) for name, member in value.items()}
    return [as_json(each) for each in value] if isinstance(value, list | tuple) else value


class Kind(StrEnum):
    """The kinds of entities in the graph."""

    SOURCE = "source"
    NAMING = "naming"
    PROVIDER = "provider"
    MODEL = "model"
    RELEASE = "release"
    ENDPOINT = "endpoint"
    OFFERING = "offering"
    CAPABILITY = "capability"
    PRECISION = "precision"
    TIER = "tier"
    TENANT_CLASS = "tenant_class"
    TENANT = "tenant"
    PROJECT = "project"
    OVERRIDE = "override"
    POLICY = "policy"


class EntityRef(NamedTuple):
    """One entity."""

    kind: Kind
    id: str


class Stamp(NamedTuple):
    """When a claim was true, for telling which of two is the newer."""

    observed_us: int
    sequence: int
    event_id: str


NEVER = Stamp(-1, -1, "")


def microseconds(at: datetime) -> int:
    """Whole microseconds since 1970, without a float in between."""
    return int(at.timestamp()) * 1_000_000 + at.microsecond


class Claimed(NamedTuple):
    """A field's value, when it was true, and what it rests on.

    `measured_on` is the day of a measurement, as an ISO date.
    """

    value: Json
    stamp: Stamp
    evidence: str = ""
    measured_on: str | None = None


class Statement(Value, frozen=True):
    """All that `source` says about `entity` under its own name `native`.

    `announced`: the source lists the entity (True) or has withdrawn it (False); None when it
    only adds facts to what others announce. `floor`: the newest complete listing; fields with
    an older stamp were left out of it and no longer count. `needs`: the entity that has to be
    in the graph before this one can be. `is_first_party`: the maker speaks of its own model.
    """

    kind: Kind
    entity: str
    source: str
    native: str
    fields: dict[str, Claimed] = {}
    announced: Claimed | None = None
    floor: Stamp = NEVER
    needs: EntityRef | None = None
    is_first_party: bool = False

    @property
    def key(self) -> tuple[Kind, str, str, str]:
        """What tells statements apart."""
        return (self.kind, self.entity, self.source, self.native)

    @property
    def ref(self) -> EntityRef:
        """The entity spoken of."""
        return EntityRef(self.kind, self.entity)


def join(one: Statement, other: Statement) -> Statement:
    """Both statements as one; they must have the same key."""
    floor = max(one.floor, other.floor)
    fields = dict(one.fields)
    for name, claimed in other.fields.items():
        known = fields.get(name)
        if known is None or _order(claimed) > _order(known):
            fields[name] = claimed
    return Statement(
        kind=one.kind,
        entity=one.entity,
        source=one.source,
        native=one.native,
        fields={name: fields[name] for name in sorted(fields) if fields[name].stamp >= floor},
        announced=_newer(one.announced, other.announced),
        floor=floor,
        needs=one.needs or other.needs,
        is_first_party=one.is_first_party or other.is_first_party,
    )


def _order(claimed: Claimed) -> tuple[Stamp, str]:
    # The value breaks ties, so that even two claims under one stamp join the same either way.
    return (claimed.stamp, repr(claimed.value))


def _newer(one: Claimed | None, other: Claimed | None) -> Claimed | None:
    if one is None or other is None:
        return one or other
    return max(one, other, key=_order)


def is_live(statement: Statement) -> bool:
    """False once its source has withdrawn the entity."""
    return statement.announced is None or bool(statement.announced.value)


def exists(statements: list[Statement]) -> bool:
    """An entity exists while any source announces it."""
    return any(s.announced is not None and s.announced.value for s in statements)
