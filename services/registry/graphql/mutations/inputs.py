"""What orders about tenants and rules take."""

import strawberry
from strawberry import UNSET

from routeyard.domain import overrides, tenancy
from routeyard.domain.tenancy import LimitKind, TargetKind
from services.registry.graphql.described import Money, described_input


@described_input
class TargetInput:
    """What a rule points at."""

    kind: TargetKind
    id: strawberry.ID

    def target(self) -> tenancy.Target:
        """As the domain has it."""
        return tenancy.Target(kind=self.kind, id=self.id)


@described_input
class LimitInput:
    """The most of something."""

    kind: LimitKind
    value: Money


@described_input
class RolloutInput:
    """How many of a scope's units a rule is for, 0 to 100. `salt` shuffles who they are."""

    percent: float
    salt: str = ""

    def rollout(self) -> overrides.Rollout:
        """As the domain has it."""
        return overrides.Rollout(percent=self.percent, salt=self.salt)


def given(**fields: object) -> dict[str, object]:
    """The fields that were given, null among them, but not those that were left out."""
    return {name: value for name, value in fields.items() if value is not UNSET}


def listed(value: list[str] | None) -> object:
    """A list as records hold it; null is none, and what was left out stays so."""
    return value if value is UNSET else tuple(value or ())
