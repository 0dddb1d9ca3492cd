"""The one shape of a domain value: frozen, and silent about defaults when written."""

from __future__ import annotations

from decimal import Decimal

import msgspec


class Value(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True, gc=False):
    """Unknown fields are ignored on reading: a newer writer may add optional ones."""


class StrictValue(Value, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Unknown fields are refused on reading: what a caller asks for is never half understood."""


def canonical_decimal(number: Decimal) -> Decimal:
    """`2.50`, `2.5` and `25E-1` become the same `2.5`, so that equal money has equal bytes."""
    return Decimal(0) if number == 0 else Decimal(format(number.normalize(), "f"))
