"""What lists can be narrowed down to, and how they are sorted."""

from enum import StrEnum
from typing import Any

import strawberry

from routeyard.domain.catalog import Dialect, Hosting, Lifecycle, Mode
from routeyard.domain.errors import InvalidRequest
from services.registry.graphql.described import Money, described_input
from services.registry.reads import BY_ID, Order, Sort, Tagged, Wanted

MAX_SEARCH = 200
MAX_ITEMS = 50


class ModelOrder(StrEnum):
    """What models are sorted by. A price is that of the cheapest offering that is asked for."""

    ID = "id"
    NAME = "name"
    CONTEXT = "context"
    RELEASED_ON = "released_on"
    PRICE_INPUT = "price_input"
    PRICE_OUTPUT = "price_output"
    QUALITY = "quality"


class OfferingOrder(StrEnum):
    """What offerings are sorted by."""

    ID = "id"
    CONTEXT = "context"
    PRICE_INPUT = "price_input"
    PRICE_OUTPUT = "price_output"


class Direction(StrEnum):
    """From the least to the greatest, or back. What has no value comes last either way."""

    ASC = "asc"
    DESC = "desc"


@described_input
class ModelSort:
    """Equals are sorted by id. `task` names the quality score, `general` for instance."""

    by: ModelOrder
    direction: Direction = Direction.ASC
    task: str | None = None

    def order(self) -> Order:
        """As reads know it."""
        if (self.by is ModelOrder.QUALITY) != (self.task is not None):
            raise InvalidRequest(
                "`task` belongs to sorting by QUALITY; give both or neither.", field="sort.task"
            )
        return Order(Sort(self.by), self.direction is Direction.DESC, self.task)


@described_input
class OfferingSort:
    """Equals are sorted by id."""

    by: OfferingOrder
    direction: Direction = Direction.ASC

    def order(self) -> Order:
        """As reads know it."""
        return Order(Sort(self.by), self.direction is Direction.DESC)


def order_of(sort: ModelSort | OfferingSort | None) -> Order:
    """The order asked for; by id unless told otherwise."""
    return BY_ID if sort is None else sort.order()


@described_input
class WantedCapability:
    """A capability that is there; with `minLevel` (above 0, up to 1) at least of that level."""

    tag: str
    min_level: float | None = None


@described_input
class CapabilityFilter:
    """What is unknown is not there: no match for `allOf` and `anyOf`, a match for `noneOf`."""

    all_of: list[WantedCapability] | None = None
    any_of: list[WantedCapability] | None = None
    none_of: list[WantedCapability] | None = None


@described_input
class Range:
    """Both ends are included."""

    min: int | None = None
    max: int | None = None


@described_input
class PriceCeiling:
    """US dollars per million tokens, as text or number. An unknown price is no match."""

    max_input: Money | None = None
    max_output: Money | None = None


@described_input
class ModalityFilter:
    """All of these are taken, or given: `text`, `image`, `audio`, `video`, `pdf`."""

    input: list[str] | None = None
    output: list[str] | None = None


@described_input
class ModelFilter:
    """Every condition given has to hold.

    `price`, `residency` and `hosting` are met by one and the same offering. `residency`: requests
    are processed within one of these jurisdictions (`EU` covers its members). `search`: words of
    the id, the name or an offering's own name; words of letters, and the last one, may go on.
    """

    provider: str | None = None
    capability: str | None = None
    capabilities: CapabilityFilter | None = None
    min_context: int | None = None
    context: Range | None = None
    price: PriceCeiling | None = None
    residency: list[str] | None = None
    hosting: list[Hosting] | None = None
    lifecycle: list[Lifecycle] | None = None
    mode: Mode | None = None
    modalities: ModalityFilter | None = None
    open_weights: bool | None = None
    search: str | None = None

    def wanted(self) -> Wanted:
        """As reads know it."""
        return Wanted(
            provider=self.provider,
            mode=self.mode,
            open_weights=self.open_weights,
            lifecycle=tuple(self.lifecycle or ()),
            hosting=tuple(self.hosting or ()),
            residency=_few("residency", self.residency),
            search=_searched(self.search),
            **_modalities(self.modalities),
            **_capabilities(self.capabilities, self.capability),
            **_context(self.context, self.min_context),
            **_price(self.price),
        )


@described_input
class OfferingFilter:
    """Every condition given has to hold; as for models. `provider` is the endpoint's."""

    model: strawberry.ID | None = None
    endpoint: strawberry.ID | None = None
    provider: str | None = None
    capabilities: CapabilityFilter | None = None
    context: Range | None = None
    price: PriceCeiling | None = None
    residency: list[str] | None = None
    hosting: list[Hosting] | None = None
    lifecycle: list[Lifecycle] | None = None
    mode: Mode | None = None
    modalities: ModalityFilter | None = None
    search: str | None = None

    def wanted(self) -> Wanted:
        """As reads know it."""
        return Wanted(
            model=self.model,
            endpoint=self.endpoint,
            provider=self.provider,
            mode=self.mode,
            lifecycle=tuple(self.lifecycle or ()),
            hosting=tuple(self.hosting or ()),
            residency=_few("residency", self.residency),
            search=_searched(self.search),
            **_modalities(self.modalities),
            **_capabilities(self.capabilities, None),
            **_context(self.context, None),
            **_price(self.price),
        )


@described_input
class EndpointFilter:
    """Every condition given has to hold.

    `residency`: all requests are processed within it. `search`: words of the id or name.
    """

    provider: str | None = None
    hosting: Hosting | None = None
    residency: str | None = None
    dialect: Dialect | None = None
    search: str | None = None

    def wanted(self) -> Wanted:
        """As reads know it."""
        return Wanted(
            provider=self.provider,
            hosting=() if self.hosting is None else (self.hosting,),
            residency=() if self.residency is None else (self.residency,),
            dialect=self.dialect,
            search=_searched(self.search),
        )


def _capabilities(given: CapabilityFilter | None, single: str | None) -> dict[str, Any]:
    given = given or CapabilityFilter()
    found = {
        name: tuple(_tagged(f"filter.capabilities.{field}", getattr(given, name)))
        for name, field in (("all_of", "allOf"), ("any_of", "anyOf"), ("none_of", "noneOf"))
    }
    if given.any_of == []:
        raise InvalidRequest(
            "`anyOf` is empty, which nothing meets; leave it out or name capabilities.",
            field="filter.capabilities.anyOf",
        )
    if single is not None:
        found["all_of"] += (Tagged(single),)
    return found


def _tagged(field: str, given: list[WantedCapability] | None) -> list[Tagged]:
    _few(field, given)
    for each in given or ():
        if each.min_level is not None and not 0 < each.min_level <= 1:
            raise InvalidRequest(
                f"`minLevel` of {each.tag[:50]!r} is {each.min_level}; levels wanted are above 0 "
                "and at most 1.",
                field=f"{field}.minLevel",
            )
    return [Tagged(each.tag, each.min_level) for each in given or ()]


def _context(given: Range | None, least: int | None) -> dict[str, Any]:
    given = given or Range()
    floors = [each for each in (given.min, least) if each is not None]
    return {"min_context": max(floors, default=None), "max_context": given.max}


def _price(given: PriceCeiling | None) -> dict[str, Any]:
    given = given or PriceCeiling()
    return {"max_input": given.max_input, "max_output": given.max_output}


def _modalities(given: ModalityFilter | None) -> dict[str, Any]:
    given = given or ModalityFilter()
    return {
        "modalities_in": _few("modalities.input", given.input),
        "modalities_out": _few("modalities.output", given.output),
    }


def _few(field: str, given: list[Any] | None) -> tuple[Any, ...]:
    if given is not None and len(given) > MAX_ITEMS:
        raise InvalidRequest(f"Ask for at most {MAX_ITEMS} at once, not {len(given)}.", field=field)
    return tuple(given or ())


def _searched(given: str | None) -> str | None:
    if given is not None and len(given) > MAX_SEARCH:
        raise InvalidRequest(
            f"The search is {len(given)} characters long; {MAX_SEARCH} are enough for any name.",
            field="filter.search",
        )
    if given is not None and "\x00" in given:
        raise InvalidRequest(
            "The search holds a character that no id or name has.", field="filter.search"
        )
    return given
