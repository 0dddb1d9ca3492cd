"""Whom a change touches, as GraphQL shows it."""

import strawberry

from routeyard.domain import radius
from services.registry.graphql.described import described


@described
class Move:
    """What a tenant gets for a model, an alias or a profile: an offering before and after.

    Null is nothing. `asked` is `*` for a request that names none.
    """

    tenant: strawberry.ID
    asked: str
    before: strawberry.ID | None
    after: strawberry.ID | None

    @classmethod
    def of(cls, move: radius.Move) -> "Move":
        """As GraphQL shows it."""
        return cls(
            tenant=strawberry.ID(move.tenant),
            asked=move.asked,
            before=None if move.before is None else strawberry.ID(move.before),
            after=None if move.after is None else strawberry.ID(move.after),
        )


@described
class BlastRadius:
    """The tenants that a change touches, their rules that point at it, and where they would go.

    A tenant is told of itself alone. `moves` are those of the first tenants; `isComplete` when
    that is all of them.
    """

    tenants: list[strawberry.ID]
    overrides: list[strawberry.ID]
    aliases: list[strawberry.ID]
    profiles: list[strawberry.ID]
    moves: list[Move]
    is_complete: bool

    @classmethod
    def of(cls, found: radius.Radius) -> "BlastRadius":
        """As GraphQL shows it."""
        return cls(
            tenants=[strawberry.ID(each) for each in found.tenants],
            overrides=[strawberry.ID(each) for each in found.overrides],
            aliases=[strawberry.ID(each) for each in found.aliases],
            profiles=[strawberry.ID(each) for each in found.profiles],
            moves=[Move.of(each) for each in found.moves],
            is_complete=found.is_complete,
        )
