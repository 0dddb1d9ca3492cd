"""Every payload by its CloudEvents type, and what orders payloads among themselves."""

from __future__ import annotations

from routeyard.domain.events.catalog import (
    CapabilityDefined,
    CapabilityUpdated,
    EndpointRegistered,
    EndpointRemoved,
    ModelDeprecated,
    ModelDescribed,
    ModelPriced,
    ModelRelated,
    ModelReleased,
    ModelWithdrawn,
    PrecisionDefined,
    ProviderDescribed,
)
from routeyard.domain.events.endpoints import (
    EndpointConnected,
    EndpointCredentialed,
    EndpointDisconnected,
    EndpointServed,
)
from routeyard.domain.events.health import (
    EndpointObserved,
    HealthDeclared,
)
from routeyard.domain.events.operators import (
    CorrectionRetracted,
    FactCorrected,
    NameAssigned,
    SourceRegistered,
)
from routeyard.domain.events.policies import (
    PolicyMoved,
    PolicyPublished,
    PolicyWithdrawn,
)
from routeyard.domain.events.rules import (
    PlatformOverridden,
    PlatformOverrideRemoved,
    TenantOverridden,
    TenantOverrideRemoved,
)
from routeyard.domain.events.tenancy import (
    ProjectRegistered,
    ProjectRemoved,
    TenantClassDefined,
    TenantClassRemoved,
    TenantOffboarded,
    TenantRegistered,
    TierDefined,
    TierRemoved,
)
from routeyard.domain.overrides import EVERYWHERE

Payload = (
    ProviderDescribed
    | EndpointRegistered
    | EndpointRemoved
    | ModelReleased
    | ModelDescribed
    | ModelPriced
    | ModelWithdrawn
    | ModelDeprecated
    | ModelRelated
    | CapabilityDefined
    | CapabilityUpdated
    | PrecisionDefined
    | EndpointObserved
    | HealthDeclared
    | SourceRegistered
    | FactCorrected
    | CorrectionRetracted
    | NameAssigned
    | TierDefined
    | TierRemoved
    | TenantClassDefined
    | TenantClassRemoved
    | TenantRegistered
    | TenantOffboarded
    | ProjectRegistered
    | ProjectRemoved
    | TenantOverridden
    | TenantOverrideRemoved
    | PlatformOverridden
    | PlatformOverrideRemoved
    | EndpointConnected
    | EndpointCredentialed
    | EndpointDisconnected
    | EndpointServed
    | PolicyPublished
    | PolicyMoved
    | PolicyWithdrawn
)

PAYLOADS: dict[str, type[Payload]] = {
    "routeyard.provider.described.v1": ProviderDescribed,
    "routeyard.endpoint.registered.v1": EndpointRegistered,
    "routeyard.endpoint.removed.v1": EndpointRemoved,
    "routeyard.model.released.v1": ModelReleased,
    "routeyard.model.described.v1": ModelDescribed,
    "routeyard.model.priced.v1": ModelPriced,
    "routeyard.model.withdrawn.v1": ModelWithdrawn,
    "routeyard.model.deprecated.v1": ModelDeprecated,
    "routeyard.model.related.v1": ModelRelated,
    "routeyard.capability.defined.v1": CapabilityDefined,
    "routeyard.capability.updated.v1": CapabilityUpdated,
    "routeyard.precision.defined.v1": PrecisionDefined,
    "routeyard.endpoint.observed.v1": EndpointObserved,
    "routeyard.endpoint.health-declared.v1": HealthDeclared,
    "routeyard.source.registered.v1": SourceRegistered,
    "routeyard.fact.corrected.v1": FactCorrected,
    "routeyard.fact.correction-retracted.v1": CorrectionRetracted,
    "routeyard.name.assigned.v1": NameAssigned,
    "routeyard.tier.defined.v1": TierDefined,
    "routeyard.tier.removed.v1": TierRemoved,
    "routeyard.tenant-class.defined.v1": TenantClassDefined,
    "routeyard.tenant-class.removed.v1": TenantClassRemoved,
    "routeyard.tenant.registered.v1": TenantRegistered,
    "routeyard.tenant.offboarded.v1": TenantOffboarded,
    "routeyard.project.registered.v1": ProjectRegistered,
    "routeyard.project.removed.v1": ProjectRemoved,
    "routeyard.tenant.overridden.v1": TenantOverridden,
    "routeyard.tenant.override-removed.v1": TenantOverrideRemoved,
    "routeyard.platform.overridden.v1": PlatformOverridden,
    "routeyard.platform.override-removed.v1": PlatformOverrideRemoved,
    "routeyard.endpoint.connected.v1": EndpointConnected,
    "routeyard.endpoint.credentialed.v1": EndpointCredentialed,
    "routeyard.endpoint.disconnected.v1": EndpointDisconnected,
    "routeyard.endpoint.served.v1": EndpointServed,
    "routeyard.policy.published.v1": PolicyPublished,
    "routeyard.policy.moved.v1": PolicyMoved,
    "routeyard.policy.withdrawn.v1": PolicyWithdrawn,
}
TYPE_NAMES: dict[type[Payload], str] = {payload: name for name, payload in PAYLOADS.items()}


def partition_key(data: Payload) -> str:  # noqa: C901, PLR0911, PLR0912 - one line for each meaning of the key
    """What orders events among themselves: the source's own model id, endpoint or tenant."""
    match data:
        case ModelReleased() | ModelWithdrawn() | ModelDeprecated() | ModelPriced():
            return f"{data.endpoint or data.provider}/{data.native_id}"
        case ModelDescribed():
            return f"{data.provider}/{data.native_id}"
        case CapabilityUpdated() | ModelRelated():
            return data.model
        case CapabilityDefined():
            return data.tag
        case NameAssigned():
            return data.offering
        case FactCorrected() | CorrectionRetracted():
            return f"{data.kind}/{data.entity}"
        case PrecisionDefined():
            return data.task
        case ProviderDescribed():
            return data.provider
        case SourceRegistered():
            return data.name
        case TierDefined() | TierRemoved():
            return data.tier
        case TenantClassDefined() | TenantClassRemoved():
            return data.tenant_class
        case PlatformOverridden() | PlatformOverrideRemoved():
            return data.tenant or data.tenant_class or EVERYWHERE
        case PolicyPublished() | PolicyMoved() | PolicyWithdrawn():
            return data.tenant or EVERYWHERE
        case (
            TenantRegistered()
            | TenantOffboarded()
            | ProjectRegistered()
            | ProjectRemoved()
            | TenantOverridden()
            | TenantOverrideRemoved()
        ):
            return data.tenant
        case _:
            return data.endpoint
