"""The facts that publishers state. One type per meaning; optional fields may be added, no more.

A stock client sends these as CloudEvents: the fields below are the JSON body, `Event` holds
what stands in the headers.
"""

from __future__ import annotations

from datetime import datetime

from routeyard.domain.events.catalog import (
    CapabilityDefined as CapabilityDefined,
)
from routeyard.domain.events.catalog import (
    CapabilityUpdated as CapabilityUpdated,
)
from routeyard.domain.events.catalog import (
    EndpointRegistered as EndpointRegistered,
)
from routeyard.domain.events.catalog import (
    EndpointRemoved as EndpointRemoved,
)
from routeyard.domain.events.catalog import (
    ModelDeprecated as ModelDeprecated,
)
from routeyard.domain.events.catalog import (
    ModelDescribed as ModelDescribed,
)
from routeyard.domain.events.catalog import (
    ModelPriced as ModelPriced,
)
from routeyard.domain.events.catalog import (
    ModelRelated as ModelRelated,
)
from routeyard.domain.events.catalog import (
    ModelReleased as ModelReleased,
)
from routeyard.domain.events.catalog import (
    ModelWithdrawn as ModelWithdrawn,
)
from routeyard.domain.events.catalog import (
    PrecisionDefined as PrecisionDefined,
)
from routeyard.domain.events.catalog import (
    ProviderDescribed as ProviderDescribed,
)
from routeyard.domain.events.endpoints import (
    EndpointConnected as EndpointConnected,
)
from routeyard.domain.events.endpoints import (
    EndpointCredentialed as EndpointCredentialed,
)
from routeyard.domain.events.endpoints import (
    EndpointDisconnected as EndpointDisconnected,
)
from routeyard.domain.events.endpoints import (
    EndpointServed as EndpointServed,
)
from routeyard.domain.events.endpoints import (
    Served as Served,
)
from routeyard.domain.events.health import (
    EndpointObserved as EndpointObserved,
)
from routeyard.domain.events.health import (
    HealthDeclared as HealthDeclared,
)
from routeyard.domain.events.operators import (
    Correctable as Correctable,
)
from routeyard.domain.events.operators import (
    CorrectionRetracted as CorrectionRetracted,
)
from routeyard.domain.events.operators import (
    FactCorrected as FactCorrected,
)
from routeyard.domain.events.operators import (
    NameAssigned as NameAssigned,
)
from routeyard.domain.events.operators import (
    SourceRegistered as SourceRegistered,
)
from routeyard.domain.events.payloads import (
    PAYLOADS as PAYLOADS,
)
from routeyard.domain.events.payloads import (
    TYPE_NAMES as TYPE_NAMES,
)
from routeyard.domain.events.payloads import (
    Payload as Payload,
)
from routeyard.domain.events.payloads import (
    partition_key as partition_key,
)
from routeyard.domain.events.policies import (
    PolicyMoved as PolicyMoved,
)
from routeyard.domain.events.policies import (
    PolicyPublished as PolicyPublished,
)
from routeyard.domain.events.policies import (
    PolicyWithdrawn as PolicyWithdrawn,
)
from routeyard.domain.events.policies import (
    version_of as version_of,
)
from routeyard.domain.events.rules import (
    PlatformOverridden as PlatformOverridden,
)
from routeyard.domain.events.rules import (
    PlatformOverrideRemoved as PlatformOverrideRemoved,
)
from routeyard.domain.events.rules import (
    TenantOverridden as TenantOverridden,
)
from routeyard.domain.events.rules import (
    TenantOverrideRemoved as TenantOverrideRemoved,
)
from routeyard.domain.events.rules import (
    overridden as overridden,
)
from routeyard.domain.events.rules import (
    override_of as override_of,
)
from routeyard.domain.events.sense import CURRENCY as CURRENCY
from routeyard.domain.events.sense import faults as faults
from routeyard.domain.events.tenancy import (
    ProjectRegistered as ProjectRegistered,
)
from routeyard.domain.events.tenancy import (
    ProjectRemoved as ProjectRemoved,
)
from routeyard.domain.events.tenancy import (
    TenantClassDefined as TenantClassDefined,
)
from routeyard.domain.events.tenancy import (
    TenantClassRemoved as TenantClassRemoved,
)
from routeyard.domain.events.tenancy import (
    TenantOffboarded as TenantOffboarded,
)
from routeyard.domain.events.tenancy import (
    TenantRegistered as TenantRegistered,
)
from routeyard.domain.events.tenancy import (
    TierDefined as TierDefined,
)
from routeyard.domain.events.tenancy import (
    TierRemoved as TierRemoved,
)
from routeyard.domain.value import Value


class Event(Value, frozen=True):
    """A fact with its envelope. `id` is unique per source; `observed_at` is when it was true.

    Two statements of one source about one thing are ordered by (observed_at, sequence, id).
    """

    id: str
    source: str
    observed_at: datetime
    data: Payload
    sequence: int = 0
    actor: str = ""

    @property
    def type(self) -> str:
        """The CloudEvents type, ending in its version."""
        return TYPE_NAMES[type(self.data)]
