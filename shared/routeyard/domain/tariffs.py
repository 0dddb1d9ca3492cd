"""Prices of all slots for a prompt of some length at some time of day, as columns."""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Mapping
from datetime import time
from decimal import Decimal
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from routeyard.domain.catalog import Price, PriceTier, PriceWindow

Column = NDArray[np.float64]
RATES = ("input", "output", "cached_read")
PRICES = (*RATES, "per_request")


class Rates(NamedTuple):
    """Dollars per million tokens; None is unknown."""

    input: Decimal | None
    output: Decimal | None
    cached_read: Decimal | None


class Tariffs:
    """The slots whose price depends on the length of a prompt or the time of day.

    `lengths` and `times` are where any of them changes. What they cost in between is worked out
    when it is first asked for.
    """

    def __init__(self, special: Mapping[int, Price]) -> None:
        self.special = special
        tiers = {tier.above_input_tokens for price in special.values() for tier in price.tiers}
        windows = [window for price in special.values() for window in price.windows]
        self.lengths = sorted(tiers)
        self.times = sorted({at for window in windows for at in hours(window)})
        self._slots = np.array(sorted(special), dtype=np.intp)
        self._columns: dict[tuple[int, int], tuple[Column, ...]] = {}

    def bracket(self, input_tokens: int, at: time) -> tuple[int, int]:
        """Where a length and a time lie between the changes; what is in one costs the same."""
        return bisect_left(self.lengths, input_tokens), bisect_right(self.times, at) if (
            self.times
        ) else 0

    def patch(self, columns: Mapping[str, Column], bracket: tuple[int, int]) -> list[Column]:
        """Copies of the RATES columns as they are in a bracket."""
        if bracket not in self._columns:
            self._columns[bracket] = self._at(bracket)
        patched = [columns[name].copy() for name in RATES]
        for column, values in zip(patched, self._columns[bracket], strict=True):
            column[self._slots] = values
        return patched

    def _at(self, bracket: tuple[int, int]) -> tuple[Column, ...]:
        length, moment = bracket
        tokens = self.lengths[length - 1] + 1 if length else 0
        at = self.times[moment - 1] if self.times else time()
        found = [rates(self.special[int(slot)], tokens, at) for slot in self._slots]
        return tuple(
            np.array([unknown_as_infinite(getattr(each, name)) for each in found]) for name in RATES
        )


def is_special(price: Price | None) -> bool:
    """Whether it depends on more than the tokens."""
    return price is not None and bool(price.tiers or price.windows)


def rates(price: Price, input_tokens: int, at: time) -> Rates:
    """What a price comes to for a prompt of that length at that time of day (UTC)."""
    found = Rates(price.input, price.output, price.cached_read)
    for window in price.windows:
        if is_within(window, at):
            found = _replaced(found, window)
    for tier in price.tiers:
        if input_tokens > tier.above_input_tokens:
            found = _replaced(found, tier)
    return found


def is_within(window: PriceWindow, at: time) -> bool:
    """Whether a window is open; one whose end is not after its start goes on past midnight."""
    start, end = hours(window)
    if start < end:
        return start <= at < end
    return at >= start or at < end


def hours(window: PriceWindow) -> tuple[time, time]:
    """When a window opens and closes; a zone that is written nevertheless is taken for UTC."""
    return window.start.replace(tzinfo=None), window.end.replace(tzinfo=None)


def unknown_as_infinite(amount: Decimal | None) -> float:
    """A price as a number; nobody is charged an unknown one, so it compares as the highest."""
    return math.inf if amount is None else float(amount)


def _replaced(found: Rates, by: PriceWindow | PriceTier) -> Rates:
    return Rates(
        found.input if by.input is None else by.input,
        found.output if by.output is None else by.output,
        found.cached_read if by.cached_read is None else by.cached_read,
    )
