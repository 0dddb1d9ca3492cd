"""A request with all that it is asked of: who asks, and what is there."""

from collections.abc import Callable, Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple

from routeyard.domain.catalog import Endpoint, Model, Offering, Release
from routeyard.domain.graph import Graph
from routeyard.domain.health import EndpointHealth
from routeyard.domain.resolution import Inputs, Requirement
from routeyard.domain.tenancy import Project, TargetKind, Tenant, TenantClass

Facts = Mapping[str, Any]
# None where a condition cannot be evaluated.
Conditions = Mapping[str, Callable[[Facts], bool | None]]


class Refused(Exception):
    """The request makes no sense; `field` is what is wrong."""

    def __init__(self, field: str) -> None:
        super().__init__(field)
        self.field = field


class Candidate(NamedTuple):
    """An offering with what it stands on."""

    offering: Offering
    model: Model
    endpoint: Endpoint
    release: Release | None

    @property
    def levels(self) -> dict[str, float]:
        return self.model.capabilities | self.offering.capabilities

    @property
    def context(self) -> int | None:
        return self.offering.context or self.model.context

    def meets(self, kind: TargetKind, name: str) -> bool:
        """Whether a rule that points there points at it."""
        return {
            TargetKind.PROVIDER: name in (self.endpoint.provider, self.model.provider),
            TargetKind.MODEL: name == self.model.id,
            TargetKind.RELEASE: name == self.offering.release,
            TargetKind.ENDPOINT: name == self.endpoint.id,
            TargetKind.CAPABILITY: self.levels.get(name, 0) >= 0.5,
        }[kind]

    def is_called(self, name: str) -> bool:
        """Whether a caller, or a fallback, that names a model means it too."""
        return name in (self.model.id, self.offering.release, self.offering.id)

    def is_served_by(self, name: str) -> bool:
        return name in (self.endpoint.provider, self.endpoint.id)

    def has_gone(self, today: date) -> bool:
        """Whether it has stopped answering by today."""
        said = (self.offering, self.model, self.release)
        return any(
            each.lifecycle == "retired" or (each.retires_on and each.retires_on <= today)
            for each in said
            if each is not None
        )


class Asked(NamedTuple):
    """A request and the graph it meets."""

    graph: Graph
    inputs: Inputs
    conditions: Conditions

    @property
    def wanted(self) -> Requirement:
        return self.inputs.requirement

    @property
    def tenant(self) -> Tenant | None:
        return self.graph.tenants.get(self.inputs.scope.tenant or "")

    @property
    def of_class(self) -> TenantClass | None:
        return None if self.tenant is None else self.graph.classes.get(self.tenant.tenant_class)

    @property
    def project(self) -> Project | None:
        scope = self.inputs.scope
        return self.graph.projects.get(f"{scope.tenant}/{scope.project}")

    @property
    def task(self) -> str:
        """The task whose quality scores count: the step's own where it has a floor."""
        step = self.wanted.step
        return str(step) if step in self.graph.floors else "general"

    def everything(self) -> Iterator[Candidate]:
        for offering in self.graph.offerings.values():
            model = self.graph.models.get(offering.model)
            endpoint = self.graph.endpoints.get(offering.endpoint)
            if model and endpoint:
                release = self.graph.releases.get(offering.release)
                yield Candidate(offering, model, endpoint, release)

    def visible(self) -> list[Candidate]:
        """Others' endpoints do not exist for this caller."""
        return [each for each in self.everything() if self.sees(each.endpoint)]

    def sees(self, endpoint: Endpoint) -> bool:
        tenant = self.inputs.scope.tenant
        if endpoint.owner is not None:
            return endpoint.owner == tenant
        return not endpoint.dedicated_to or tenant in endpoint.dedicated_to

    def health(self, endpoint: str) -> EndpointHealth | None:
        """What is known of an endpoint that has not expired."""
        held = self.inputs.health.get(endpoint)
        return held if held is not None and self.inputs.now < held.expires_at else None

    def latency(self, endpoint: str) -> float | None:
        held = self.health(endpoint)
        return None if held is None else held.latency_ms
