"""Reading the registry's memory: one read-only transaction for each look."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.exc import DataError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routeyard.domain.catalog import Model
from routeyard.domain.claims import OPERATOR, OPERATOR_RANK, EntityRef, Kind, Statement
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.fold import ranks_in
from routeyard.domain.graph import Entity, decode, put
from routeyard.domain.health import EndpointHealth, HealthState
from services.registry.ledger import Head
from services.registry.postgres import audit, provenance, queries, rows
from services.registry.postgres.engine import answering
from services.registry.postgres.queries import Look, Query
from services.registry.reads import (
    Change,
    Committed,
    Counts,
    Ending,
    Page,
    Place,
    Reached,
    Span,
    Viewer,
    Waiting,
    Wanted,
)

_STATEMENT = msgspec.json.Decoder(Statement)
_MODEL = msgspec.json.Decoder(Model)
_HEALTH = msgspec.json.Decoder(EndpointHealth)


class PostgresReads:
    """See `services.registry.reads.Reads`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    @asynccontextmanager
    async def open(self, viewer: Viewer) -> AsyncIterator["PostgresReading"]:
        """A look that is consistent until it is closed; nothing is asked before first use."""
        reading = PostgresReading(self._engine, viewer)
        try:
            yield reading
        finally:
            await reading.close()

    async def is_there(self, ref: EntityRef) -> bool:
        """Whether an entity exists now, whoever may see it."""
        async with self.open(Viewer(None)) as reading:
            return ref in await reading.entities([ref], (await reading.head()).revision)


class PostgresReading:
    """See `services.registry.reads.Reading`."""

    def __init__(self, engine: AsyncEngine, viewer: Viewer) -> None:
        self._engine = engine
        self._viewer = viewer
        self._connection: AsyncConnection | None = None
        self._head: Head | None = None
        # Fields of one query are resolved side by side; a connection does one thing at a time.
        self._turn = asyncio.Lock()

    async def head(self) -> Head:
        """The newest commit."""
        async with self._turn:
            return await self._known_head(await self._opened())

    async def counts(self) -> Counts:
        """How many there are of everything."""
        found = await self._fetch(queries.counts(Look(self._viewer)))
        of = {Kind(row.kind): row.found for row in found}
        if self._viewer.tenant is not None:
            return Counts(of, None, None)
        letters = {row.fate: row.found for row in await self._fetch(audit.letter_counts())}
        return Counts(of, letters.get("dead", 0), letters.get("parked", 0))

    async def page(
        self, kind: Kind, wanted: Wanted, first: int, place: Place | None
    ) -> Page[Entity]:
        """Entities of a kind by id; InvalidRequest when the place is at no known revision."""
        head = await self.head()
        if place is not None and not 0 <= place.revision <= head.revision:
            raise InvalidRequest("The cursor is of another graph; begin again without `after`.")
        revision = place.revision if place else head.revision
        found = await self._fetch(
            queries.page(
                await self._look(revision), kind, wanted, place.id if place else None, first + 1
            )
        )
        return _page(kind, found, first, revision)

    async def pages(
        self, kind: Kind, by: str, of: Sequence[str], first: int, at: int
    ) -> Mapping[str, Page[Entity]]:
        """The first entities for each parent, where `by` ("model", "endpoint") names it."""
        found = await self._fetch(
            queries.children(await self._look(at), kind, by, list(of), first + 1)
        )
        families: dict[str, list[Row[Any]]] = {parent: [] for parent in of}
        for row in found:
            families[row.parent].append(row)
        return {parent: _page(kind, own, first, at) for parent, own in families.items()}

    async def entities(self, refs: Sequence[EntityRef], at: int) -> Mapping[EntityRef, Entity]:
        """Those of the entities that are there."""
        there: dict[EntityRef, Entity] = {}
        for kind in {ref.kind for ref in refs}:
            ids = [ref.id for ref in refs if ref.kind is kind]
            query = queries.named(await self._look(at), kind, ids)
            for row in await self._fetch(query):
                there[EntityRef(kind, row.id)] = decode(kind, row.body.encode())
        return there

    async def statements(
        self, refs: Sequence[EntityRef], at: int
    ) -> Mapping[EntityRef, Sequence[Statement]]:
        """What sources say of the entities, but for what tells of others' endpoints."""
        query = provenance.statements(
            await self._look(at), [ref.kind.value for ref in refs], [ref.id for ref in refs]
        )
        said: dict[EntityRef, list[Statement]] = {ref: [] for ref in refs}
        for row in await self._fetch(query):
            statement = _STATEMENT.decode(row.body)
            said[statement.ref].append(statement)
        return said

    async def ranks(self, at: int) -> Mapping[str, int]:
        """How much each source counts where sources disagree."""
        found = await self._fetch(provenance.sources(await self._look(at)))
        puts = [put(EntityRef(Kind.SOURCE, row.id), row.body.encode()) for row in found]
        return {OPERATOR: OPERATOR_RANK, **ranks_in(puts)}

    async def related(
        self, relation: str, targets: Sequence[str], at: int
    ) -> Mapping[str, Sequence[Model]]:
        """The models from which one of `validation.RELATIONS` leads to each target."""
        found = await self._fetch(provenance.related(await self._look(at), relation, list(targets)))
        models: dict[str, list[Model]] = {target: [] for target in targets}
        for row in found:
            models[row.target].append(_MODEL.decode(row.body))
        return models

    async def waiting(self, first: int, after: EntityRef | None) -> Sequence[Waiting]:
        """Entities that sources speak of and that are not in the graph; for operators."""
        found = await self._for_operators(provenance.waiting(Look(self._viewer), after, first))
        said: dict[EntityRef, list[Statement]] = {}
        for row in found:
            statement = _STATEMENT.decode(row.body)
            said.setdefault(statement.ref, []).append(statement)
        return [Waiting(ref, statements) for ref, statements in said.items()]

    async def endings(self, span: Span, first: int) -> Sequence[Ending]:
        """What is deprecated or retires, day by day."""
        found = await self._fetch(provenance.endings(Look(self._viewer), span, first))
        return [
            Ending(row.day, row.field, EntityRef(Kind(row.kind), row.id), row.model, row.successor)
            for row in found
        ]

    async def capabilities(self) -> Sequence[tuple[str, int]]:
        """Every capability's tag, and how many models have it."""
        found = await self._fetch(queries.capabilities(Look(self._viewer)))
        return [(row.key, row.models) for row in found]

    async def health(self, endpoints: Sequence[str]) -> Mapping[str, Sequence[EndpointHealth]]:
        """The last known states of endpoints that are seen, by zone."""
        states: dict[str, list[EndpointHealth]] = {endpoint: [] for endpoint in endpoints}
        for row in await self._fetch(queries.health(Look(self._viewer), list(endpoints))):
            states[row.endpoint].append(_HEALTH.decode(row.body))
        return states

    async def health_history(self, endpoint: str, first: int) -> Sequence[Change]:
        """When an endpoint that is seen changed its state, newest first."""
        found = await self._fetch(queries.health_history(Look(self._viewer), endpoint, first))
        return [Change(row.zone, HealthState(row.state), row.since, row.reason) for row in found]

    async def consumed(self) -> Sequence[Reached]:
        """How far every topic is taken over."""
        return [
            Reached(r.topic, r.partition, r.next_offset)
            for r in await self._for_operators(audit.consumed())
        ]

    async def commits(self, first: int, before: int | None) -> Sequence[Committed]:
        """The audit of commits before a revision, newest first."""
        found = await self._for_operators(audit.commits(first, before))
        return [Committed(r.revision, r.actor, r.reason, r.ops, r.committed_at) for r in found]

    async def close(self) -> None:
        """Give the connection back."""
        connection, self._connection = self._connection, None
        if connection is not None:
            with answering():
                await connection.close()

    async def _for_operators(self, query: Query) -> Sequence[Row[Any]]:
        return await self._fetch(query) if self._viewer.tenant is None else ()

    async def _look(self, revision: int) -> Look:
        """The newest revision is now, which has an index of its own."""
        is_newest = revision == (await self.head()).revision
        return Look(self._viewer, None if is_newest else revision)

    async def _fetch(self, query: Query) -> Sequence[Row[Any]]:
        async with self._turn:
            connection = await self._opened()
            try:
                with answering():
                    return (await connection.execute(text(query.sql), query.values)).all()
            except DataError:
                raise InvalidRequest("A value holds a character that no id or name has.") from None

    async def _known_head(self, connection: AsyncConnection) -> Head:
        if self._head is None:
            with answering():
                self._head = await rows.head(connection)
        return self._head

    async def _opened(self) -> AsyncConnection:
        if self._connection is None:
            with answering():
                self._connection = await self._engine.connect()
                await self._connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
        return self._connection


def _page(kind: Kind, found: Sequence[Row[Any]], first: int, revision: int) -> Page[Entity]:
    items = [decode(kind, row.body.encode()) for row in found[:first]]
    return Page(items, len(found) > first, revision)
