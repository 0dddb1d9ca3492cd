"""Orders about API keys."""

import datetime as dt

import strawberry

from routeyard.domain.tenancy import Role
from services.registry.graphql.context import Info
from services.registry.graphql.described import described, mutation
from services.registry.graphql.mutations.asking import caller, manner, orders
from services.registry.graphql.operations import NewKey
from services.registry.keys import WantedKey


@described
class OrdersOfKeys:
    """Keys."""

    @mutation
    async def issue_key(
        self,
        info: Info,
        role: Role,
        label: str,
        tenant: strawberry.ID | None = None,
        expires_at: dt.datetime | None = None,
        project: str | None = None,
        reason: str | None = None,
    ) -> NewKey:
        """Make an API key; it is shown this once.

        For platform admins, and for a tenant's admins within their tenant, and project if they
        have one.
        """
        wanted = WantedKey(role, tenant, label, expires_at, project)
        done = await orders(info).keys.issue_key(caller(info), wanted, reason, manner(info))
        return NewKey.of(done)

    @mutation
    async def rotate_key(
        self, info: Info, key_id: str, reason: str, overlap: int = 0
    ) -> NewKey | None:
        """Make a key in the place of one: the same role, tenant, project, label and length of life.

        The old one works on for `overlap` seconds, 30 days at most. Null when there is no such
        key among those the caller may decide on. For the same admins.
        """
        length = dt.timedelta(seconds=overlap)
        made = await orders(info).keys.rotate_key(
            caller(info), key_id, length, reason, manner(info)
        )
        return None if made is None else NewKey.of(made)

    @mutation
    async def revoke_key(self, info: Info, key_id: str, reason: str, force: bool = False) -> bool:
        """Make a key unusable; false when there is no such key among the same.

        `force`: even when no other platform admin's key would be left. For the same admins.
        """
        return await orders(info).keys.revoke_key(caller(info), key_id, reason, forced=force)
