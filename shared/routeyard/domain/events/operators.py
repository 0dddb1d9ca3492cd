"""What operators say of sources, facts and names."""

from __future__ import annotations

from typing import Any, Literal

from routeyard.domain.value import Value

Correctable = Literal["provider", "model", "release", "endpoint", "offering"]


class SourceRegistered(Value, frozen=True):
    """The platform trusts a source with these event types. Said by operators only."""

    name: str
    rank: int
    types: tuple[str, ...]
    entities: tuple[str, ...] = ()
    public_key: str | None = None


class FactCorrected(Value, frozen=True):
    """An operator knows better. `fields` are an entity's, maps by member (`quality.general`).

    It replaces the operator's earlier correction of the same entity. Said by operators only.
    """

    kind: Correctable
    entity: str
    fields: dict[str, Any]
    reason: str
    actor: str


class CorrectionRetracted(Value, frozen=True):
    """The operator's correction of an entity no longer holds. Said by operators only."""

    kind: Correctable
    entity: str
    reason: str
    actor: str


class NameAssigned(Value, frozen=True):
    """What an endpoint's own name stands for, whatever the rules make of it.

    `offering` is `endpoint/native_id`. It holds for what was said under that name before, too.
    Said by operators only.
    """

    offering: str
    model: str
    release: str
    reason: str
    actor: str
