"""The ledger in PostgreSQL: one transaction takes a batch over or leaves no trace."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from datetime import datetime
from hashlib import blake2b
from typing import NamedTuple

import msgspec
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routeyard.domain import fold, graph, validation
from routeyard.domain.catalog import Naming, Source
from routeyard.domain.claims import OPERATOR, EntityRef, Statement
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
    require_unchanged,
    stamped,
)
from services.registry.postgres import besides, rows, writes
from services.registry.postgres.engine import driver_of, transaction
from services.registry.postgres.scope import PLATFORM


class PostgresLedger:
    """See `services.registry.ledger.Ledger`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def head(self) -> Head:
        """The newest commit."""
        async with transaction(self._engine, PLATFORM) as connection:
            return await rows.head(connection)

    async def sources(self) -> Mapping[str, Source]:
        """The registered sources by id."""
        async with transaction(self._engine, PLATFORM) as connection:
            return await rows.sources(connection)

    async def record(self, batch: Batch) -> Receipt:
        """Take a batch over; see the protocol."""
        async with transaction(self._engine, PLATFORM) as connection:
            receipt = await _Commit(connection, batch).run()
            if batch.is_dry_run:
                await connection.rollback()
            return receipt

    async def receipt(self, event: str) -> Receipt | None:
        """What the order came to in which an operator's event was."""
        async with transaction(self._engine, PLATFORM) as connection:
            if not await rows.inbox_digests(connection, [(OPERATOR, event)]):
                return None
            return await _receipt(connection, await rows.head(connection), event)

    async def snapshot(self) -> tuple[Head, Sequence[Op]]:
        """Every entity at the newest commit, read at one instant."""
        at_one_instant = self._engine.execution_options(isolation_level="REPEATABLE READ")
        async with transaction(at_one_instant, PLATFORM) as connection:
            return await rows.head(connection), await rows.entities(connection)


class _Sorted(NamedTuple):
    fresh: list[tuple[Event, bytes]]
    duplicates: int
    conflicts: list[Event]


class _Commit:
    """One batch on its way through one transaction."""

    def __init__(self, connection: AsyncConnection, batch: Batch) -> None:
        self._connection = connection
        self._batch = batch

    async def run(self) -> Receipt:
        head, now = await rows.lock_head(self._connection)
        found = await self._sort()
        if not found.fresh or (self._batch.is_order and self._is_known(found)):
            await writes.advance(await driver_of(self._connection), self._batch.consumed)
            return await self._taken_before(head, found)
        await self._require_unchanged(head)
        found = self._stamped(found, now)
        outcome, known = await self._fold([event for event, _ in found.fresh])
        findings = await self._findings(outcome.ops, known)
        new = self._moved(head, now, outcome.ops, known.bodies)
        await self._write(new or head, now, outcome, found.fresh)
        if self._batch.besides is not None:
            await besides.keep(self._connection, self._batch.besides, now)
        changed = [
            Changed(ref, known.bodies.get(ref), None if op.is_removal else bytes(op.body))
            for ref, op in sorted(outcome.ops.items())
        ]
        return Receipt(
            new or head, new is not None, found.duplicates, found.conflicts, changed, findings
        )

    async def _taken_before(self, head: Head, found: _Sorted) -> Receipt:
        """Nothing is new: of an order, what it came to then is told again."""
        told = Receipt(head, False, found.duplicates, found.conflicts)  # noqa: FBT003 - is_new_revision
        if not self._batch.is_order or not self._is_known(found):
            return told
        then = await _receipt(self._connection, head, self._batch.events[0].id)
        return told._replace(head=then.head, changed=then.changed)

    def _is_known(self, found: _Sorted) -> bool:
        return len(found.fresh) < len(self._batch.events)

    async def _require_unchanged(self, head: Head) -> None:
        if not self._batch.expected:
            return
        at = await rows.changed_at(self._connection, self._batch.expected)
        for ref, expected in self._batch.expected.items():
            require_unchanged(ref, at.get(ref, 0), expected, head.revision)

    def _stamped(self, found: _Sorted, now: datetime) -> _Sorted:
        """Orders happen now; what else is new keeps the time that it came with."""
        if not self._batch.is_order:
            return found
        events = stamped([event for event, _ in found.fresh], now)
        digests = [digest for _, digest in found.fresh]
        return found._replace(fresh=list(zip(events, digests, strict=True)))

    async def _sort(self) -> _Sorted:
        """New events, repeated ones, and ones that reuse an id for another body."""
        found = _Sorted([], 0, [])
        held = await rows.inbox_digests(
            self._connection, [(e.source, e.id) for e in self._batch.events]
        )
        duplicates = 0
        for event in self._batch.events:
            key = (event.source, event.id)
            event_digest = _digest(event, is_order=self._batch.is_order)
            if key not in held:
                held[key] = event_digest
                found.fresh.append((event, event_digest))
            elif held[key] == event_digest:
                duplicates += 1
            else:
                found.conflicts.append(event)
        return found._replace(duplicates=duplicates)

    async def _fold(self, events: list[Event]) -> tuple[fold.Outcome, fold.Known]:
        namings, replaced, events = await self._named(events)
        incoming = fold.gather(s for event in events for s in statements_of(event, namings))
        ranks = await rows.ranks(self._connection)
        touched = {s.ref for s in (*incoming.values(), *replaced.values())}
        known = await self._known(touched, incoming.values())
        outcome = fold.fold(incoming, known, ranks, replaced)
        bodies, settled = dict(known.bodies), dict(outcome.ops)
        # What leaves may take along what needs it, and that again what needs that.
        while settled:
            needed, sources = fold.bearing(settled, ranks, fold.Known({}, bodies))
            touched = await rows.dependents(self._connection, needed)
            touched |= await rows.spoken_of(self._connection, sources)
            touched |= {
                ref
                for ref, said in outcome.current.items()
                if any(each.needs in needed for each in said)
            }
            others = await self._known(touched, ())
            bodies = {**others.bodies, **bodies}
            settled = fold.refold(touched, fold.Known(others.statements, bodies), ranks, outcome)
        fold.drop_idle(outcome, bodies)
        return outcome, fold.Known(known.statements, bodies)

    async def _named(
        self, events: list[Event]
    ) -> tuple[dict[str, Naming], dict[fold.StatementKey, Statement], list[Event]]:
        """What operators say of the names in events.

        For a name that they speak of now, what was said under it before is said again.
        """
        offerings = {each for event in events if (each := offering_of(event.data)) is not None}
        namings = await rows.namings(self._connection, offerings)
        told = [e for e in events if isinstance(e.data, NameAssigned)]
        assigned = fold.gather(s for event in told for s in statements_of(event))
        refs = {statement.ref for statement in assigned.values()}
        held = await rows.statements(self._connection, refs) if refs else []
        namings |= namings_in(fold.gather([*held, *assigned.values()]).values())
        replaced: dict[fold.StatementKey, Statement] = {}
        for _, offering in refs:
            events = events + await rows.events_under(self._connection, offering)
            said = await rows.said_under(self._connection, natives_of(offering))
            replaced |= {each.key: fold.emptied(each) for each in said}
        return namings, replaced, events

    async def _findings(
        self, ops: Mapping[EntityRef, Op], known: fold.Known
    ) -> Sequence[validation.Finding]:
        """What speaks against the commit; raised unless this is a dry run."""
        standing = validation.Standing(
            known.bodies,
            await rows.defined(self._connection, validation.tags(ops.values())),
            await rows.led_to(self._connection, validation.targets(ops.values())),
        )
        findings = validation.findings(ops.values(), standing)
        if findings and not self._batch.is_dry_run:
            if len(self._batch.events) > 1 and not self._batch.is_order:
                raise TooMany(f"{findings[0].message} Commit fewer events at once.")
            raise findings[0].fault()
        return tuple(findings)

    async def _known(
        self, refs: AbstractSet[EntityRef], incoming: Iterable[Statement]
    ) -> fold.Known:
        statements: dict[EntityRef, list[Statement]] = {ref: [] for ref in refs}
        for statement in await rows.statements(self._connection, refs):
            statements[statement.ref].append(statement)
        needed = {s.needs for held in statements.values() for s in held if s.needs}
        needed |= {s.needs for s in incoming if s.needs}
        return fold.Known(statements, await rows.bodies(self._connection, refs | needed))

    def _moved(
        self,
        head: Head,
        now: datetime,
        ops: Mapping[EntityRef, Op],
        bodies: Mapping[EntityRef, bytes],
    ) -> Head | None:
        """The head that these changes make; None where there are none."""
        if not ops:
            return None
        checksum = graph.checksum_after(
            int(head.checksum, 16),
            [graph.digest(ref, bodies[ref]) for ref in ops if ref in bodies],
            [graph.digest(ref, op.body) for ref, op in ops.items() if not op.is_removal],
        )
        return Head(head.epoch, head.revision + 1, graph.write_checksum(checksum), now)

    async def _write(
        self, head: Head, now: datetime, outcome: fold.Outcome, fresh: Sequence[tuple[Event, bytes]]
    ) -> None:
        """All of it; `head` is the new one, or the old one where nothing changed in the graph."""
        ops = outcome.ops
        delta = self._delta(head, ops) if ops else b""
        # What changes nothing in the graph is said "from the next revision on" all the same.
        coming = head.revision if ops else head.revision + 1
        async with writes.writing(self._connection) as driver:
            await writes.advance(driver, self._batch.consumed)
            if self._batch.is_order:
                await writes.order(driver, now)
            await writes.statements(driver, coming, outcome.statements.values())
            if ops:
                await writes.entities(driver, head.revision, ops.values())
                await writes.commit(driver, head, delta, self._batch, len(ops))
            await writes.inbox(driver, fresh, head.revision, now)

    def _delta(self, new: Head, ops: Mapping[EntityRef, Op]) -> bytes:
        delta = Delta(
            epoch=new.epoch,
            from_revision=new.revision - 1,
            to_revision=new.revision,
            ops=tuple(ops[ref] for ref in sorted(ops)),
            checksum=new.checksum,
            actor=self._batch.actor,
            reason=self._batch.reason,
            committed_at=new.committed_at,
        )
        encoded = msgspec.json.encode(delta)
        if len(encoded) <= MAX_DELTA_BYTES:
            return encoded
        if len(self._batch.events) > 1 and not self._batch.is_dry_run:
            raise TooMany(
                f"{len(self._batch.events)} events make a delta of {len(encoded)} bytes; "
                "commit fewer at once."
            )
        return msgspec.json.encode(msgspec.structs.replace(delta, ops=(), is_snapshot_only=True))


async def _receipt(connection: AsyncConnection, head: Head, event: str) -> Receipt:
    """What the order came to in which an event was."""
    told = Receipt(head, is_new_revision=False, duplicates=0, conflicts=[])
    commit = await rows.commit_of(connection, OPERATOR, event)
    if commit is None:
        return told
    told = told._replace(head=Head(head.epoch, *commit[:3]))
    if not commit.has_changes:
        return told
    return told._replace(changed=await rows.changes_at(connection, commit.revision))


def _digest(event: Event, *, is_order: bool) -> bytes:
    """Tells whether two events under one id say the same; when an order is given does not count."""
    stamp = () if is_order else (event.observed_at, event.sequence)
    said = (event.type, *stamp, event.actor, event.data)
    return blake2b(msgspec.json.encode(said, order="deterministic"), digest_size=16).digest()
