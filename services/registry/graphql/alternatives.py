"""Models that could stand in for another one."""

from typing import cast

import strawberry

from routeyard.domain import catalog
from routeyard.domain.catalog import Lifecycle
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.likeness import Likeness, likeness
from services.registry.graphql.context import Info, Named
from services.registry.graphql.described import described
from services.registry.graphql.types import Model
from services.registry.reads import Wanted

# More models of one mode than anyone serves.
MOST = 20_000
SERVED = (Lifecycle.PREVIEW.value, Lifecycle.GA.value)


@described
class Alternative:
    """A model that could stand in, 0 to 1 alike, and where it falls short.

    `missing`: capabilities it lacks or is not known to have. `quality`: its general score above
    the first one's. `contextRatio`: its context window against the first one's.
    """

    model: Model
    likeness: float
    missing: list[str]
    quality: float | None
    context_ratio: float | None

    @classmethod
    def of(cls, model: catalog.Model, alike: Likeness, at: int) -> "Alternative":
        """As GraphQL shows it."""
        return cls(
            model=Model.of(model, at),
            likeness=round(alike.score, 4),
            missing=list(alike.missing),
            quality=None if alike.quality is None else round(alike.quality, 4),
            context_ratio=None if alike.context is None else round(alike.context, 4),
        )


async def alternatives(
    info: Info, model: strawberry.ID, wanted: Wanted, first: int
) -> list[Alternative]:
    """The likest models among those wanted; of the same mode, and not deprecated."""
    reading = info.context.reading
    at = (await reading.head()).revision
    own = await info.context.named.load(Named(EntityRef(Kind.MODEL, model), at))
    if not isinstance(own, catalog.Model):
        return []
    wanted = wanted._replace(mode=wanted.mode or own.mode, lifecycle=wanted.lifecycle or SERVED)
    page = await reading.page(Kind.MODEL, wanted, MOST, None)
    others = [each for each in cast("list[catalog.Model]", page.items) if each.id != own.id]
    alike = [(each, likeness(own, each)) for each in others]
    alike.sort(key=lambda pair: (-pair[1].score, pair[0].id))
    return [Alternative.of(each, found, at) for each, found in alike[:first]]
