"""Orders about API keys."""

from datetime import timedelta
from typing import NamedTuple

from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import InvalidRequest, NotAllowed
from routeyard.domain.keys import TENANT_ROLES, KeyVerifier, may_mint
from routeyard.domain.tenancy import Principal, Role
from routeyard.runtime.clock import Clock
from services.registry.admission import require_future, require_name, require_text
from services.registry.commands.recording import CARRY_OUT, Manner, in_utc
from services.registry.commands.standing import IsThere, require_tenant
from services.registry.keys import Issued, Keys, WantedKey
from services.registry.keystore import Act

MOST_OVERLAP = timedelta(days=30)


class KeyOrders(NamedTuple):
    """Issuing keys, rotating and revoking them."""

    keys: Keys
    is_there: IsThere
    clock: Clock

    async def issue_key(
        self,
        caller: Principal,
        wanted: WantedKey,
        reason: str | None = None,
        manner: Manner = CARRY_OUT,
    ) -> Issued:
        """Make a key, of no more than the caller may itself; it is shown this once."""
        _require_admin(caller)
        if not may_mint(caller, wanted.role, wanted.tenant, wanted.project):
            raise NotAllowed(
                "A tenant's admin may issue keys of its own tenant, and of its project where it "
                "has one."
            )
        require_future("expiresAt", wanted.expires_at, self.clock())
        require_text("label", wanted.label)
        if reason is not None:
            require_text("reason", reason)
        await self._require_sound(wanted)
        wanted = wanted._replace(expires_at=in_utc(wanted.expires_at))
        keys = self.keys._replace(entropy=manner.entropy)
        return await keys.issue(wanted, caller.scope.key or "", reason or "")

    async def rotate_key(
        self,
        caller: Principal,
        key_id: str,
        overlap: timedelta,
        reason: str,
        manner: Manner = CARRY_OUT,
    ) -> Issued | None:
        """A new secret for the same holder; None when there is no such key, or not for the caller.

        The old key works on for `overlap`.
        """
        _require_admin(caller)
        require_name("keyId", key_id)
        require_text("reason", reason)
        if not timedelta() <= overlap <= MOST_OVERLAP:
            raise InvalidRequest(
                f"The overlap must be 0 to {int(MOST_OVERLAP.total_seconds())} seconds.",
                field="overlap",
            )
        known = await self._own(caller, key_id)
        if known is None:
            return None
        keys = self.keys._replace(entropy=manner.entropy)
        return await keys.rotate(known, overlap, self._act(caller, reason))

    async def revoke_key(
        self, caller: Principal, key_id: str, reason: str, *, forced: bool = False
    ) -> bool:
        """Make a key unusable everywhere within a second.

        False when there is no such key, or it is not the caller's to revoke. `forced`: even if
        it is the last platform admin's.
        """
        _require_admin(caller)
        require_name("keyId", key_id)
        require_text("reason", reason)
        if await self._own(caller, key_id) is None:
            return False
        return await self.keys.store.revoke(key_id, self._act(caller, reason), forced=forced)

    async def _own(self, caller: Principal, key_id: str) -> KeyVerifier | None:
        known = await self.keys.store.find(key_id)
        if known is None or not may_mint(caller, known.role, known.tenant, known.project):
            return None
        return known

    async def _require_sound(self, wanted: WantedKey) -> None:
        if (wanted.role in TENANT_ROLES) != (wanted.tenant is not None):
            raise InvalidRequest("Name a tenant for a tenant's role, and for no other.")
        if wanted.project is not None:
            require_name("project", wanted.project)
            if wanted.tenant is None:
                raise InvalidRequest("A project belongs to a tenant; name it.", field="project")
        if wanted.tenant is not None:
            await require_tenant(self.is_there, wanted.tenant)
        project = EntityRef(Kind.PROJECT, f"{wanted.tenant}/{wanted.project}")
        if wanted.project is not None and not await self.is_there(project):
            raise InvalidRequest(
                f"There is no project {wanted.project!r} of {wanted.tenant}; create it first.",
                field="project",
            )

    def _act(self, caller: Principal, reason: str) -> Act:
        return Act(caller.scope.key or "", reason, self.clock())


def _require_admin(caller: Principal) -> None:
    if caller.role not in (Role.PLATFORM_ADMIN, Role.TENANT_ADMIN):
        raise NotAllowed("Only an admin's key may do this.")
