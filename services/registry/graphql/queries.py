"""What can be asked. Whatever a caller may not see is absent, as if it were not there."""

from typing import Any

import strawberry

from routeyard.domain.claims import Kind
from services.registry.admission import require_operator, require_platform_admin
from services.registry.graphql import operations as o
from services.registry.graphql import registered as r
from services.registry.graphql.context import Info
from services.registry.graphql.described import Long, described, field
from services.registry.graphql.history import AboutTime
from services.registry.graphql.keys import AboutKeys
from services.registry.graphql.lists import Lists
from services.registry.graphql.pagination import (
    DEFAULT_FIRST,
    MAX_FIRST,
    Connection,
    bounded,
    connection,
    read_cursor,
    whole_number,
)
from services.registry.graphql.policies import AboutPolicies
from services.registry.graphql.relations import AboutRelations
from services.registry.graphql.tenancy import AboutTenancy
from services.registry.letters import Fate
from services.registry.reads import Page, Wanted

LETTERS, COMMITS = "letter", "commit"


@described
class Query(Lists, AboutTime, AboutRelations, AboutTenancy, AboutPolicies, AboutKeys):
    """What the registry knows, as the caller may see it."""

    @field
    async def status(self, info: Info) -> o.Status:
        """Where the registry stands."""
        reading = info.context.reading
        return o.Status.of(await reading.head(), await reading.counts())

    @field
    async def revision(self, info: Info) -> Long:
        """The newest revision."""
        return Long((await info.context.reading.head()).revision)

    @field
    async def precision(self, info: Info) -> list[r.PrecisionFloor]:
        """What `precision` stands for, task by task."""
        return await _all(info, Kind.PRECISION, r.PrecisionFloor.of)

    @field
    async def sources(self, info: Info) -> list[r.Source]:
        """Who may state facts. For the platform's own keys."""
        require_operator(info.context.principal)
        return await _all(info, Kind.SOURCE, r.Source.of)

    @field
    async def dead_letters(
        self,
        info: Info,
        first: int = DEFAULT_FIRST,
        after: str | None = None,
        fate: Fate | None = None,
    ) -> Connection[o.Letter]:
        """Records that could not be taken over, newest first. For the platform's own keys."""
        require_operator(info.context.principal)
        most, place = bounded(info.context, first), read_cursor(LETTERS, after)
        store = info.context.services.letters
        found = await store.page(fate, whole_number(place.id) if place else None, most + 1)
        page = Page(found[:most], len(found) > most, (await info.context.reading.head()).revision)
        return connection(LETTERS, page, wrap=o.Letter.of, key=lambda letter: letter.id)

    @field
    async def dead_letter(self, info: Info, id: strawberry.ID) -> o.Letter | None:
        """One of them. For platform admins."""
        require_platform_admin(info.context.principal)
        found = await info.context.services.letters.find(whole_number(id))
        return o.Letter.of(found) if found else None

    @field
    async def consumed(self, info: Info) -> list[o.Consumed]:
        """How far every topic is taken over. For the platform's own keys."""
        require_operator(info.context.principal)
        return [o.Consumed.of(reached) for reached in await info.context.reading.consumed()]

    @field
    async def commits(
        self, info: Info, first: int = DEFAULT_FIRST, after: str | None = None
    ) -> Connection[o.Commit]:
        """The audit of commits, newest first. For the platform's own keys."""
        require_operator(info.context.principal)
        most, place = bounded(info.context, first), read_cursor(COMMITS, after)
        reading = info.context.reading
        found = await reading.commits(most + 1, whole_number(place.id) if place else None)
        page = Page(found[:most], len(found) > most, (await reading.head()).revision)
        return connection(COMMITS, page, wrap=o.Commit.of, key=lambda commit: commit.revision)


async def _all(info: Info, kind: Kind, wrap: Any) -> list[Any]:
    """Kinds of which there are a few dozen."""
    page = await info.context.reading.page(kind, Wanted(), MAX_FIRST, None)
    return [wrap(entity) for entity in page.items]
