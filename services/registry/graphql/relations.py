"""What can be asked about claims, relations and lifecycles."""

import datetime as dt

import strawberry

from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import InvalidRequest
from services.registry import reads
from services.registry.admission import require_operator
from services.registry.graphql.alternatives import Alternative, alternatives
from services.registry.graphql.context import Info, Named
from services.registry.graphql.described import described, field
from services.registry.graphql.filters import ModelFilter
from services.registry.graphql.lifecycle import Ending
from services.registry.graphql.names import UnsureName, unsure_names
from services.registry.graphql.pagination import (
    DEFAULT_FIRST,
    Connection,
    bounded,
    connection,
    read_cursor,
)
from services.registry.graphql.provenance import Waiting
from services.registry.graphql.types import Model, fallback_chain, named
from services.registry.reads import Page, Span

WAITING, ENDINGS, NAMES = "waiting", "endings", "names"
FAR = dt.timedelta(days=365)


@described
class AboutRelations:
    """Questions about how things stand to one another, and how long they last."""

    @field
    async def fallback_chain(self, info: Info, model: strawberry.ID) -> list[Model]:
        """The models to fall back to when this one cannot answer, first things first."""
        at = (await info.context.reading.head()).revision
        found = await named(info, Model, Kind.MODEL, model, at)
        return [] if found is None else await fallback_chain(info, found)

    @field
    async def alternatives(
        self,
        info: Info,
        model: strawberry.ID,
        require: ModelFilter | None = None,
        first: int = 10,
    ) -> list[Alternative]:
        """Models that could stand in for one, the likest first, among those `require` allows.

        Unless it says otherwise they are of the same mode and not deprecated. Empty when the
        model is not seen.
        """
        wanted = (require or ModelFilter()).wanted()
        return await alternatives(info, model, wanted, bounded(info.context, first))

    @field
    async def endings(
        self,
        info: Info,
        since: dt.date | None = None,
        until: dt.date | None = None,
        first: int = DEFAULT_FIRST,
        after: str | None = None,
    ) -> Connection[Ending]:
        """What is deprecated or retires, from today on for a year unless told otherwise."""
        most, place = bounded(info.context, first), read_cursor(ENDINGS, after)
        begin = since or info.context.services.clock().date()
        span = Span(begin, until or begin + FAR, _read_key(place.id) if place else None)
        found = await info.context.reading.endings(span, most + 1)
        revision = (await info.context.reading.head()).revision
        page = Page(found[:most], len(found) > most, revision)
        return connection(
            ENDINGS,
            page,
            wrap=Ending.of,
            key=_key,
        )

    @field
    async def unsure_names(
        self, info: Info, first: int = DEFAULT_FIRST, after: str | None = None
    ) -> Connection[UnsureName]:
        """Names that the rules are unsure of. For the platform's own keys."""
        require_operator(info.context.principal)
        most, place = bounded(info.context, first), read_cursor(NAMES, after)
        page = await unsure_names(info, most, place)
        return connection(NAMES, page, wrap=UnsureName.of, key=lambda each: each[0].id)

    @field
    async def waiting(
        self, info: Info, first: int = DEFAULT_FIRST, after: str | None = None
    ) -> Connection[Waiting]:
        """What sources speak of and is not in the graph. For the platform's own keys."""
        require_operator(info.context.principal)
        most, place = bounded(info.context, first), read_cursor(WAITING, after)
        last = _read_ref(place.id) if place else None
        reading = info.context.reading
        found = await reading.waiting(most + 1, last)
        revision = (await reading.head()).revision
        needed = {each.ref: await _missing(info, each, revision) for each in found[:most]}
        return connection(
            WAITING,
            Page(found[:most], len(found) > most, revision),
            wrap=lambda each: Waiting.of(each, needed[each.ref]),
            key=lambda each: f"{each.ref.kind}\n{each.ref.id}",
        )


def _key(ending: reads.Ending) -> str:
    return f"{ending.day.isoformat()}\n{ending.field}\n{ending.ref.kind}\n{ending.ref.id}"


async def _missing(info: Info, waiting: reads.Waiting, at: int) -> EntityRef | None:
    """What an entity needs that is not there."""
    needs = next((said.needs for said in waiting.statements if said.needs is not None), None)
    if needs is None or await info.context.named.load(Named(needs, at)) is not None:
        return None
    return needs


def _read_ref(written: str) -> EntityRef:
    kind, _, entity = written.partition("\n")
    if kind not in set(Kind):
        raise _unknown_place()
    return EntityRef(Kind(kind), entity)


def _read_key(written: str) -> tuple[dt.date, str, str, str]:
    parts = written.split("\n", 3)
    try:
        day, what, kind, entity = parts
        return dt.date.fromisoformat(day), what, kind, entity
    except ValueError:
        raise _unknown_place() from None


def _unknown_place() -> InvalidRequest:
    return InvalidRequest(
        "The cursor was not given out for this list; begin again without `after`.", field="after"
    )
