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
    ) -> NewKey:
        """Make an API key; it is shown this once. For platform admins."""
        wanted = WantedKey(role=role, tenant=tenant, label=label, expires_at=expires_at)
        return NewKey.of(await orders(info).keys.issue_key(caller(info), wanted, manner(info)))

    @mutation
    async def revoke_key(self, info: Info, key_id: str) -> bool:
        """Make a key unusable; false when there is no such key. For platform admins."""
        return await orders(info).keys.revoke_key(caller(info), key_id)
