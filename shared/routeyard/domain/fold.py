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
    """`statements` that differ from the known ones, and the `ops` they come to, by key."""

    statements: dict[StatementKey, Statement]
    ops: dict[EntityRef, Op]

    @property
    def decided(self) -> set[EntityRef]:
        """The entities that were looked at; what is known of them has changed."""
        return {statement.ref for statement in self.statements.values()}


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
    return Outcome(changed, _ops(refs, {r: list(current[r].values()) for r in refs}, known, ranks))


def refold(
    refs: Iterable[EntityRef],
    known: Known,
    ranks: Mapping[str, int],
    settled: Mapping[EntityRef, Op],
) -> dict[EntityRef, Op]:
    """Decide again about entities that `settled` ops have a bearing on (see `Bearing`)."""
    bodies = dict(known.bodies)
    ranks = {**ranks, **ranks_in(settled.values())}
    for op in settled.values():
        if op.is_removal:
            bodies.pop(op.ref, None)
        else:
            bodies[op.ref] = bytes(op.body)
    return _ops(refs, known.statements, Known(known.statements, bodies), ranks)


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


NEEDED = frozenset({Kind.ENDPOINT, Kind.TENANT})
_ORDER = {
    kind: index
    for index, kind in enumerate(
        [
            Kind.SOURCE,
            Kind.NAMING,
            Kind.PROVIDER,
            Kind.ENDPOINT,
            Kind.TENANT,
            Kind.MODEL,
            Kind.RELEASE,
            Kind.OFFERING,
            Kind.CAPABILITY,
            Kind.PRECISION,
            Kind.OVERRIDE,
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
    needs = next((s.needs for s in statements if s.needs is not None), None)
    if needs is not None and not _is_there(needs, bodies, ops):
        return None
    merged = merge(statements, ranks)
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
