"""What is there already, as orders ask it."""

from collections.abc import Awaitable, Callable

from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import InvalidRequest

IsThere = Callable[[EntityRef], Awaitable[bool]]


async def require_tenant(is_there: IsThere, tenant: str) -> None:
    """Refuse a tenant that does not exist."""
    if not await is_there(EntityRef(Kind.TENANT, tenant)):
        raise InvalidRequest(f"There is no tenant {tenant!r}; create it first.")
