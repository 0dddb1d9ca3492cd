"""What a commit may not bring about, whatever events it is made of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet

from routeyard.domain.catalog import Model, Offering
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import Invalid, InvalidEvent, NotUnderstood
from routeyard.domain.graph import Entity, Op, decode
from routeyard.domain.value import Value

# Each names one other model, so that following one of them is a line, and it must not close.
RELATIONS = ("succeeded_by", "variant_of", "falls_back_to")


class Finding(Value, frozen=True):
    """What is wrong with an entity's field. `is_final`: no later event can make it right."""

    ref: EntityRef
    field: str
    message: str
    is_final: bool

    def fault(self) -> Invalid:
        """As an exception: what is not final may be tried again after a definition."""
        return (InvalidEvent if self.is_final else NotUnderstood)(self.message, field=self.field)


class Standing(Value, frozen=True):
    """What the commit meets: entities' `bodies` before it, tags that are defined, and models.

    `models` holds at least those that relations in the commit lead to, directly or through others.
    """

    bodies: Mapping[EntityRef, bytes]
    defined: AbstractSet[str]
    models: Mapping[str, Model]


def findings(ops: Iterable[Op], standing: Standing) -> list[Finding]:
    """Everything that speaks against a commit; empty when nothing does."""
    ops = list(ops)
    defined = standing.defined | {op.id for op in ops if op.kind is Kind.CAPABILITY}
    after = dict(standing.models) | {
        op.id: model for op in ops if isinstance(model := _after(op), Model)
    }
    found: list[Finding] = []
    for op in ops:
        entity, before = _after(op), _before(op.ref, standing)
        if isinstance(entity, Model | Offering):
            found += _undefined(op.ref, entity, before, defined)
        if isinstance(entity, Model):
            found += _circles(op.ref, entity, before, after)
    return found


def targets(ops: Iterable[Op]) -> set[str]:
    """The models that relations in these ops lead to."""
    return {
        target
        for op in ops
        if isinstance(model := _after(op), Model)
        for relation in RELATIONS
        if (target := getattr(model, relation)) is not None
    }


def tags(ops: Iterable[Op]) -> set[str]:
    """The capabilities that these ops speak of."""
    return {
        tag
        for op in ops
        if isinstance(entity := _after(op), Model | Offering)
        for tag in entity.capabilities
    }


def _after(op: Op) -> Entity | None:
    if op.kind not in {Kind.MODEL, Kind.OFFERING} or op.is_removal:
        return None
    return decode(op.kind, op.body)


def _before(ref: EntityRef, standing: Standing) -> Entity | None:
    body = standing.bodies.get(ref)
    return None if body is None else decode(ref.kind, body)


def _undefined(
    ref: EntityRef, entity: Model | Offering, before: Entity | None, defined: AbstractSet[str]
) -> list[Finding]:
    held = before.capabilities if isinstance(before, Model | Offering) else {}
    return [
        Finding(
            ref,
            f"capabilities.{tag}",
            f"Nobody has defined the capability {tag!r} that is claimed for {ref.id}; "
            "define it (routeyard.capability.defined.v1), then replay the event.",
            is_final=False,
        )
        for tag in entity.capabilities
        if tag not in defined and tag not in held
    ]


def _circles(
    ref: EntityRef, entity: Model, before: Entity | None, after: Mapping[str, Model]
) -> list[Finding]:
    return [
        Finding(
            ref,
            relation,
            f"{relation} leads round in a circle: {' -> '.join(circle)}; "
            "take one of these relations back first.",
            is_final=True,
        )
        for relation in RELATIONS
        if getattr(entity, relation) != getattr(before, relation, None)
        and (circle := circle_from(ref.id, relation, after))
    ]


def circle_from(start: str, relation: str, models: Mapping[str, Model]) -> list[str]:
    """The way back to `start` along a relation, both ends included; empty when there is none."""
    way = [start]
    while (model := models.get(way[-1])) is not None:
        target = getattr(model, relation)
        if target is None or target in way[1:]:
            return []
        way.append(target)
        if target == start:
            return way
    return []
