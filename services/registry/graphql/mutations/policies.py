"""Orders about routing policies."""

import strawberry

from routeyard.domain.policies.policy import PolicyState
from services.registry.commands.policies import NewVersion, Which
from services.registry.commands.recording import Manner
from services.registry.graphql.changes import Committed, order
from services.registry.graphql.context import Info
from services.registry.graphql.described import Long, described
from services.registry.graphql.mutations.asking import caller, manner, orders


@described
class OrdersOfPolicies:
    """Which rules requests are routed by."""

    @order
    async def publish_policy(
        self,
        info: Info,
        document: str,
        reason: str,
        tenant: strawberry.ID | None = None,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed:
        """Publish a document (YAML or JSON) as the next version of its policy: a draft.

        What is wrong is told at once, a line for each: `line:column: what to do`. A tenant's
        admins publish the tenant's own, platform admins the platform's unless `tenant` is named.
        """
        new = NewVersion(document, reason, tenant)
        done = await orders(info).policies.publish(
            caller(info), new, manner(info, dry_run, if_revision)
        )
        return Committed.of(done)

    @order
    async def shadow_policy(
        self,
        info: Info,
        name: str,
        reason: str,
        version: int | None = None,
        tenant: strawberry.ID | None = None,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed:
        """Evaluate a version, the newest unless one is named, beside those that decide."""
        how = manner(info, dry_run, if_revision)
        return await _moved(info, Which(name, version, tenant), PolicyState.SHADOW, reason, how)

    @order
    async def activate_policy(
        self,
        info: Info,
        name: str,
        reason: str,
        version: int | None = None,
        tenant: strawberry.ID | None = None,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed:
        """Let a version decide; the one that did is retired with it. An older one: a rollback."""
        how = manner(info, dry_run, if_revision)
        return await _moved(info, Which(name, version, tenant), PolicyState.ACTIVE, reason, how)

    @order
    async def retire_policy(
        self,
        info: Info,
        name: str,
        reason: str,
        version: int | None = None,
        tenant: strawberry.ID | None = None,
        dry_run: bool = False,
        if_revision: Long | None = None,
    ) -> Committed:
        """Let the version that decides do so no longer, or take another one out of the way."""
        how = manner(info, dry_run, if_revision)
        return await _moved(info, Which(name, version, tenant), PolicyState.RETIRED, reason, how)


async def _moved(
    info: Info, which: Which, state: PolicyState, reason: str, how: Manner
) -> Committed:
    done = await orders(info).policies.move(caller(info), which, state, reason, how)
    return Committed.of(done)
