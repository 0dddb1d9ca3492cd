"""What a call costs, by its length, the hour, and how much of its prompt is cached already."""

from __future__ import annotations

from collections.abc import Hashable
from decimal import Decimal
from typing import NamedTuple

from routeyard.domain.catalog import Price
from routeyard.domain.resolution import Inputs
from routeyard.domain.snapshot import Column, Snapshot
from routeyard.domain.tariffs import Rates, rates


class Prices(NamedTuple):
    """Dollars per million tokens by slot, infinite where unknown.

    `per_request`: dollars per call; None where no call has a price of its own.
    """

    bracket: tuple[int, int]
    input: Column
    output: Column
    cached_read: Column
    per_request: Column | None


def prices_for(snapshot: Snapshot, inputs: Inputs) -> Prices:
    """The prices as they hold for prompts of that length now."""
    tokens, now = inputs.requirement.estimate.input_tokens, inputs.now
    bracket = snapshot.tariffs.bracket(tokens, now.time())
    key: Hashable = ("prices", bracket)
    held: Prices | None = snapshot.priced.get(key)
    if held is None:
        columns = snapshot.columns
        paid_in, paid_out, cached = snapshot.tariffs.patch(columns, bracket)
        each = columns["per_request"]
        held = Prices(bracket, paid_in, paid_out, cached, each if each.any() else None)
        snapshot.priced[key] = held
    return held


def cost_estimate(price: Price | None, inputs: Inputs, endpoint: str) -> Decimal | None:
    """What the call would cost in US dollars, exactly; None when a price is unknown."""
    if price is None:
        return None
    estimate, paid = inputs.requirement.estimate, _paid(price, inputs)
    if paid.input is None or paid.output is None:
        return None
    total = paid.input * estimate.input_tokens + paid.output * estimate.output_tokens
    if inputs.warm and paid.cached_read is not None:
        total -= (paid.input - paid.cached_read) * warm_tokens(inputs, endpoint)
    # Moving the point is exact, and much faster than dividing by a million.
    total = total.scaleb(-6)
    return total if price.per_request is None else total + price.per_request


def paid_at(snapshot: Snapshot, inputs: Inputs, slot: int, name: str) -> Decimal | None:
    """The exact price of `input` or `output` at a slot; None when it is unknown."""
    held = snapshot.slots[slot]
    if held is None or held.offering.price is None:
        return None
    paid = _paid(held.offering.price, inputs)
    return paid.input if name == "input" else paid.output


def _paid(price: Price, inputs: Inputs) -> Rates | Price:
    if price.tiers or price.windows:
        return rates(price, inputs.requirement.estimate.input_tokens, inputs.now.time())
    return price


def warm_tokens(inputs: Inputs, endpoint: str) -> int:
    """How much of the prompt an endpoint has in its cache, and never more than all of it."""
    held = inputs.warm.get(endpoint)
    return 0 if held is None else min(held, inputs.requirement.estimate.input_tokens)
