"""What changed of an entity, as GraphQL shows it; and what an order came to."""

import inspect
from collections.abc import Callable
from typing import Any

import strawberry
from msgspec import structs
from strawberry.extensions.field_extension import AsyncExtensionResolver, FieldExtension
from strawberry.scalars import JSON

from routeyard.domain import difference as differences
from routeyard.domain import validation
from routeyard.domain.claims import Kind
from routeyard.domain.difference import Change, Difference
from routeyard.domain.overrides import Author, author_of
from services.registry.commands.recording import Effect
from services.registry.graphql.blast import BlastRadius
from services.registry.graphql.context import Info
from services.registry.graphql.described import Long, described, field
from services.registry.graphql.pagination import DEFAULT_FIRST, bounded
from services.registry.reads import OPERATORS


@described
class FieldChange:
    """A field before and after; null is unknown. Members of maps and prices are dotted."""

    name: str
    before: JSON | None
    after: JSON | None


@described
class EntityChange:
    """What happened to an entity, and to which of its fields."""

    kind: Kind
    id: strawberry.ID
    change: Change
    fields: list[FieldChange]

    @classmethod
    def of(cls, difference: differences.Difference) -> "EntityChange":
        """As GraphQL shows it."""
        return cls(
            kind=difference.ref.kind,
            id=strawberry.ID(difference.ref.id),
            change=difference.change,
            fields=[
                FieldChange(name=each.name, before=each.before, after=each.after)
                for each in difference.fields
            ],
        )


@described
class Finding:
    """What would refuse a commit. `isFinal`: no definition or registration can mend it."""

    kind: Kind
    id: strawberry.ID
    field: str
    message: str
    is_final: bool

    @classmethod
    def of(cls, finding: validation.Finding) -> "Finding":
        """As GraphQL shows it."""
        return cls(
            kind=finding.ref.kind,
            id=strawberry.ID(finding.ref.id),
            field=finding.field,
            message=finding.message,
            is_final=finding.is_final,
        )


class ToldAgain(FieldExtension):
    """Orders that an earlier try at the same request carried out are told, not tried, again."""

    async def resolve_async(
        self,
        next_: AsyncExtensionResolver,
        source: Any,
        info: strawberry.Info[Any, None],
        **arguments: Any,
    ) -> Any:
        """What was committed then, or what is ordered now."""
        effect = await info.context.told(str(info.path.key))
        return await next_(source, info, **arguments) if effect is None else Committed.of(effect)


def order(resolver: Callable[..., Any]) -> Any:
    """A mutation that answers what it committed, with its docstring as its description.

    For orders that are one commit and nothing besides: only those are done once that is there.
    """
    return strawberry.mutation(
        resolver, description=inspect.getdoc(resolver), extensions=[ToldAgain()]
    )


def to_tenants(difference: Difference) -> Difference | None:
    """A difference without what `postgres.sight.told` keeps from tenants; None if nothing is left.

    A project takes what the platform said for it along, and who said so is not told.
    """
    kind, name = difference.ref
    if kind is Kind.OVERRIDE and author_of(name) is Author.PLATFORM:
        kept = tuple(each for each in difference.fields if each.name != "actor")
    elif kind is Kind.ENDPOINT:
        kept = tuple(each for each in difference.fields if each.name != "dedicated_to")
    else:
        return difference
    is_nothing = difference.change is Change.CHANGED and not kept
    return None if is_nothing else structs.replace(difference, fields=kept)


@described
class Committed:
    """The revision that holds a change, and all that changed with it.

    Routers serve it within milliseconds. Of a dry run: what the revision would be, and the
    `findings` that would refuse it; nothing was written. `warnings` are about what was taken.
    """

    revision: Long
    findings: list[Finding]
    warnings: list[str]
    effect: strawberry.Private[Effect]

    @field
    def changes(self, info: Info) -> list[EntityChange]:
        """What became of each entity."""
        is_platforms = info.context.principal.role in OPERATORS
        found = [differences.difference(*changed) for changed in self.effect.changed]
        told = [each if is_platforms or each is None else to_tenants(each) for each in found]
        return [EntityChange.of(each) for each in told if each is not None]

    @field
    async def blast_radius(self, info: Info, first: int = DEFAULT_FIRST) -> BlastRadius:
        """Whom the change touches, and where the first tenants' requests would go."""
        services, principal = info.context.services, info.context.principal
        most = bounded(info.context, first)
        tenant = None if principal.role in OPERATORS else principal.scope.tenant
        found = await services.outlook.radius(self.effect.changed, services.clock(), most, tenant)
        return BlastRadius.of(found)

    @classmethod
    def of(cls, effect: Effect) -> "Committed":
        """As GraphQL shows it."""
        return cls(
            revision=Long(effect.revision),
            findings=[Finding.of(each) for each in effect.findings],
            warnings=list(effect.warnings),
            effect=effect,
        )
