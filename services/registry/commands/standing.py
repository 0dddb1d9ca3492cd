"""What is there already, as orders ask it."""

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from typing import Protocol

from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.graph import Entity
from routeyard.domain.policies.policy import Policy

IsThere = Callable[[EntityRef], Awaitable[bool]]


class Standing(Protocol):
    """The graph as it is now, whoever may see it."""

    async def is_there(self, ref: EntityRef) -> bool:
        """Whether an entity exists."""

    async def find(self, ref: EntityRef) -> Entity | None:
        """An entity."""

    async def find_all(self, refs: Collection[EntityRef]) -> Mapping[EntityRef, Entity]:
        """Those of the entities that exist, read at one instant."""

    async def endpoints_of(self, owner: str) -> Sequence[str]:
        """A tenant's own endpoints, by id."""

    async def policies_of(self, tenant: str | None, name: str | None) -> Sequence[Policy]:
        """Every version of a tenant's own policies, or the platform's; of that name, or of all."""

    async def users(
        self, field: str, name: str, leaving_out: Collection[EntityRef] = ()
    ) -> Sequence[str]:
        """The first tenants and classes that have a `tier` or a `tenant_class` of that name."""


async def require_tenant(is_there: IsThere, tenant: str) -> None:
    """Refuse a tenant that does not exist."""
    if not await is_there(EntityRef(Kind.TENANT, tenant)):
        raise InvalidRequest(f"There is no tenant {tenant!r}; create it first.", field="tenant")


async def require_unused(standing: Standing, field: str, name: str) -> None:
    """Refuse to take away what tenants or classes still go by."""
    if users := await standing.users(field, name):
        raise InvalidRequest(
            f"{name} is still used by {', '.join(users)}; give them another one first."
        )
