"""Reading the registry's memory: one read-only transaction for each look."""

import asyncio
import time
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.exc import DataError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routeyard.domain.catalog import Capability, Model
from routeyard.domain.claims import OPERATOR, OPERATOR_RANK, EntityRef, Kind, Statement
from routeyard.domain.errors import InvalidRequest, Unavailable
from routeyard.domain.graph import Entity, decode
from routeyard.domain.health import EndpointHealth, HealthState
from routeyard.domain.overrides import Author, author_of
from routeyard.domain.scopes import Tenancy
from routeyard.domain.tenancy import Scope
from services.registry.even import even
from services.registry.ledger import Head
from services.registry.origins import Told, origins
from services.registry.postgres import audit, history, provenance, queries, rows, tenancy
from services.registry.postgres.engine import answering, enter, transaction
from services.registry.postgres.scope import PLATFORM, scope_of
from services.registry.postgres.sight import Look, Query
from services.registry.reads import (
    BY_ID,
    Changed,
    Committed,
    Counts,
    Ending,
    Known,
    Moment,
    Order,
    Page,
    Place,
    Reached,
    SourceEvent,
    Span,
    StateChange,
    Step,
    Version,
    Viewer,
    Waiting,
    Wanted,
)

_STATEMENT = msgspec.json.Decoder(Statement)
_CAPABILITY = msgspec.json.Decoder(Capability)
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

    async def endpoints_of(self, owner: str) -> Sequence[str]:
        """A tenant's own endpoints, by id."""
        async with transaction(self._engine, PLATFORM) as connection:
            return await tenancy.endpoints_of(connection, owner)

    async def users(
        self, field: str, name: str, leaving_out: Collection[EntityRef] = ()
    ) -> Sequence[str]:
        """The first tenants and classes that have a `tier` or a `tenant_class` of that name."""
        async with transaction(self._engine, PLATFORM) as connection:
            return await tenancy.users(connection, field, name, leaving_out)

    async def find_all(self, refs: Collection[EntityRef]) -> Mapping[EntityRef, Entity]:
        """Those of the entities that exist now, whoever may see them."""
        async with transaction(self._engine, PLATFORM) as connection:
            found = await rows.bodies(connection, set(refs))
        return {ref: decode(ref.kind, body) for ref, body in found.items()}

    async def find(self, ref: EntityRef) -> Entity | None:
        """An entity as it is now, whoever may see it."""
        return (await self.find_all([ref])).get(ref)

    async def is_there(self, ref: EntityRef) -> bool:
        """Whether an entity exists now, whoever may see it."""
        return await self.find(ref) is not None


class PostgresReading:
    """See `services.registry.reads.Reading`."""

    def __init__(self, engine: AsyncEngine, viewer: Viewer) -> None:
        self._engine = engine
        self._viewer = viewer
        self._scope = scope_of(viewer.tenant)
        self._connection: AsyncConnection | None = None
        self._head: Head | None = None
        self._is_closed = False
        # Fields of one query are resolved side by side; a connection does one thing at a time.
        self._turn = asyncio.Lock()

    async def head(self) -> Head:
        """The newest commit."""
        async with self._turn:
            return await self._known_head(await self._opened())

    async def moment(self, asked: int | datetime) -> Moment:
        """The revision of that number, or the newest one at a time; see the protocol."""
        head = await self.head()
        if isinstance(asked, int):
            if not 1 <= asked <= head.revision:
                raise InvalidRequest(
                    f"There is no revision {asked}; the newest is {head.revision}, the first 1.",
                    field="revision",
                )
            query = history.moment(asked)
        else:
            query = history.moment_at(asked)
        found = await self._fetch(query)
        if not found:
            raise InvalidRequest(
                "The graph was empty then: the first commit came later; ask for a later time.",
                field="at",
            )
        return Moment(found[0].revision, found[0].committed_at)

    async def checksum(self, revision: int) -> str | None:
        """What a router must come to at a revision; None when it is not known any more."""
        if revision == (head := await self.head()).revision:
            return head.checksum
        found = await self._fetch(history.checksum(revision))
        return found[0].checksum if found else None

    async def counts(self, at: int | None = None) -> Counts:
        """How many there are of everything."""
        found = await self._fetch(queries.counts(await self._look(at)))
        of = {Kind(row.kind): row.found for row in found}
        if self._viewer.tenant is not None or at is not None:
            return Counts(of, None, None)
        letters = {row.fate: row.found for row in await self._fetch(audit.letter_counts())}
        return Counts(of, letters.get("dead", 0), letters.get("parked", 0))

    async def page(  # noqa: PLR0913, PLR0917 - what, how many, from where, in which order, when
        self,
        kind: Kind,
        wanted: Wanted,
        first: int,
        place: Place | None,
        order: Order = BY_ID,
        at: int | None = None,
    ) -> Page[Entity]:
        """Entities of a kind, sorted, as they are or were at a revision; see the protocol."""
        head = await self.head()
        if place is not None and not 0 <= place.revision <= head.revision:
            raise InvalidRequest(
                "The cursor is of another graph; begin again without `after`.", field="after"
            )
        revision = place.revision if place else at if at is not None else head.revision
        look = await self._look(revision)
        found = await self._asked_for(queries.page(look, kind, wanted, order, place, first + 1))
        page = _page(kind, found, first, revision)
        return (
            page if order.is_by_id else page._replace(keys=[row.sorted_by for row in found[:first]])
        )

    async def differences(
        self, span: tuple[int, int], kind: Kind | None, first: int, after: EntityRef | None
    ) -> Page[Changed]:
        """What is not the same at two revisions, by kind and id."""
        old, new = self._ends(span)
        kinds = sorted(Kind) if kind is None else [kind]
        found = await self._fetch(history.differences(old, new, kinds, after, first + 1))
        return _changes(found, first, span[1])

    async def step(self, revision: int, most: int) -> Step | None:
        """What a commit changed, at most so many entities; None when the viewer sees none of it."""
        concerned = await self._fetch(history.concerned(revision))
        if not concerned:
            return None
        refs = [EntityRef(Kind(row.kind), row.id) for row in concerned]
        old, new = self._ends((revision - 1, revision))
        found = await self._fetch(history.step(old, new, refs, most + 1))
        return await self._step(_changes(found, most, revision)) if found else None

    async def _step(self, page: Page[Changed]) -> Step:
        (made,) = await self._fetch(history.made(page.revision))
        # Who feeds the platform is its own affair; a tenant's orders are the tenant's.
        is_own = self._viewer.tenant in {None, made.tenant}
        return Step(
            page.revision,
            made.committed_at,
            made.actor if is_own else None,
            made.reason if is_own else None,
            page.items,
            page.has_more,
        )

    def _ends(self, span: tuple[int, int]) -> tuple[Look, Look]:
        old, new = span
        return Look(self._viewer, old, "old"), Look(self._viewer, new, "new")

    async def versions(self, ref: EntityRef, first: int, before: int | None) -> Page[Version]:
        """What commits before a revision made of an entity, newest first."""
        found = await self._asked_for(history.versions(self._viewer, ref, before, first + 1))
        # Nothing is looked up of what is not told: others' rules have statements, absent ones none.
        told = bool(found) and self._may_see_makers(ref) and await self._events(ref, found[:first])
        items = [
            Version(
                ref,
                _bytes(row.before),
                _bytes(row.after),
                row.revision,
                row.committed_at,
                row.actor if told else None,
                row.reason if told else None,
                told[row.revision] if told else None,
            )
            for row in found[:first]
        ]
        return Page(items, len(found) > first, (await self.head()).revision)

    def _may_see_makers(self, ref: EntityRef) -> bool:
        """Who feeds the platform is its own affair; a tenant's overrides are the tenant's."""
        is_tenants = ref.kind is Kind.OVERRIDE and author_of(ref.id) is Author.TENANT
        return self._viewer.tenant is None or is_tenants

    async def _events(
        self, ref: EntityRef, found: Sequence[Row[Any]]
    ) -> Mapping[int, Sequence[SourceEvent]]:
        """The events that made each version, by its revision."""
        told = [
            Told(row.from_revision, row.to_revision, _STATEMENT.decode(row.body))
            for row in await self._fetch(history.statements(ref, [row.revision for row in found]))
        ]
        keys = {
            row.revision: origins(ref, row.revision, told, is_new=row.before is None)
            for row in found
        }
        wanted = sorted(set().union(*keys.values()))
        events = {
            (row.source, row.event_id): _event(row)
            for row in await self._fetch(history.events(wanted))
        }
        return {
            revision: sorted(
                (events[key] for key in of if key in events),
                key=lambda event: (event.accepted_at, event.observed_at, event.source, event.id),
            )
            for revision, of in keys.items()
        }

    async def pages(
        self, kind: Kind, by: str, of: Sequence[str], first: int, at: int
    ) -> Mapping[str, Page[Entity]]:
        """The first entities for each parent, where `by` ("model", "endpoint") names it."""
        found = await self._asked_for(
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
            for row in await self._asked_for(query, len(ids)):
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
        return {
            OPERATOR: OPERATOR_RANK,
            **{row.id: min(row.rank, OPERATOR_RANK - 1) for row in found},
        }

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
            Ending(
                row.day,
                row.field,
                EntityRef(Kind(row.kind), row.id),
                row.model,
                row.successor,
                row.offerings,
                row.overrides,
            )
            for row in found
        ]

    async def capabilities(self, at: int | None = None) -> Sequence[Known]:
        """Every capability that is defined or that a model has, by tag."""
        found = await self._fetch(queries.capabilities(await self._look(at)))
        return [
            Known(row.tag, row.models, None if row.body is None else _CAPABILITY.decode(row.body))
            for row in found
        ]

    async def tenancy(self, scope: Scope) -> Tenancy | None:
        """What is said for a scope and for those around it; None where it is not seen."""
        tenant = EntityRef(Kind.TENANT, scope.tenant or "")
        if tenant not in await self.entities([tenant], (await self.head()).revision):
            return None
        # What is said for everyone and for a class binds the tenant, who may not list it.
        async with transaction(self._engine, PLATFORM) as connection:
            return await tenancy.around(connection, scope)

    async def health(self, endpoints: Sequence[str]) -> Mapping[str, Sequence[EndpointHealth]]:
        """The last known states of endpoints that are seen, by zone."""
        states: dict[str, list[EndpointHealth]] = {endpoint: [] for endpoint in endpoints}
        for row in await self._fetch(queries.health(Look(self._viewer), list(endpoints))):
            states[row.endpoint].append(_HEALTH.decode(row.body))
        return states

    async def health_history(self, endpoint: str, first: int) -> Sequence[StateChange]:
        """When an endpoint that is seen changed its state, newest first."""
        found = await self._fetch(queries.health_history(Look(self._viewer), endpoint, first))
        return [
            StateChange(row.zone, HealthState(row.state), row.since, row.reason) for row in found
        ]

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
        """Give the connection back.

        A query that failed may leave fields behind that still ask: the one at work is waited for,
        and the others are turned away.
        """
        self._is_closed = True
        async with self._turn:
            connection, self._connection = self._connection, None
            if connection is not None:
                with answering():
                    await connection.close()

    async def _for_operators(self, query: Query) -> Sequence[Row[Any]]:
        return await self._fetch(query) if self._viewer.tenant is None else ()

    async def _look(self, revision: int | None) -> Look:
        """The newest revision is now, which has an index of its own."""
        is_newest = revision in {None, (await self.head()).revision}
        return Look(self._viewer, None if is_newest else revision)

    async def _asked_for(self, query: Query, named: int = 1) -> Sequence[Row[Any]]:
        """What is found of so many that are asked for by name."""
        begun, found = await self._timed(query)
        if self._viewer.tenant is not None and len(found) < named:
            await even(begun)
        return found

    async def _fetch(self, query: Query) -> Sequence[Row[Any]]:
        return (await self._timed(query))[1]

    async def _timed(self, query: Query) -> tuple[float, Sequence[Row[Any]]]:
        async with self._turn:
            connection = await self._opened()
            begun = time.perf_counter()
            try:
                with answering():
                    found = await connection.execute(text(query.sql), query.values)
                    return begun, found.all()
            except DataError:
                raise InvalidRequest(
                    "A value is none that the graph could hold: a number too large, or a character "
                    "that no id or name has."
                ) from None

    async def _known_head(self, connection: AsyncConnection) -> Head:
        if self._head is None:
            with answering():
                self._head = await rows.head(connection)
        return self._head

    async def _opened(self) -> AsyncConnection:
        if self._is_closed:
            raise Unavailable("The look at the graph is over; ask again.")
        if self._connection is None:
            with answering():
                self._connection = await self._begun()
        return self._connection

    async def _begun(self) -> AsyncConnection:
        connection = await self._engine.connect()
        try:
            await connection.execution_options(
                isolation_level="REPEATABLE READ", postgresql_readonly=True
            )
            await enter(connection, self._scope)
        except BaseException:
            await connection.close()
            raise
        return connection


def _page(kind: Kind, found: Sequence[Row[Any]], first: int, revision: int) -> Page[Entity]:
    items = [decode(kind, row.body.encode()) for row in found[:first]]
    return Page(items, len(found) > first, revision)


def _changes(found: Sequence[Row[Any]], first: int, revision: int) -> Page[Changed]:
    items = [
        Changed(
            EntityRef(Kind(row.kind), row.id), _bytes(row.before), _bytes(row.after), row.revisions
        )
        for row in found[:first]
    ]
    return Page(items, len(found) > first, revision)


def _bytes(body: str | None) -> bytes | None:
    return None if body is None else body.encode()


def _event(row: Row[Any]) -> SourceEvent:
    return SourceEvent(
        row.source,
        row.event_id,
        row.type,
        row.observed_at,
        row.accepted_at,
        row.actor,
        row.reason,
    )
