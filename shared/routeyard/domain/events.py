"""The facts that publishers state. One type per meaning; optional fields may be added, no more.

A stock client sends these as CloudEvents: the fields below are the JSON body, `Event` holds
what stands in the headers.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from routeyard.domain.catalog import (
    Dialect,
    Hosting,
    Lifecycle,
    Mode,
    Price,
    ServerKind,
    Variant,
)
from routeyard.domain.health import HealthState
from routeyard.domain.tenancy import OverrideKind, TargetKind
from routeyard.domain.value import Value

Correctable = Literal["provider", "model", "release", "endpoint", "offering"]


class ProviderDescribed(Value, frozen=True):
    """A provider exists."""

    provider: str
    name: str
    home: str | None = None


class EndpointRegistered(Value, frozen=True):
    """An address serves models. Omitted fields are not stated."""

    endpoint: str
    provider: str
    name: str | None = None
    url: str | None = None
    dialect: Dialect | None = None
    server: ServerKind | None = None
    hosting: Hosting | None = None
    residency: tuple[str, ...] | None = None
    zones: tuple[str, ...] | None = None
    keyless: bool | None = None


class EndpointRemoved(Value, frozen=True):
    """The address no longer serves."""

    endpoint: str


class ModelReleased(Value, frozen=True):
    """A model is served under `native_id` at an endpoint, or else at the provider's own.

    Omitted fields are not stated. With `complete`, whatever this source stated earlier and
    leaves out now is taken back.
    """

    provider: str
    native_id: str
    endpoint: str | None = None
    complete: bool = False
    name: str | None = None
    family: str | None = None
    mode: Mode | None = None
    lifecycle: Lifecycle | None = None
    released_on: date | None = None
    deprecated_on: date | None = None
    retires_on: date | None = None
    knowledge_cutoff: str | None = None
    open_weights: bool | None = None
    licence: str | None = None
    parameters: int | None = None
    modalities_in: tuple[str, ...] | None = None
    modalities_out: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None
    context: int | None = None
    max_output: int | None = None
    quantization: str | None = None
    regions: tuple[str, ...] | None = None
    price: Price | None = None
    capabilities: dict[str, float] | None = None


class ModelDescribed(Value, frozen=True):
    """What a source knows of a model that it neither serves nor lists as served anywhere.

    `native_id` is the name that `provider` gives the model. The facts wait until others list it.
    Omitted fields are not stated. With `complete`, whatever this source stated earlier and leaves
    out now is taken back.
    """

    provider: str
    native_id: str
    complete: bool = False
    name: str | None = None
    family: str | None = None
    mode: Mode | None = None
    released_on: date | None = None
    knowledge_cutoff: str | None = None
    open_weights: bool | None = None
    licence: str | None = None
    parameters: int | None = None
    modalities_in: tuple[str, ...] | None = None
    modalities_out: tuple[str, ...] | None = None
    languages: tuple[str, ...] | None = None
    context: int | None = None
    max_output: int | None = None
    capabilities: dict[str, float] | None = None
    evidence: str = ""


class ModelPriced(Value, frozen=True):
    """What a model costs under `native_id`, said by a source that does not list it.

    The price waits until others list it there. Without one, the earlier price is taken back.
    """

    provider: str
    native_id: str
    endpoint: str | None = None
    price: Price | None = None
    evidence: str = ""


class ModelWithdrawn(Value, frozen=True):
    """The source no longer lists the model."""

    provider: str
    native_id: str
    endpoint: str | None = None
    reason: str = ""


class ModelDeprecated(Value, frozen=True):
    """A list of deprecations names a model, listed as an offering or not.

    `replacement` is the provider's own name of what to use instead.
    """

    provider: str
    native_id: str
    endpoint: str | None = None
    deprecated_on: date | None = None
    retires_on: date | None = None
    replacement: str | None = None
    reason: str = ""


class ModelRelated(Value, frozen=True):
    """How a model stands to others, all by canonical name. Omitted fields are not stated.

    With `complete`, relations this source stated earlier and leaves out now are taken back.
    """

    model: str
    variant_of: str | None = None
    variant: Variant | None = None
    succeeded_by: str | None = None
    falls_back_to: str | None = None
    complete: bool = False
    evidence: str = ""


class CapabilityDefined(Value, frozen=True):
    """A tag that models may have. `is_graded`: by degree, with `description` saying of what."""

    tag: str
    name: str
    description: str
    is_graded: bool = False


class CapabilityUpdated(Value, frozen=True):
    """Levels of capabilities and quality scores per task, all in 0..1, with their evidence.

    `benchmarks` are published results on their own scales, by `board/category`. `measured_on`
    is the day of the measurement. With `complete`, what this source stated earlier about the
    model and leaves out now is taken back.
    """

    model: str
    capabilities: dict[str, float] | None = None
    quality: dict[str, float] | None = None
    benchmarks: dict[str, float] | None = None
    languages: tuple[str, ...] | None = None
    evidence: str = ""
    measured_on: date | None = None
    complete: bool = False


class PrecisionDefined(Value, frozen=True):
    """What `precision: low | standard | high` mean for a task, as quality scores in 0..1."""

    task: str
    low: float
    standard: float
    high: float


class EndpointObserved(Value, frozen=True):
    """A probe or a router looked at an endpoint."""

    endpoint: str
    is_up: bool
    zone: str = "any"
    latency_ms: float | None = None
    reason: str = ""


class HealthDeclared(Value, frozen=True):
    """A registered source states an endpoint's state outright, for `ttl_s` seconds."""

    endpoint: str
    state: HealthState
    zone: str = "any"
    ttl_s: float = 300.0
    reason: str = ""


class SourceRegistered(Value, frozen=True):
    """The platform trusts a source with these event types. Said by operators only."""

    name: str
    rank: int
    types: tuple[str, ...]
    entities: tuple[str, ...] = ()
    public_key: str | None = None


class FactCorrected(Value, frozen=True):
    """An operator knows better. `fields` are an entity's, maps by member (`quality.general`).

    It replaces the operator's earlier correction of the same entity. Said by operators only.
    """

    kind: Correctable
    entity: str
    fields: dict[str, Any]
    reason: str
    actor: str


class CorrectionRetracted(Value, frozen=True):
    """The operator's correction of an entity no longer holds. Said by operators only."""

    kind: Correctable
    entity: str
    reason: str
    actor: str


class NameAssigned(Value, frozen=True):
    """What an endpoint's own name stands for, whatever the rules make of it.

    `offering` is `endpoint/native_id`. It holds for what was said under that name before, too.
    Said by operators only.
    """

    offering: str
    model: str
    release: str
    reason: str
    actor: str


class TenantRegistered(Value, frozen=True):
    """A tenant joins the platform, or its record changes. Said by operators only."""

    tenant: str
    name: str
    tenant_class: str = "STANDARD"
    residency: tuple[str, ...] = ()


class TenantOverridden(Value, frozen=True):
    """A tenant's own rule. From Kafka it can only restrict or reorder, never widen."""

    tenant: str
    name: str
    kind: OverrideKind
    target_kind: TargetKind
    target: str
    reason: str
    actor: str
    expires_at: datetime | None = None


class TenantOverrideRemoved(Value, frozen=True):
    """The rule of that name no longer applies."""

    tenant: str
    name: str
    reason: str
    actor: str


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
    | TenantRegistered
    | TenantOverridden
    | TenantOverrideRemoved
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
    "routeyard.tenant.registered.v1": TenantRegistered,
    "routeyard.tenant.overridden.v1": TenantOverridden,
    "routeyard.tenant.override-removed.v1": TenantOverrideRemoved,
}
TYPE_NAMES: dict[type[Payload], str] = {payload: name for name, payload in PAYLOADS.items()}


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


def partition_key(data: Payload) -> str:  # noqa: C901, PLR0911 - one line for each meaning of the key
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
        case TenantRegistered() | TenantOverridden() | TenantOverrideRemoved():
            return data.tenant
        case EndpointRegistered() | EndpointRemoved() | EndpointObserved() | HealthDeclared():
            return data.endpoint


MAX_PRICE_PER_MTOK = 100_000
MAX_TOKENS = 1_000_000_000
MAX_LATENCY_MS = 10_000_000
MAX_PARAMETERS = 10**15
CURRENCY = "USD"


def faults(data: Payload) -> list[str]:
    """What is wrong with a payload whose types are right; empty when it makes sense."""
    found = [
        f"{field} is empty"
        for field in ("provider", "native_id", "endpoint", "model", "tenant", "name")
        if getattr(data, field, None) == ""
    ]
    zone = getattr(data, "zone", "any")
    if not zone or "/" in zone:
        found.append(f"zone is {zone!r}; a zone has a name without a slash")
    parameters = getattr(data, "parameters", None)
    if parameters is not None and not 0 < parameters <= MAX_PARAMETERS:
        found.append(f"parameters is {parameters}")
    for field in ("context", "max_output"):
        tokens = getattr(data, field, None)
        if tokens is not None and not 0 < tokens <= MAX_TOKENS:
            found.append(f"{field} is {tokens} tokens")
    for field in ("capabilities", "quality"):
        found += [
            f"{field}.{tag} is {level}, outside 0..1"
            for tag, level in (getattr(data, field, None) or {}).items()
            if not 0 <= level <= 1
        ]
    expires_at = getattr(data, "expires_at", None)
    if expires_at is not None and expires_at.tzinfo is None:
        found.append("expires_at has no time zone")
    if isinstance(data, ModelReleased | ModelPriced) and data.price is not None:
        found += _price_faults(data.price)
    if isinstance(data, HealthDeclared) and not 0 < data.ttl_s <= 86_400:  # noqa: PLR2004 - a day
        found.append(f"ttl_s is {data.ttl_s}, outside 0..86400")
    if (
        isinstance(data, EndpointObserved)
        and data.latency_ms is not None
        and not 0 <= data.latency_ms < MAX_LATENCY_MS
    ):
        found.append(f"latency_ms is {data.latency_ms}")
    return found


def _price_faults(price: Price) -> list[str]:
    if price.currency != CURRENCY:
        return [f"price.currency is {price.currency}; prices are in {CURRENCY}"]
    return [
        f"price.{field} is {amount} dollars per million tokens"
        for part in (price, *price.tiers, *price.windows)
        for field in ("input", "output", "cached_read", "cache_write", "per_request")
        if (amount := getattr(part, field, None)) is not None
        and not (amount.is_finite() and 0 <= amount <= MAX_PRICE_PER_MTOK)
    ]
