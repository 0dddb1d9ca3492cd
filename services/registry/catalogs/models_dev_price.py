"""Prices in models.dev: dollars per million tokens, with tiers by length of the prompt."""

from collections.abc import Iterable, Mapping

from routeyard.domain.catalog import Price, PriceTier
from services.registry.catalogs.row import Row
from services.registry.catalogs.values import PER_UNIT

_OVER_200K = 200_000
_NEARLY_ALL = 0.8


def price_of(cost: Row) -> Price | None:
    """The price a row's `cost` states; None when it states none."""
    if not cost.is_in_dollars():
        return None
    price = Price(
        input=cost.dollars("input", PER_UNIT),
        output=cost.dollars("output", PER_UNIT),
        cached_read=cost.dollars("cache_read", PER_UNIT),
        cache_write=cost.dollars("cache_write", PER_UNIT),
        tiers=_tiers(cost),
    )
    return None if price == Price() else price


def is_free(cost: object) -> bool:
    """Whether a row's `cost` is 0 for input and output alike."""
    amounts = [cost.get("input"), cost.get("output")] if isinstance(cost, Mapping) else []
    return bool(amounts) and all(amount == 0 for amount in amounts)


def states_no_price(costs: Iterable[object]) -> bool:
    """Whether the zeros among a provider's `costs` are silence: nearly all of them are zeros.

    What is sold by subscription, or runs on the reader's own machine, costs 0 in this catalog;
    a provider that gives some models away sells the others.
    """
    stated = [is_free(cost) for cost in costs if cost]
    return bool(stated) and sum(stated) >= _NEARLY_ALL * len(stated)


def _tiers(cost: Row) -> tuple[PriceTier, ...]:
    """`context_over_200k` repeats the first tier under an older name, so it only fills in."""
    stated = [tier for entry in cost.rows("tiers") if (tier := _sized(entry)) is not None]
    if not stated and (over := cost.within("context_over_200k")).fields:
        stated = [_tier(over, _OVER_200K)]
    return tuple(sorted(stated, key=lambda tier: tier.above_input_tokens))


def _sized(entry: Row) -> PriceTier | None:
    bound = entry.within("tier")
    size = bound.tokens("size")
    if (bound.text("type") or "context") != "context" or size is None:
        entry.omit("cost tier is not bounded by the length of the prompt")
        return None
    return _tier(entry, size)


def _tier(entry: Row, above: int) -> PriceTier:
    return PriceTier(
        above_input_tokens=above,
        input=entry.dollars("input", PER_UNIT),
        output=entry.dollars("output", PER_UNIT),
        cached_read=entry.dollars("cache_read", PER_UNIT),
        cache_write=entry.dollars("cache_write", PER_UNIT),
    )
