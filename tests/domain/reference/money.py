"""What a call costs at a candidate."""

from datetime import time
from decimal import Decimal

from routeyard.domain.catalog import PriceTier, PriceWindow
from tests.domain.reference.asked import Asked, Candidate

Rates = dict[str, Decimal | None]
RATES = ("input", "output", "cached_read")


def rates(asked: Asked, candidate: Candidate) -> Rates:
    """Dollars per million tokens for a prompt of that length at this time of day."""
    price = candidate.offering.price
    if price is None:
        return dict.fromkeys(RATES)
    found: Rates = {name: getattr(price, name) for name in RATES}
    for window in price.windows:
        if is_open(window, asked.inputs.now.time()):
            replace(found, window)
    for tier in price.tiers:
        if asked.wanted.estimate.input_tokens > tier.above_input_tokens:
            replace(found, tier)
    return found


def replace(found: Rates, by: PriceTier | PriceWindow) -> None:
    for name in RATES:
        if getattr(by, name) is not None:
            found[name] = getattr(by, name)


def is_open(window: PriceWindow, at: time) -> bool:
    if window.end > window.start:
        return window.start <= at < window.end
    return not window.end <= at < window.start


def warm(asked: Asked, candidate: Candidate) -> int:
    """How many tokens of the prompt its endpoint has read before."""
    held = asked.inputs.warm.get(candidate.endpoint.id, 0)
    return min(held, asked.wanted.estimate.input_tokens)


def cost(asked: Asked, candidate: Candidate) -> Decimal | None:
    """In US dollars, to the last digit."""
    price, paid = candidate.offering.price, rates(asked, candidate)
    into, out, again = paid["input"], paid["output"], paid["cached_read"]
    if price is None or into is None or out is None:
        return None
    estimate, known = asked.wanted.estimate, warm(asked, candidate)
    again = into if again is None else again
    read = into * (estimate.input_tokens - known) + again * known
    tokens = read + out * estimate.output_tokens
    return tokens / 1_000_000 + (price.per_request or 0)
