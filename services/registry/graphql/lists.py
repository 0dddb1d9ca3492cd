"""What there is, at the newest revision or at an earlier one: the same questions for both."""

from typing import Any, TypeVar

import strawberry

from routeyard.domain.claims import Kind
from routeyard.domain.errors import InvalidRequest
from services.registry.graphql import operations as o
from services.registry.graphql import registered as r
from services.registry.graphql.context import Info
from services.registry.graphql.described import described, field
from services.registry.graphql.filters import (
    EndpointFilter,
    ModelFilter,
    ModelSort,
    OfferingFilter,
    OfferingSort,
    order_of,
)
from services.registry.graphql.pagination import (
    DEFAULT_FIRST,
    Connection,
    bounded,
    connection,
    list_name,
    read_cursor,
)
from services.registry.graphql.types import Endpoint, Model, Offering, Release, named, shown
from services.registry.reads import BY_ID, Order, Page, Wanted

T = TypeVar("T")


@described
class Lists:
    """What there is."""

    @field
    async def models(
        self,
        info: Info,
        first: int = DEFAULT_FIRST,
        after: str | None = None,
        filter: ModelFilter | None = None,
        sort: ModelSort | None = None,
    ) -> Connection[Model]:
        """Models, by id unless sorted otherwise."""
        wanted = Wanted() if filter is None else filter.wanted()
        return await page(self, info, Kind.MODEL, wanted, first, after, order=order_of(sort))

    @field
    async def model(self, info: Info, id: strawberry.ID) -> Model | None:
        """One model; null when there is none, or none the caller may see."""
        return await one(self, info, Model, Kind.MODEL, id)

    @field
    async def releases(
        self,
        info: Info,
        first: int = DEFAULT_FIRST,
        after: str | None = None,
        model: strawberry.ID | None = None,
    ) -> Connection[Release]:
        """Dated versions of models, by id."""
        return await page(self, info, Kind.RELEASE, Wanted(model=model), first, after)

    @field
    async def release(self, info: Info, id: strawberry.ID) -> Release | None:
        """One release; null when there is none, or none the caller may see."""
        return await one(self, info, Release, Kind.RELEASE, id)

    @field
    async def endpoints(
        self,
        info: Info,
        first: int = DEFAULT_FIRST,
        after: str | None = None,
        filter: EndpointFilter | None = None,
    ) -> Connection[Endpoint]:
        """Endpoints by id: the platform's, and the caller's own."""
        wanted = Wanted() if filter is None else filter.wanted()
        return await page(self, info, Kind.ENDPOINT, wanted, first, after)

    @field
    async def endpoint(self, info: Info, id: strawberry.ID) -> Endpoint | None:
        """One endpoint; null when there is none, or none the caller may see."""
        return await one(self, info, Endpoint, Kind.ENDPOINT, id)

    @field
    async def offerings(
        self,
        info: Info,
        first: int = DEFAULT_FIRST,
        after: str | None = None,
        filter: OfferingFilter | None = None,
        sort: OfferingSort | None = None,
    ) -> Connection[Offering]:
        """What is served where, by id unless sorted otherwise."""
        wanted = Wanted() if filter is None else filter.wanted()
        return await page(self, info, Kind.OFFERING, wanted, first, after, order=order_of(sort))

    @field
    async def offering(self, info: Info, id: strawberry.ID) -> Offering | None:
        """One offering; null when there is none, or none the caller may see."""
        return await one(self, info, Offering, Kind.OFFERING, id)

    @field
    async def providers(
        self, info: Info, first: int = DEFAULT_FIRST, after: str | None = None
    ) -> Connection[r.Provider]:
        """Providers by id."""
        return await page(self, info, Kind.PROVIDER, Wanted(), first, after, r.Provider.of)

    @field
    async def capabilities(self, info: Info) -> list[o.Capability]:
        """Every capability that is defined or that a model has, by tag."""
        found = await info.context.reading.capabilities(revision_of(self))
        return [o.Capability.of(known) for known in found]


def revision_of(where: Any) -> int | None:
    """The revision of a `Graph`; None at the root of a query, which is of the newest one."""
    return None if where is None else int(where.revision)


async def page(
    where: Any,
    info: Info,
    kind: Kind,
    wanted: Wanted,
    first: int,
    after: str | None,
    wrap: Any = None,
    order: Order = BY_ID,
) -> Connection[Any]:
    """A page of what there is."""
    most, at = bounded(info.context, first), revision_of(where)
    name = list_name(kind, wanted, order)
    place = read_cursor(name, after)
    if place is not None and at not in {None, place.revision}:
        raise InvalidRequest(
            f"The cursor is of revision {place.revision}, and this list of revision {at}; "
            "begin again without `after`.",
            field="after",
        )
    found = await info.context.reading.page(kind, wanted, most, place, order, at)
    if wrap is None:
        return shown(name, found)
    return connection(name, found, wrap=wrap, key=lambda entity: entity.id)


async def page_of(
    info: Info, kind: Kind, wanted: Wanted, first: int, after: str | None
) -> Page[Any]:
    """A page of what there is now, as the graph has it."""
    most, place = bounded(info.context, first), read_cursor(list_name(kind, wanted, BY_ID), after)
    return await info.context.reading.page(kind, wanted, most, place, BY_ID, None)


async def one(where: Any, info: Info, shape: type[T], kind: Kind, entity: str) -> T | None:
    """One entity."""
    at = revision_of(where)
    if at is None:
        at = (await info.context.reading.head()).revision
    return await named(info, shape, kind, entity, at)
