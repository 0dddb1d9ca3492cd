"""What changed of an entity, as GraphQL shows it; and what an order came to."""

import strawberry
from strawberry.scalars import JSON

from routeyard.domain import difference as differences
from routeyard.domain import validation
from routeyard.domain.claims import Kind
from routeyard.domain.difference import Change
from services.registry.commands.recording import Effect
from services.registry.graphql.described import Long, described


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


@described
class Committed:
    """The revision that holds a change, and all that changed with it.

    Routers serve it within milliseconds. Of a dry run: what the revision would be, and the
    `findings` that would refuse it; nothing was written.
    """

    revision: Long
    changes: list[EntityChange]
    findings: list[Finding]

    @classmethod
    def of(cls, effect: Effect) -> "Committed":
        """As GraphQL shows it."""
        told = [differences.difference(*changed) for changed in effect.changed]
        return cls(
            revision=Long(effect.revision),
            changes=[EntityChange.of(each) for each in told if each is not None],
            findings=[Finding.of(each) for each in effect.findings],
        )
