"""Parts of entities: prices, levels, states of health."""

import datetime as dt
from decimal import Decimal

import strawberry

from routeyard.domain import catalog
from routeyard.domain.health import EndpointHealth, HealthState
from services.registry.graphql.described import described
from services.registry.reads import StateChange


@described
class PriceTier:
    """Prices that replace the base ones for prompts longer than `aboveInputTokens`."""

    above_input_tokens: int
    input: str | None
    output: str | None
    cached_read: str | None
    cache_write: str | None

    @classmethod
    def of(cls, tier: catalog.PriceTier) -> "PriceTier":
        """As GraphQL shows it."""
        return cls(
            above_input_tokens=tier.above_input_tokens,
            input=amount(tier.input),
            output=amount(tier.output),
            cached_read=amount(tier.cached_read),
            cache_write=amount(tier.cache_write),
        )


@described
class PriceWindow:
    """Prices that replace the base ones daily from `start` until before `end`, both in UTC."""

    start: dt.time
    end: dt.time
    input: str | None
    output: str | None
    cached_read: str | None
    cache_write: str | None

    @classmethod
    def of(cls, window: catalog.PriceWindow) -> "PriceWindow":
        """As GraphQL shows it."""
        return cls(
            start=window.start,
            end=window.end,
            input=amount(window.input),
            output=amount(window.output),
            cached_read=amount(window.cached_read),
            cache_write=amount(window.cache_write),
        )


@described
class Price:
    """US dollars per million tokens, exact decimals as text (`perRequest`: per call).

    Null is unknown, never free.
    """

    input: str | None
    output: str | None
    cached_read: str | None
    cache_write: str | None
    per_request: str | None
    tiers: list[PriceTier]
    windows: list[PriceWindow]

    @classmethod
    def of(cls, price: catalog.Price) -> "Price":
        """As GraphQL shows it."""
        return cls(
            input=amount(price.input),
            output=amount(price.output),
            cached_read=amount(price.cached_read),
            cache_write=amount(price.cache_write),
            per_request=amount(price.per_request),
            tiers=[PriceTier.of(tier) for tier in price.tiers],
            windows=[PriceWindow.of(window) for window in price.windows],
        )


def amount(number: Decimal | None) -> str | None:
    """`0.0000001`, never `1E-7`."""
    return None if number is None else format(number, "f")


@described
class Health:
    """An endpoint's state seen from a zone; UNKNOWN once `expiresAt` is over."""

    zone: str
    state: HealthState
    latency_ms: float | None
    reason: str
    since: dt.datetime
    observed_at: dt.datetime
    expires_at: dt.datetime
    is_declared: bool = strawberry.field(description="Stated by a source, not seen by probes.")

    @classmethod
    def of(cls, health: EndpointHealth, now: dt.datetime) -> "Health":
        """As GraphQL shows it."""
        return cls(
            zone=health.zone,
            state=health.state_at(now),
            latency_ms=health.latency_ms,
            reason=health.reason,
            since=health.since,
            observed_at=health.observed_at,
            expires_at=health.expires_at,
            is_declared=health.is_declared,
        )


@described
class HealthChange:
    """A state that began."""

    zone: str
    state: HealthState
    since: dt.datetime
    reason: str

    @classmethod
    def of(cls, change: StateChange) -> "HealthChange":
        """As GraphQL shows it."""
        return cls(zone=change.zone, state=change.state, since=change.since, reason=change.reason)
