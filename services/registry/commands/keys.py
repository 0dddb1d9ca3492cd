"""Orders about API keys."""

from typing import NamedTuple

from routeyard.domain.errors import InvalidRequest
from routeyard.domain.tenancy import Principal, Role
from routeyard.runtime.clock import Clock
from services.registry.admission import (
    require_future,
    require_name,
    require_platform_admin,
    require_text,
)
from services.registry.commands.recording import CARRY_OUT, Manner, in_utc
from services.registry.commands.standing import IsThere, require_tenant
from services.registry.keys import Issued, Keys, WantedKey

TENANT_ROLES = frozenset({Role.TENANT_ADMIN, Role.TENANT_USER})


class KeyOrders(NamedTuple):
    """Issuing keys and revoking them."""

    keys: Keys
    is_there: IsThere
    clock: Clock

    async def issue_key(
        self, caller: Principal, wanted: WantedKey, manner: Manner = CARRY_OUT
    ) -> Issued:
        """Make a key; it is shown this once."""
        require_platform_admin(caller)
        require_future("expiresAt", wanted.expires_at, self.clock())
        require_text("label", wanted.label)
        if (wanted.role in TENANT_ROLES) != (wanted.tenant is not None):
            raise InvalidRequest("Name a tenant for a tenant's role, and for no other.")
        if wanted.tenant is not None:
            await require_tenant(self.is_there, wanted.tenant)
        wanted = wanted._replace(expires_at=in_utc(wanted.expires_at))
        return await self.keys._replace(entropy=manner.entropy).issue(wanted)

    async def revoke_key(self, caller: Principal, key_id: str) -> bool:
        """Make a key unusable everywhere within a second; False when there is no such key."""
        require_platform_admin(caller)
        require_name("keyId", key_id)
        return await self.keys.store.revoke(key_id)
