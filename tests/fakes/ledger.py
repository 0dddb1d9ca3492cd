"""The ledger in memory: the same door, the same fold, no database."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from msgspec import structs

from routeyard.domain import fold, graph, validation
from routeyard.domain.catalog import Source
from routeyard.domain.claims import OPERATOR, OPERATOR_RANK, EntityRef, Kind, Statement
from routeyard.domain.errors import Unavailable
from routeyard.domain.events import Event, NameAssigned
from routeyard.domain.graph import Delta, Op
from routeyard.domain.statements import namings_in, natives_of, offering_of, statements_of
from services.registry.ledger import (
    MAX_DELTA_BYTES,
    Batch,
    Changed,
    Head,
    Receipt,
    TooMany,
    commit_time,
    require_unchanged,
    stamped,
)
from tests.builders import NOON
from tests.fakes.besides import MemoryBesides


class MemoryLedger:
    """See `services.registry.ledger.Ledger`. `is_away` makes every call raise Unavailable."""

    def __init__(self, epoch: str = "epoch", besides: MemoryBesides | None = None) -> None:
        self.is_away = False
        self._besides = besides
        self.deltas: list[Delta] = []
        self.consumed: dict[tuple[str, int], int] = {}
        self._head = Head(epoch, 0, "0" * 32, NOON)
        self._now = NOON
        self._receipts: dict[tuple[str, str], Receipt] = {}
        self._changed_at: dict[EntityRef, int] = {}
        self._inbox: dict[tuple[str, str], Event] = {}
        self._statements: dict[EntityRef, dict[fold.StatementKey, Statement]] = {}
        self._bodies: dict[EntityRef, bytes] = {}

    async def head(self) -> Head:
        self._answer()
        return self._head

    async def sources(self) -> Mapping[str, Source]:
        self._answer()
        return {
            ref.id: msgspec.json.decode(body, type=Source)
            for ref, body in self._bodies.items()
            if ref.kind is Kind.SOURCE
        }

    async def snapshot(self) -> tuple[Head, Sequence[Op]]:
        self._answer()
        return self._head, [graph.put(ref, self._bodies[ref]) for ref in sorted(self._bodies)]

    async def record(self, batch: Batch) -> Receipt:
        self._answer()
        fresh, duplicates, conflicts = self._sort(batch)
        if batch.is_order and len(fresh) < len(batch.events):
            told = self._receipts[batch.events[0].source, batch.events[0].id]
            return told._replace(is_new_revision=False, duplicates=duplicates, conflicts=conflicts)
        if fresh:
            for ref, expected in batch.expected.items():
                at = self._changed_at.get(ref, 0)
                require_unchanged(ref, at, expected, self._head.revision)
        now = self._now = commit_time(NOON, self._now)
        fresh = stamped(fresh, now) if batch.is_order else fresh
        outcome = self._fold(fresh)
        findings = self._findings(batch, outcome)
        changed = [
            Changed(ref, self._bodies.get(ref), None if op.is_removal else bytes(op.body))
            for ref, op in sorted(outcome.ops.items())
        ]
        if batch.besides is not None and not batch.is_dry_run:
            assert self._besides is not None
            self._besides.keep(batch.besides, now)
        head = self._commit(batch, outcome, now)
        if batch.is_dry_run:
            is_new = head.revision != self._head.revision
            return Receipt(head, is_new, duplicates, conflicts, changed, findings)
        self._keep(outcome)
        self._inbox |= {(event.source, event.id): event for event in fresh}
        for key, statement in outcome.statements.items():
            self._statements.setdefault(statement.ref, {})[key] = statement
        for place, offset in batch.consumed.items():
            self.consumed[place] = offset
        is_new = head.revision != self._head.revision
        self._head = head
        self._changed_at |= dict.fromkeys(outcome.ops, head.revision)
        receipt = Receipt(head, is_new, duplicates, conflicts, changed)
        self._receipts |= {(event.source, event.id): receipt for event in fresh}
        return receipt

    async def receipt(self, event: str) -> Receipt | None:
        self._answer()
        told = self._receipts.get((OPERATOR, event))
        return None if told is None else told._replace(is_new_revision=False)

    def _answer(self) -> None:
        if self.is_away:
            raise Unavailable("The ledger is away.")

    def _sort(self, batch: Batch) -> tuple[list[Event], int, list[Event]]:
        seen = dict(self._inbox)
        fresh: list[Event] = []
        duplicates, conflicts = 0, []
        for event in batch.events:
            held = seen.setdefault((event.source, event.id), event)
            if batch.is_order:
                held = structs.replace(held, observed_at=event.observed_at, sequence=event.sequence)
            if seen[event.source, event.id] is event:
                fresh.append(event)
            elif held == event:
                duplicates += 1
            else:
                conflicts.append(event)
        return fresh, duplicates, conflicts

    def _fold(self, events: list[Event]) -> fold.Outcome:
        told = [event for event in events if isinstance(event.data, NameAssigned)]
        said = fold.gather(s for event in told for s in statements_of(event))
        assigned = {statement.entity for statement in said.values()}
        events = events + [e for e in self._inbox.values() if offering_of(e.data) in assigned]
        natives = {native for offering in assigned for native in natives_of(offering)}
        replaced = {
            s.key: fold.emptied(s)
            for held in self._statements.values()
            for s in held.values()
            if s.native in natives and s.kind in {Kind.MODEL, Kind.RELEASE, Kind.OFFERING}
        }
        held = [
            s
            for ref, own in self._statements.items()
            if ref.kind is Kind.NAMING
            for s in own.values()
        ]
        namings = namings_in(fold.gather([*held, *said.values()]).values())
        incoming = fold.gather(s for event in events for s in statements_of(event, namings))
        ranks = self._ranks()
        refs = {s.ref for s in (*incoming.values(), *replaced.values())}
        known = fold.Known({ref: self._about(ref) for ref in refs}, dict(self._bodies))
        outcome = fold.fold(incoming, known, ranks, replaced)
        settled = dict(outcome.ops)
        while settled:
            needed, sources = fold.bearing(settled, ranks, known)
            about = {ref: self._about(ref) for ref in self._statements} | outcome.current
            waiting = {
                ref
                for ref, own in about.items()
                if any(s.needs in needed or s.source in sources for s in own)
            }
            others = fold.Known(about, dict(self._bodies))
            settled = fold.refold(waiting, others, ranks, outcome)
        fold.drop_idle(outcome, self._bodies)
        return outcome

    def _findings(self, batch: Batch, outcome: fold.Outcome) -> tuple[validation.Finding, ...]:
        is_leading = bool(validation.targets(outcome.ops.values()))
        models = {
            ref.id: graph.decode(ref.kind, body)
            for ref, body in self._bodies.items()
            if is_leading and ref.kind is Kind.MODEL
        }
        defined = {ref.id for ref in self._bodies if ref.kind is Kind.CAPABILITY}
        standing = validation.Standing(self._bodies, defined, models)  # type: ignore[arg-type]
        findings = validation.findings(outcome.ops.values(), standing)
        if findings and not batch.is_dry_run:
            if len(batch.events) > 1 and not batch.is_order:
                raise TooMany("Commit fewer events at once.")
            raise findings[0].fault()
        return tuple(findings)

    def _about(self, ref: EntityRef) -> list[Statement]:
        return list(self._statements.get(ref, {}).values())

    def _ranks(self) -> dict[str, int]:
        registered = {
            ref.id: msgspec.json.decode(body, type=Source).rank
            for ref, body in self._bodies.items()
            if ref.kind is Kind.SOURCE
        }
        return registered | {OPERATOR: OPERATOR_RANK}

    def _commit(self, batch: Batch, outcome: fold.Outcome, now: datetime) -> Head:
        ops = outcome.ops
        if not ops:
            return self._head
        checksum = graph.checksum_after(
            int(self._head.checksum, 16),
            [graph.digest(ref, self._bodies[ref]) for ref in ops if ref in self._bodies],
            [graph.digest(ref, op.body) for ref, op in ops.items() if not op.is_removal],
        )
        head = Head(self._head.epoch, self._head.revision + 1, graph.write_checksum(checksum), now)
        delta = Delta(
            epoch=head.epoch,
            from_revision=self._head.revision,
            to_revision=head.revision,
            ops=tuple(ops[ref] for ref in sorted(ops)),
            checksum=head.checksum,
            actor=batch.actor,
            reason=batch.reason,
            committed_at=now,
        )
        if len(msgspec.json.encode(delta)) > MAX_DELTA_BYTES and len(batch.events) > 1:
            raise TooMany("Commit fewer events at once.")
        if not batch.is_dry_run:
            self.deltas.append(delta)
        return head

    def _keep(self, outcome: fold.Outcome) -> None:
        for op in outcome.ops.values():
            if op.is_removal:
                self._bodies.pop(op.ref, None)
            else:
                self._bodies[op.ref] = bytes(op.body)
