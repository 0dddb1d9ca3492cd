"""What is said of routing policies. A version never changes; where it stands does."""

from __future__ import annotations

from routeyard.domain.policies.condition import Condition
from routeyard.domain.policies.policy import PolicyState, Rule, policy_id
from routeyard.domain.resolution import Weights
from routeyard.domain.value import Value


class PolicyPublished(Value, frozen=True):
    """A version of a policy is there, as a draft, checked. Said by operators only.

    `document` is the text as it was written; the rest is what it comes to.
    """

    name: str
    version: int
    document: str
    reason: str
    actor: str
    rules: tuple[Rule, ...] = ()
    match: Condition | None = None
    objective: Weights | None = None
    tenant: str | None = None


class PolicyMoved(Value, frozen=True):
    """A version is a shadow, decides, or no longer does. Said by operators only."""

    name: str
    version: int
    state: PolicyState
    reason: str
    actor: str
    tenant: str | None = None


class PolicyWithdrawn(Value, frozen=True):
    """A version is one of many old ones, and can no longer be gone back to. By operators only."""

    name: str
    version: int
    reason: str
    actor: str
    tenant: str | None = None


def version_of(data: PolicyPublished | PolicyMoved | PolicyWithdrawn) -> str:
    """The id of the version that an event is about."""
    return policy_id(data.tenant, data.name, data.version)
