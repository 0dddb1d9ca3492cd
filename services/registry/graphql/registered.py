"""Entities that stand for themselves: providers, precision floors and sources."""

import strawberry

from routeyard.domain import catalog
from services.registry.graphql.described import described


@described
class Provider:
    """An organisation that makes models or serves them."""

    id: strawberry.ID
    name: str
    home: str | None

    @classmethod
    def of(cls, provider: catalog.Provider) -> "Provider":
        """As GraphQL shows it."""
        return cls(id=strawberry.ID(provider.id), name=provider.name, home=provider.home)


@described
class PrecisionFloor:
    """The quality scores that `precision: low | standard | high` stand for, for one task."""

    task: strawberry.ID
    low: float
    standard: float
    high: float

    @classmethod
    def of(cls, floor: catalog.PrecisionFloor) -> "PrecisionFloor":
        """As GraphQL shows it."""
        return cls(
            task=strawberry.ID(floor.id), low=floor.low, standard=floor.standard, high=floor.high
        )


@described
class Source:
    """Who may state facts: which event types, and with what weight where sources disagree.

    `entities` are patterns of what it may speak of, none for everything. A source with
    `publicKeys` (Ed25519, base64) signs all it says.
    """

    id: strawberry.ID
    rank: int
    types: list[str]
    entities: list[str]
    public_keys: list[str]

    @classmethod
    def of(cls, source: catalog.Source) -> "Source":
        """As GraphQL shows it."""
        return cls(
            id=strawberry.ID(source.id),
            rank=source.rank,
            types=list(source.types),
            entities=list(source.entities),
            public_keys=(source.public_key or "").split(),
        )
