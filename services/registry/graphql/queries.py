"""What can be asked. Whatever a caller may not see is absent, as if it were not there."""

from typing import Any, TypeVar

import strawberry

from routeyard.domain.catalog import Hosting
from routeyard.domain.claims import Kind
from services.registry.admission import require_operator, require_platform_admin
from services.registry.graphql import operations as o
from services.registry.graphql import registered as r
from services.registry.graphql.context import Info
from services.registry.graphql.described import Long, described, described_input, field
from services.registry.graphql.pagination import (
    DEFAULT_FIRST,
    MAX_FIRST,
    Connection,
    bounded,
    connection,
    read_cursor,
    whole_number,
)
from services.registry.graphql.types import Endpoint, Model, Offering, Release, named, shown
from services.registry.letters import Fate
from services.registry.reads import Page, Wanted

LETTERS, COMMITS = "letter", "commit"
T = TypeVar("T")


@described_input
class ModelFilter:
    """Every condition given has to hold. `search`: part of the id or name, in any case."""

    provider: str | None = None
    capability: str | None = None
    min_context: int | None = None
    search: str | None = None


@described_input
class EndpointFilter:
    """Every condition given has to hold. `residency`: a jurisdiction it processes requests in."""

    provider: str | None = None
    hosting: Hosting | None = None
    residency: str | None = None
    search: str | None = None


@described_input
class OfferingFilter:
    """Every condition given has to hold. `provider` is the endpoint's."""

    model: strawberry.ID | None = None
    endpoint: strawberry.ID | None = None
    provider: str | None = None


@described
class Query:
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
    async def models(
        self,
        info: Info,
        first: int = DEFAULT_FIRST,
        after: str | None = None,
        filter: ModelFilter | None = None,
    ) -> Connection[Model]:
        """Models by id."""
        return await _page(info, Kind.MODEL, _wanted(filter), first, after)

    @field
    async def model(self, info: Info, id: strawberry.ID) -> Model | None:
        """One model; null when there is none, or none the caller may see."""
        return await _one(info, Model, Kind.MODEL, id)

    @field
    async def releases(
        self,
        info: Info,
        first: int = DEFAULT_FIRST,
        after: str | None = None,
        model: strawberry.ID | None = None,
    ) -> Connection[Release]:
        """Dated versions of models, by id."""
        return await _page(info, Kind.RELEASE, Wanted(model=model), first, after)

    @field
    async def endpoints(
        self,
        info: Info,
        first: int = DEFAULT_FIRST,
        after: str | None = None,
        filter: EndpointFilter | None = None,
    ) -> Connection[Endpoint]:
        """Endpoints by id: the platform's, and the caller's own."""
        return await _page(info, Kind.ENDPOINT, _wanted(filter), first, after)

    @field
    async def endpoint(self, info: Info, id: strawberry.ID) -> Endpoint | None:
        """One endpoint; null when there is none, or none the caller may see."""
        return await _one(info, Endpoint, Kind.ENDPOINT, id)

    @field
    async def offerings(
        self,
        info: Info,
        first: int = DEFAULT_FIRST,
        after: str | None = None,
        filter: OfferingFilter | None = None,
    ) -> Connection[Offering]:
        """What is served where, by id."""
        return await _page(info, Kind.OFFERING, _wanted(filter), first, after)

    @field
    async def capabilities(self, info: Info) -> list[o.Capability]:
        """Every capability that a model has."""
        found = await info.context.reading.capabilities()
        return [o.Capability(tag=tag, models=models) for tag, models in found]

    @field
    async def providers(
        self, info: Info, first: int = DEFAULT_FIRST, after: str | None = None
    ) -> Connection[r.Provider]:
        """Providers by id."""
        return await _page(info, Kind.PROVIDER, Wanted(), first, after, r.Provider.of)

    @field
    async def tenants(
        self, info: Info, first: int = DEFAULT_FIRST, after: str | None = None
    ) -> Connection[r.Tenant]:
        """Tenants by id; a tenant's key sees its own alone."""
        return await _page(info, Kind.TENANT, Wanted(), first, after, r.Tenant.of)

    @field
    async def overrides(
        self,
        info: Info,
        tenant: strawberry.ID,
        first: int = DEFAULT_FIRST,
        after: str | None = None,
    ) -> Connection[r.Override]:
        """A tenant's overrides by name; none when the tenant is not the caller's."""
        wanted = Wanted(tenant=tenant)
        return await _page(info, Kind.OVERRIDE, wanted, first, after, r.Override.of)

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


def _wanted(given: ModelFilter | EndpointFilter | OfferingFilter | None) -> Wanted:
    return Wanted() if given is None else Wanted(**vars(given))


async def _page(
    info: Info, kind: Kind, wanted: Wanted, first: int, after: str | None, wrap: Any = None
) -> Connection[Any]:
    most = bounded(info.context, first)
    page = await info.context.reading.page(kind, wanted, most, read_cursor(kind, after))
    if wrap is None:
        return shown(kind, page)
    return connection(kind, page, wrap=wrap, key=lambda entity: entity.id)


async def _one(info: Info, shape: type[T], kind: Kind, entity: str) -> T | None:
    return await named(info, shape, kind, entity, (await info.context.reading.head()).revision)


async def _all(info: Info, kind: Kind, wrap: Any) -> list[Any]:
    """Kinds of which there are a few dozen."""
    page = await info.context.reading.page(kind, Wanted(), MAX_FIRST, None)
    return [wrap(entity) for entity in page.items]
