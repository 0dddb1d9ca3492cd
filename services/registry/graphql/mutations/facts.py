"""Orders that put an operator's word in place of the sources'."""

import strawberry
from strawberry.scalars import JSON

from routeyard.domain import events
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.identity import UNDATED
from services.registry.graphql.changes import Committed, order
from services.registry.graphql.context import Info
from services.registry.graphql.described import Long, described
from services.registry.graphql.mutations.asking import actor, caller, manner, orders
from services.registry.graphql.rehearsal import Corrected


@described
class OrdersOfFacts:
    """Corrections, and what names stand for."""

    @order
    async def correct(
        self,
        info: Info,
        kind: Corrected,
        id: strawberry.ID,
        fields: JSON,
        reason: str,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed:
        """Let your word count on fields of an entity, in place of its earlier correction.

        Maps are written by member (`capabilities.tool_use`); null says that a field is unknown.
        For platform admins.
        """
        if not isinstance(fields, dict):
            raise InvalidRequest("`fields` is an object: field names to values.", field="fields")
        said = events.FactCorrected(
            kind=kind.value, entity=id, fields=fields, reason=reason, actor=actor(info)
        )
        return Committed.of(
            await orders(info).facts.correct(caller(info), said, manner(info, dry_run, if_revision))
        )

    @order
    async def retract_correction(
        self,
        info: Info,
        kind: Corrected,
        id: strawberry.ID,
        reason: str,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed:
        """Let the sources' word count on an entity again. For platform admins."""
        said = events.CorrectionRetracted(
            kind=kind.value, entity=id, reason=reason, actor=actor(info)
        )
        return Committed.of(
            await orders(info).facts.retract(caller(info), said, manner(info, dry_run, if_revision))
        )

    @order
    async def assign_name(
        self,
        info: Info,
        offering: strawberry.ID,
        model: strawberry.ID,
        reason: str,
        release: strawberry.ID | None = None,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed:
        """Say which model, and release, an offering's own name stands for. For platform admins.

        It holds for all that is said under that name, before and after.
        """
        said = events.NameAssigned(
            offering=offering,
            model=model,
            release=release or f"{model}@{UNDATED}",
            reason=reason,
            actor=actor(info),
        )
        done = await orders(info).facts.assign_name(
            caller(info), said, manner(info, dry_run, if_revision)
        )
        return Committed.of(done)
