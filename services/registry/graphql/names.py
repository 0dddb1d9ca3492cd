"""Names that the rules are unsure of: for a person to look at, and to assign."""

from collections.abc import Sequence
from typing import cast

import strawberry

from routeyard.domain import catalog
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.identity import Identity, doubtful, identify
from services.registry.graphql.context import Info, Named
from services.registry.graphql.described import described
from services.registry.reads import Page, Place, Wanted

# Most names are told without doubt: a page of doubts is found among many offerings.
STEP = 1_000


@described
class UnsureName:
    """An offering's own name, what the rules make of it, and why a person should look.

    `assignName` says what it stands for; then it is no longer listed.
    """

    offering: strawberry.ID
    native_id: str
    model: strawberry.ID
    release: strawberry.ID
    doubts: list[str]
    why: list[str]

    @classmethod
    def of(cls, unsure: tuple[catalog.Offering, Identity]) -> "UnsureName":
        """As GraphQL shows it."""
        offering, identity = unsure
        return cls(
            offering=strawberry.ID(offering.id),
            native_id=offering.native_id,
            model=strawberry.ID(offering.model),
            release=strawberry.ID(offering.release),
            doubts=list(doubtful(identity)),
            why=list(identity.why),
        )


async def unsure_names(
    info: Info, first: int, place: Place | None
) -> Page[tuple[catalog.Offering, Identity]]:
    """Offerings whose names leave doubts, by id, without those that an operator assigned."""
    found: list[tuple[catalog.Offering, Identity]] = []
    while len(found) <= first:
        page = await info.context.reading.page(Kind.OFFERING, Wanted(), STEP, place)
        offerings = cast("Sequence[catalog.Offering]", page.items)
        found += await _doubted(info, offerings, page.revision)
        if not page.has_more:
            break
        place = Place(page.revision, offerings[-1].id)
    revision = (await info.context.reading.head()).revision if place is None else place.revision
    return Page(found[:first], len(found) > first, revision)


async def _doubted(
    info: Info, offerings: Sequence[catalog.Offering], at: int
) -> list[tuple[catalog.Offering, Identity]]:
    wanted = [Named(EntityRef(Kind.ENDPOINT, each.endpoint), at) for each in offerings]
    endpoints = await info.context.named.load_many(wanted)
    told = [
        (offering, identify(endpoint.provider, offering.native_id))
        for offering, endpoint in zip(offerings, endpoints, strict=True)
        if isinstance(endpoint, catalog.Endpoint)
    ]
    unsure = [(offering, identity) for offering, identity in told if doubtful(identity)]
    names = [Named(EntityRef(Kind.NAMING, offering.id), at) for offering, _ in unsure]
    assigned = await info.context.named.load_many(names)
    return [each for each, naming in zip(unsure, assigned, strict=True) if naming is None]
