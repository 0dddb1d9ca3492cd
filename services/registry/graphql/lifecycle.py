"""What is deprecated or retires when, and what that will affect."""

import datetime as dt
from enum import StrEnum

import strawberry

from routeyard.domain.claims import Kind
from services.registry import reads
from services.registry.graphql.described import described


class EndingKind(StrEnum):
    """DEPRECATED: advised against. RETIRES: no longer served."""

    DEPRECATED = "deprecated_on"
    RETIRES = "retires_on"


@described
class Affected:
    """What hangs on an ending: offerings, and overrides that point there, as the caller sees them.

    Of the overrides, the first hundred.
    """

    offerings: int
    overrides: list[strawberry.ID]


@described
class Ending:
    """A day in the life of a model, a release or an offering, and what it will affect.

    `successor` is the model or release that the maker names in its place.
    """

    day: dt.date
    what: EndingKind
    kind: Kind
    id: strawberry.ID
    model_id: strawberry.ID
    successor: strawberry.ID | None
    affected: Affected

    @classmethod
    def of(cls, ending: reads.Ending) -> "Ending":
        """As GraphQL shows it."""
        return cls(
            day=ending.day,
            what=EndingKind(ending.field),
            kind=ending.ref.kind,
            id=strawberry.ID(ending.ref.id),
            model_id=strawberry.ID(ending.model),
            successor=None if ending.successor is None else strawberry.ID(ending.successor),
            affected=Affected(
                offerings=ending.offerings,
                overrides=[strawberry.ID(each) for each in ending.overrides],
            ),
        )
