"""What single values in catalogs mean. Each function gives the value or says why it cannot."""

import re
from datetime import UTC, date, datetime
from decimal import Decimal, InvalidOperation

from routeyard.domain.value import canonical_decimal

PER_MILLION = Decimal(1_000_000)
PER_UNIT = Decimal(1)
DEAREST = Decimal(100_000)
CHEAPEST = Decimal("0.000001")
LONGEST = 1_000_000_000
LARGEST = 10**15

_COUNT = re.compile(r"(\d{1,10})(?: ?([KkMm]))?(?: tokens)?")
_POINTED_THOUSANDS = re.compile(r"\d{1,3}(?:\.\d{3})+")
_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_WRITTEN_DAY = re.compile(r"([A-Za-z]{3})[a-z]* (\d{1,2}), (\d{4})")
_WRITTEN_MONTH = re.compile(r"([A-Za-z]{3})[a-z]* (\d{4})")
_PARAMETERS = re.compile(r"(\d{1,6}(?:\.\d{1,6})?) ?([KMBTkmbt])")
_WEIGHTS = {"K": 10**3, "M": 10**6, "B": 10**9, "T": 10**12}
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
    """A day written as YYYY-MM-DD, or as YAML reads it."""
    if isinstance(raw, date):
        return raw.date() if isinstance(raw, datetime) else raw
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


def written_day(raw: object) -> date:
    """A day written as `Aug 22, 2024` or `June 9, 2026`."""
    match = _WRITTEN_DAY.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if match is None:
        raise UnusableError("names no day" if _month(raw) else "is prose, not a date")
    try:
        return date(int(match[3]), _MONTHS.index(match[1].lower()) + 1, int(match[2]))
    except ValueError:
        raise UnusableError("is no day of the calendar") from None


def written_month(raw: object) -> str:
    """A month written as `Mar 2024` or `January 2026`, as YYYY-MM."""
    match = _month(raw)
    if match is None or match[1].lower() not in _MONTHS:
        raise UnusableError("is prose, not a month")
    return f"{match[2]}-{_MONTHS.index(match[1].lower()) + 1:02}"


def moment(raw: object) -> date:
    """The day, in UTC, of a moment written as ISO 8601 or as seconds since 1970."""
    try:
        if isinstance(raw, str):
            stated = datetime.fromisoformat(raw)
            return (stated if stated.tzinfo else stated.replace(tzinfo=UTC)).astimezone(UTC).date()
        if isinstance(raw, (int, Decimal)) and not isinstance(raw, bool):
            return datetime.fromtimestamp(int(raw), UTC).date()
    except (ValueError, OverflowError, OSError, InvalidOperation):
        pass
    raise UnusableError("is no moment in time")


def parameter_count(raw: object) -> int:
    """A number of weights: `7.6B`, `137M`, or the number itself."""
    match = _PARAMETERS.fullmatch(raw.strip()) if isinstance(raw, str) else None
    if match is None and isinstance(raw, str):
        raise UnusableError("is not a number of weights")
    scale = 1 if match is None else _WEIGHTS[match[2].upper()]
    number = _decimal(raw if match is None else match[1])
    # Compared before scaling: an exponent of a million digits must not be multiplied or written.
    if not 0 < number <= LARGEST or (number * scale) % 1:
        raise UnusableError("is not a number of weights")
    return int(number * scale)


def score(raw: object) -> float:
    """A level or a quality score in 0..1."""
    if isinstance(raw, bool) or not isinstance(raw, (int, float, Decimal)) or not 0 <= raw <= 1:
        raise UnusableError("is not a number from 0 to 1")
    return float(raw)


def _month(raw: object) -> re.Match[str] | None:
    return _WRITTEN_MONTH.fullmatch(raw.strip()) if isinstance(raw, str) else None


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
