"""Orders about what applies to whom."""

import datetime as dt

import strawberry
from strawberry.scalars import JSON

from routeyard.domain.overrides import Author, OverrideKind
from routeyard.domain.tenancy import LimitKind, TargetKind
from services.registry.graphql.changes import Committed, order
from services.registry.graphql.context import Info
from services.registry.graphql.described import Long, Money, described
from services.registry.graphql.mutations.asking import caller, manner, orders
from services.registry.graphql.mutations.inputs import RolloutInput
from services.registry.graphql.mutations.rules import OverrideInput, OverrideName


@described
class OrdersOfOverrides:
    """Rules for a scope: everyone, a tenant class, a tenant, one of its projects or keys."""

    @order
    async def set_override(
        self,
        info: Info,
        name: str,
        kind: OverrideKind,
        reason: str,
        tenant: strawberry.ID | None = None,
        tenant_class: str | None = None,
        project: str | None = None,
        key: str | None = None,
        author: Author | None = None,
        target_kind: TargetKind | None = None,
        target: strawberry.ID | None = None,
        model: strawberry.ID | None = None,
        weight: float | None = None,
        require: JSON | None = None,
        limit: LimitKind | None = None,
        value: Money | None = None,
        rollout: RolloutInput | None = None,
        expires_at: dt.datetime | None = None,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed:
        """Give a scope a rule, in place of the one of that name.

        A tenant's admins speak for the tenant, platform admins for the platform unless `author`
        says that they speak for the tenant.
        """
        rule = OverrideInput(
            name=name,
            kind=kind,
            reason=reason,
            tenant=tenant,
            tenant_class=tenant_class,
            project=project,
            key=key,
            author=author,
            target_kind=target_kind,
            target=target,
            model=model,
            weight=weight,
            require=require,
            limit=limit,
            value=value,
            rollout=rollout,
            expires_at=expires_at,
        )
        done = await orders(info).overrides.set(
            caller(info), rule.said(info, reason), manner(info, dry_run, if_revision)
        )
        return Committed.of(done)

    @order
    async def remove_override(
        self,
        info: Info,
        name: str,
        reason: str,
        tenant: strawberry.ID | None = None,
        tenant_class: str | None = None,
        project: str | None = None,
        key: str | None = None,
        author: Author | None = None,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed | None:
        """Take a rule back; null when there is none. For those who may set it."""
        rule = OverrideName(
            name=name,
            reason=reason,
            tenant=tenant,
            tenant_class=tenant_class,
            project=project,
            key=key,
            author=author,
        )
        done = await orders(info).overrides.remove(
            caller(info), rule.said(info, reason), manner(info, dry_run, if_revision)
        )
        return None if done is None else Committed.of(done)
