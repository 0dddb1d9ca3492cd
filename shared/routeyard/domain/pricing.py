"""What a call costs, by its length."""

from __future__ import annotations

from decimal import Decimal

import numpy as np

from routeyard.domain.catalog import Price
from routeyard.domain.resolution import Requirement
from routeyard.domain.snapshot import MAX_TIERS, Column, Snapshot

_MTOK = Decimal(1_000_000)


def at_size(snapshot: Snapshot, name: str, input_tokens: int) -> Column:
    """A price column as it holds for prompts of that length."""
    column = snapshot.columns[name]
    for number in range(MAX_TIERS):
        above = snapshot.columns.get(f"tier{number}.above")
        if above is None:
            break
        reached = input_tokens > above
        if not reached.any():
            break
        column = np.where(reached, snapshot.columns[f"tier{number}.{name}"], column)
    return column


def cost_estimate(price: Price | None, requirement: Requirement) -> Decimal | None:
    """What the call would cost in US dollars, exactly; None when a price is unknown."""
    if price is None:
        return None
    estimate = requirement.estimate
    input_price, output_price = price.input, price.output
    for tier in price.tiers:
        if estimate.input_tokens > tier.above_input_tokens:
            input_price = tier.input if tier.input is not None else input_price
            output_price = tier.output if tier.output is not None else output_price
    if input_price is None or output_price is None:
        return None
    tokens = input_price * estimate.input_tokens + output_price * estimate.output_tokens
    return tokens / _MTOK + (price.per_request or Decimal(0))
