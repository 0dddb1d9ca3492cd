"""What single values in catalogs mean. Each function gives the value or says why it cannot."""

import re
from datetime import date
from decimal import Decimal, InvalidOperation

from routeyard.domain.value import canonical_decimal

PER_MILLION = Decimal(1_000_000)
PER_UNIT = Decimal(1)
DEAREST = Decimal(100_000)
CHEAPEST = Decimal("0.000001")
LONGEST = 1_000_000_000

_COUNT = re.compile(r"(\d{1,10})(?: ?([KkMm]))?(?: tokens)?")
_POINTED_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+")
_SCALE = {"": 1, "k": 1_000, "m": 1_000_000}


class UnusableError(ValueError):
    """A value that is not what its field promises; the message completes "<field> ..."."""


def dollars(raw: object, factor: Decimal) -> Decimal:
    """An amount of money times `factor`, made from the text of the number, never a float."""
    number = _decimal(raw)
    if number < 0:
        raise UnusableError("is negative")
    # Compared before scaling: an exponent of a million digits must not be multiplied or written.
    if number and not CHEAPEST / factor <= number <= DEAREST / factor:
        raise UnusableError(f"is not between ${CHEAPEST:f} and ${DEAREST:,}")
    return canonical_decimal(number * factor)


def token_count(raw: object) -> int:
    """A number of tokens; `256K tokens` is 256,000, the smaller of its two readings."""
    count = _count_of_text(raw.strip()) if isinstance(raw, str) else _whole(raw)
    if count == 0:
        raise UnusableError("is 0, which says nothing")
    if not 0 < count <= LONGEST:
        raise UnusableError("is not a number of tokens")
    return count


def calendar_day(raw: object) -> date:
    """A day written as YYYY-MM-DD."""
    if not isinstance(raw, str):
        raise UnusableError("is not a date")
    if re.fullmatch(r"\d{4}(-\d{2})?", raw):
        raise UnusableError("names no day")
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", raw):
        raise UnusableError("is prose, not a date")
    try:
        return date.fromisoformat(raw)
    except ValueError:
        raise UnusableError("is no day of the calendar") from None


def score(raw: object) -> float:
    """A level or a quality score in 0..1."""
    if isinstance(raw, bool) or not isinstance(raw, (int, float, Decimal)) or not 0 <= raw <= 1:
        raise UnusableError("is not a number from 0 to 1")
    return float(raw)


def _decimal(raw: object) -> Decimal:
    if isinstance(raw, bool) or not isinstance(raw, (int, str, Decimal)):
        raise UnusableError("is not a number")
    try:
        number = Decimal(raw)
    except InvalidOperation:
        raise UnusableError("is not a number") from None
    if not number.is_finite():
        raise UnusableError("is not a number")
    return number


def _count_of_text(text: str) -> int:
    match = _COUNT.fullmatch(text)
    if match:
        return int(match[1]) * _SCALE[(match[2] or "").lower()]
    if _POINTED_THOUSANDS.fullmatch(text):
        raise UnusableError("may mean a fraction or thousands")
    raise UnusableError("is not a number of tokens")


def _whole(raw: object) -> int:
    number = _decimal(raw)
    if number.adjusted() > len(str(LONGEST)) or number != number.to_integral_value():
        raise UnusableError("is not a number of tokens")
    return int(number)
