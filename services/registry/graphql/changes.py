"""What changed of an entity, as GraphQL shows it; and what an order came to."""

import inspect
from collections.abc import Callable
from typing import Any

import strawberry
from strawberry.extensions.field_extension import AsyncExtensionResolver, FieldExtension
from strawberry.scalars import JSON

from routeyard.domain import difference as differences
from routeyard.domain import validation
from routeyard.domain.claims import Kind
from routeyard.domain.difference import Change
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


@described
class Committed:
    """The revision that holds a change, and all that changed with it.

    Routers serve it within milliseconds. Of a dry run: what the revision would be, and the
    `findings` that would refuse it; nothing was written. `warnings` are about what was taken.
    """

    revision: Long
    changes: list[EntityChange]
    findings: list[Finding]
    warnings: list[str]
    effect: strawberry.Private[Effect]

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
        told = [differences.difference(*changed) for changed in effect.changed]
        return cls(
            revision=Long(effect.revision),
            changes=[EntityChange.of(each) for each in told if each is not None],
            findings=[Finding.of(each) for each in effect.findings],
            warnings=list(effect.warnings),
            effect=effect,
        )
