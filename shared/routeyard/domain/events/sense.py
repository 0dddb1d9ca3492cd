"""What is wrong with payloads whose types are right."""

from __future__ import annotations

from collections.abc import Iterator

from routeyard.domain.catalog import Price
from routeyard.domain.events.catalog import (
    CapabilityUpdated,
    EndpointRegistered,
    EndpointRemoved,
    ModelDeprecated,
    ModelDescribed,
    ModelPriced,
    ModelRelated,
    ModelReleased,
    ModelWithdrawn,
    ProviderDescribed,
)
from routeyard.domain.events.endpoints import EndpointServed, Served
from routeyard.domain.events.health import EndpointObserved, HealthDeclared
from routeyard.domain.events.payloads import Payload
from routeyard.domain.events.rules import PlatformOverridden, TenantOverridden, override_of
from routeyard.domain.events.tenancy import TierDefined
from routeyard.domain.overrides import MAX_LIMIT, faults_of

MAX_PRICE_PER_MTOK = 100_000
MAX_TOKENS = 1_000_000_000
MAX_LATENCY_MS = 10_000_000
MAX_PARAMETERS = 10**15
MAX_TTL_S = 86_400
CURRENCY = "USD"
# Tenants' private models begin with it, and their endpoints' ids have a slash: catalogs know
# neither, so that none of their words is ever taken for one about a tenant's own.
PRIVATE = "@"
_CATALOG = (
    CapabilityUpdated
    | EndpointRegistered
    | EndpointRemoved
    | ModelDeprecated
    | ModelDescribed
    | ModelPriced
    | ModelRelated
    | ModelReleased
    | ModelWithdrawn
    | ProviderDescribed
)


def faults(data: Payload) -> list[str]:
    """What is wrong with a payload whose types are right; empty when it makes sense."""
    return list(_faults(data))


def _faults(data: Payload) -> Iterator[str]:
    for field in ("provider", "native_id", "endpoint", "model", "tenant", "name", "tier"):
        if getattr(data, field, None) == "":
            yield f"{field} is empty"
    yield from _facts(data)
    match data:
        case TenantOverridden() | PlatformOverridden():
            yield from faults_of(override_of(data))
            yield from _placed(data)
        case TierDefined():
            yield from _limits(data)
        case EndpointServed():
            for served in data.serves:
                yield from _facts(served)
        case HealthDeclared() | EndpointObserved():
            yield from _seen(data)
        case _ if isinstance(data, _CATALOG):
            yield from _reserved(data)


def _seen(data: HealthDeclared | EndpointObserved) -> Iterator[str]:
    if not data.zone or "/" in data.zone:
        yield f"zone is {data.zone!r}; a zone has a name without a slash"
    if isinstance(data, HealthDeclared) and not 0 < data.ttl_s <= MAX_TTL_S:
        yield f"ttl_s is {data.ttl_s}, outside 0..{MAX_TTL_S}"
    latency_ms = getattr(data, "latency_ms", None) or 0
    if not 0 <= latency_ms < MAX_LATENCY_MS:
        yield f"latency_ms is {latency_ms}"


def _facts(data: Payload | Served) -> Iterator[str]:
    """Numbers of models and offerings that cannot be."""
    parameters = getattr(data, "parameters", None)
    if parameters is not None and not 0 < parameters <= MAX_PARAMETERS:
        yield f"parameters is {parameters}"
    for field in ("context", "max_output"):
        tokens = getattr(data, field, None)
        if tokens is not None and not 0 < tokens <= MAX_TOKENS:
            yield f"{field} is {tokens} tokens"
    for field in ("capabilities", "quality"):
        for tag, level in (getattr(data, field, None) or {}).items():
            if not 0 <= level <= 1:
                yield f"{field}.{tag} is {level}, outside 0..1"
    if isinstance(data, ModelReleased | ModelPriced | Served) and data.price is not None:
        yield from _price_faults(data.price)


def _price_faults(price: Price) -> Iterator[str]:
    if price.currency != CURRENCY:
        yield f"price.currency is {price.currency}; prices are in {CURRENCY}"
        return
    for part in (price, *price.tiers, *price.windows):
        for field in ("input", "output", "cached_read", "cache_write", "per_request"):
            amount = getattr(part, field, None)
            if amount is not None and not (
                amount.is_finite() and 0 <= amount <= MAX_PRICE_PER_MTOK
            ):
                yield f"price.{field} is {amount} dollars per million tokens"
    for window in price.windows:
        for field, at in (("start", window.start), ("end", window.end)):
            if at.tzinfo is not None:
                yield f"price.windows.{field} is {at}; windows are in UTC, write it without a zone"


def _placed(data: TenantOverridden | PlatformOverridden) -> Iterator[str]:
    """A scope is named from the tenant down."""
    if (data.project or data.key) and not data.tenant:
        yield "a project or a key is named without its tenant"
    if getattr(data, "tenant_class", None) and data.tenant:
        yield "both a tenant class and a tenant are named; name one scope"


def _limits(data: TierDefined) -> Iterator[str]:
    for kind, value in data.limits.items():
        if not (value.is_finite() and 0 <= value <= MAX_LIMIT):
            yield f"limits.{kind} is {value}, outside 0..10^15"


def _reserved(data: _CATALOG) -> Iterator[str]:
    for field in ("provider", "model", "variant_of", "succeeded_by", "falls_back_to"):
        if (getattr(data, field, None) or "").startswith(PRIVATE):
            yield f"{field} begins with {PRIVATE}, as the private models of tenants do"
    if "/" in (getattr(data, "endpoint", None) or ""):
        yield "endpoint has a slash, as the endpoints of tenants do"
