"""How new statements change the graph: pure, and the same for every ledger that stores it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import NamedTuple

import msgspec

from routeyard.domain.catalog import Source
from routeyard.domain.claims import OPERATOR_RANK, EntityRef, Kind, Statement, join
from routeyard.domain.graph import ENTITY_TYPES, Op, canonical, put, remove
from routeyard.domain.precedence import merge

_SOURCE = msgspec.json.Decoder(Source)
StatementKey = tuple[Kind, str, str, str]


class Known(NamedTuple):
    """What a ledger holds of the entities in question.

    `statements`: all current ones of each entity. `bodies`: the canonical bytes of those in
    the graph, of needed entities too.
    """

    statements: Mapping[EntityRef, list[Statement]]
    bodies: Mapping[EntityRef, bytes]


class Outcome(NamedTuple):
    """`statements` that differ from the known ones, and the `ops` they come to, by key.

    `current`: all that is said, these included, of the entities they are about.
    """

    statements: dict[StatementKey, Statement]
    ops: dict[EntityRef, Op]
    current: dict[EntityRef, list[Statement]]


def gather(statements: Iterable[Statement]) -> dict[StatementKey, Statement]:
    """Statements joined by key."""
    gathered: dict[StatementKey, Statement] = {}
    for statement in statements:
        known = gathered.get(statement.key)
        gathered[statement.key] = join(known, statement) if known else statement
    return gathered


def emptied(statement: Statement) -> Statement:
    """The statement as if its source had never said anything there."""
    return Statement(statement.kind, statement.entity, statement.source, statement.native)


def fold(
    incoming: Mapping[StatementKey, Statement],
    known: Known,
    ranks: Mapping[str, int],
    replaced: Mapping[StatementKey, Statement] = MappingProxyType({}),
) -> Outcome:
    """What the incoming statements change, leaving out what they have a bearing on.

    `replaced` ones take the place of known ones before that, whatever their stamps are.
    """
    current = {ref: {s.key: s for s in statements} for ref, statements in known.statements.items()}
    changed: dict[StatementKey, Statement] = dict(replaced)
    for key, statement in replaced.items():
        current.setdefault(statement.ref, {})[key] = statement
    for key, statement in incoming.items():
        held = current.setdefault(statement.ref, {})
        joined = join(held[key], statement) if key in held else statement
        if held.get(key) != joined:
            held[key] = changed[key] = joined
    # Entities that others need come first: what they turn into decides about the others.
    refs = sorted({s.ref for s in changed.values()}, key=lambda ref: _ORDER[ref.kind])
    said = {ref: list(current[ref].values()) for ref in refs}
    return Outcome(changed, _ops(refs, said, known, ranks), said)


def refold(
    refs: Iterable[EntityRef], known: Known, ranks: Mapping[str, int], outcome: Outcome
) -> dict[EntityRef, Op]:
    """Decide again about entities that settled ops have a bearing on (see `Bearing`).

    What differs from what was settled goes into the outcome, and is returned.
    """
    bodies = after(known.bodies, outcome.ops)
    ranks = {**ranks, **ranks_in(outcome.ops.values())}
    statements = {**known.statements, **outcome.current}
    refs = sorted(refs, key=lambda ref: _ORDER[ref.kind])
    ops = _ops(refs, statements, Known(statements, bodies), ranks)
    outcome.ops.update(ops)
    return ops


def after(bodies: Mapping[EntityRef, bytes], ops: Mapping[EntityRef, Op]) -> dict[EntityRef, bytes]:
    """Bodies once ops are carried out."""
    result = dict(bodies)
    for op in ops.values():
        if op.is_removal:
            result.pop(op.ref, None)
        else:
            result[op.ref] = bytes(op.body)
    return result


def drop_idle(outcome: Outcome, bodies: Mapping[EntityRef, bytes]) -> None:
    """Forget ops that leave an entity as it was: it went and came back."""
    for ref, op in list(outcome.ops.items()):
        if (None if op.is_removal else bytes(op.body)) == bodies.get(ref):
            del outcome.ops[ref]


class Bearing(NamedTuple):
    """What ops change for other entities.

    `needed`: entities that came or went, and that others may be waiting for. `sources`: those
    whose word counts more or less than before.
    """

    needed: list[EntityRef]
    sources: list[str]


def bearing(ops: Mapping[EntityRef, Op], ranks: Mapping[str, int], known: Known) -> Bearing:
    """What else has to be decided again, given the ranks before these ops."""
    return Bearing(
        [
            ref
            for ref, op in ops.items()
            if ref.kind in NEEDED and op.is_removal != (ref not in known.bodies)
        ],
        [name for name, rank in ranks_in(ops.values()).items() if ranks.get(name, 0) != rank],
    )


NEEDED = frozenset({Kind.ENDPOINT, Kind.TENANT, Kind.TENANT_CLASS, Kind.PROJECT})
_ORDER = {
    kind: index
    for index, kind in enumerate(
        [
            Kind.SOURCE,
            Kind.NAMING,
            Kind.PROVIDER,
            Kind.TIER,
            Kind.TENANT_CLASS,
            Kind.TENANT,
            Kind.PROJECT,
            Kind.ENDPOINT,
            Kind.MODEL,
            Kind.RELEASE,
            Kind.OFFERING,
            Kind.CAPABILITY,
            Kind.PRECISION,
            Kind.OVERRIDE,
            Kind.POLICY,
        ]
    )
}


def _ops(
    refs: Iterable[EntityRef],
    statements: Mapping[EntityRef, list[Statement]],
    known: Known,
    ranks: Mapping[str, int],
) -> dict[EntityRef, Op]:
    ops: dict[EntityRef, Op] = {}
    ranks = dict(ranks)
    for ref in refs:
        body = _body(ref, statements.get(ref, []), known.bodies, ops, ranks)
        if body != known.bodies.get(ref):
            ops[ref] = remove(ref) if body is None else put(ref, body)
            ranks |= ranks_in([ops[ref]])
    return ops


def ranks_in(ops: Iterable[Op]) -> dict[str, int]:
    """The ranks that ops give to sources; one that is gone has none."""
    return {
        op.id: 0 if op.is_removal else min(_SOURCE.decode(op.body).rank, OPERATOR_RANK - 1)
        for op in ops
        if op.kind is Kind.SOURCE
    }


def _body(
    ref: EntityRef,
    statements: list[Statement],
    bodies: Mapping[EntityRef, bytes],
    ops: Mapping[EntityRef, Op],
    ranks: Mapping[str, int],
) -> bytes | None:
    merged = merge(
        [s for s in statements if s.needs is None or _is_there(s.needs, bodies, ops)], ranks
    )
    if merged is None:
        return None
    try:
        return canonical(
            msgspec.convert({"id": ref.id, **merged}, ENTITY_TYPES[ref.kind], strict=False)
        )
    except msgspec.ValidationError:
        return None  # announced, but without a fact it cannot be without: it waits for that fact


def _is_there(
    ref: EntityRef, bodies: Mapping[EntityRef, bytes], ops: Mapping[EntityRef, Op]
) -> bool:
    if ref in ops:
        return not ops[ref].is_removal
    return ref in bodies
