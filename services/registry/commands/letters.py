"""Orders about records that were put aside."""

from typing import NamedTuple

from routeyard.domain.tenancy import Principal
from services.registry.admission import require_platform_admin
from services.registry.letters import Letter, Letters


class LetterOrders(NamedTuple):
    """Replaying letters."""

    letters: Letters

    async def replay(self, caller: Principal, letter: int) -> Letter | None:
        """Publish a letter's original again; None when there is no such letter."""
        require_platform_admin(caller)
        return await self.letters.replay(letter)
