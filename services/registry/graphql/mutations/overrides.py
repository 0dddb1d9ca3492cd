"""Orders about what applies to whom."""

import datetime as dt

import strawberry

from routeyard.domain import events
from routeyard.domain.tenancy import OverrideKind, TargetKind
from services.registry.graphql.changes import Committed
from services.registry.graphql.context import Info
from services.registry.graphql.described import Long, described, mutation
from services.registry.graphql.mutations.asking import actor, caller, manner, orders


@described
class OrdersOfOverrides:
    """Rules of tenants."""

    @mutation
    async def set_override(
        self,
        info: Info,
        tenant: strawberry.ID,
        name: str,
        kind: OverrideKind,
        target_kind: TargetKind,
        target: strawberry.ID,
        reason: str,
        expires_at: dt.datetime | None = None,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed:
        """Give a tenant a rule of its own. For its admins and platform admins."""
        said = events.TenantOverridden(
            tenant=tenant,
            name=name,
            kind=kind,
            target_kind=target_kind,
            target=target,
            reason=reason,
            actor=actor(info),
            expires_at=expires_at,
        )
        done = await orders(info).overrides.set_override(
            caller(info), said, manner(info, dry_run, if_revision)
        )
        return Committed.of(done)

    @mutation
    async def remove_override(
        self,
        info: Info,
        tenant: strawberry.ID,
        name: str,
        reason: str,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed | None:
        """Take a rule back; null when there is none. For the same admins."""
        said = events.TenantOverrideRemoved(
            tenant=tenant, name=name, reason=reason, actor=actor(info)
        )
        done = await orders(info).overrides.remove_override(
            caller(info), said, manner(info, dry_run, if_revision)
        )
        return None if done is None else Committed.of(done)
