"""Reading the registry's memory: one read-only transaction for each look."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

import msgspec
from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncEngine

from routeyard.domain.catalog import Capability
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.graph import Entity, decode
from routeyard.domain.policies.policy import Policy
from routeyard.domain.scopes import Tenancy
from routeyard.domain.tenancy import Scope
from services.registry.postgres import audit, queries, rows, tenancy
from services.registry.postgres.about_operations import AboutOperations
from services.registry.postgres.about_statements import AboutStatements
from services.registry.postgres.about_time import AboutTime
from services.registry.postgres.engine import holding, transaction
from services.registry.postgres.scope import PLATFORM
from services.registry.reads import BY_ID, Counts, Known, Order, Page, Place, Viewer, Wanted

_CAPABILITY = msgspec.json.Decoder(Capability)


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

    async def policies_of(self, tenant: str | None, name: str | None) -> Sequence[Policy]:
        """Every version of a tenant's own policies, or the platform's; of that name, or of all."""
        async with transaction(self._engine, PLATFORM) as connection:
            return await tenancy.policies_of(connection, tenant, name)

    async def users(
        self, field: str, name: str, leaving_out: Collection[EntityRef] = ()
    ) -> Sequence[str]:
        """The first tenants and classes that have a `tier` or a `tenant_class` of that name."""
        async with transaction(self._engine, PLATFORM) as connection:
            return await tenancy.users(connection, field, name, leaving_out)

    async def find_all(self, refs: Collection[EntityRef]) -> Mapping[EntityRef, Entity]:
        """Those of the entities that exist now, whoever may see them."""
        with holding():
            async with transaction(self._engine, PLATFORM) as connection:
                found = await rows.bodies(connection, set(refs))
        return {ref: decode(ref.kind, body) for ref, body in found.items()}

    async def find(self, ref: EntityRef) -> Entity | None:
        """An entity as it is now, whoever may see it."""
        return (await self.find_all([ref])).get(ref)

    async def is_there(self, ref: EntityRef) -> bool:
        """Whether an entity exists now, whoever may see it."""
        return await self.find(ref) is not None


class PostgresReading(AboutTime, AboutStatements, AboutOperations):
    """See `services.registry.reads.Reading`: what there is, and by its parents what else."""

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
        async with self._turn, self._as_platform() as connection:
            return await tenancy.around(connection, scope)


def _page(kind: Kind, found: Sequence[Row[Any]], first: int, revision: int) -> Page[Entity]:
    items = [decode(kind, row.body.encode()) for row in found[:first]]
    return Page(items, len(found) > first, revision)
