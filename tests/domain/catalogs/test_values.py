from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.registry.catalogs.values import (
    PER_MILLION,
    PER_UNIT,
    UnusableError,
    calendar_day,
    dollars,
    moment,
    parameter_count,
    score,
    token_count,
)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (Decimal("0.00000125"), "1.25"),
        (Decimal("1.25E-6"), "1.25"),
        ("0.000003", "3"),
        (0, "0"),
        (Decimal("0.1"), "100000"),
    ],
)
def test_a_price_per_token_becomes_one_per_million_by_its_text(raw: object, expected: str) -> None:
    assert str(dollars(raw, PER_MILLION)) == expected


@pytest.mark.parametrize(
    "raw",
    [
        "-1",
        Decimal("-0.5"),
        "NaN",
        "Infinity",
        "not-a-number",
        0.5,
        True,
        [],
        Decimal("100000.01"),
        "1e999999",
        "1e-999999",
    ],
)
def test_an_impossible_price_is_refused(raw: object) -> None:
    with pytest.raises(UnusableError):
        dollars(raw, PER_UNIT)


def test_a_price_per_token_is_bounded_after_scaling() -> None:
    with pytest.raises(UnusableError, match="not between"):
        dollars("0.11", PER_MILLION)


@given(st.decimals(min_value="0.00001", max_value="99999", places=7))
def test_equal_prices_are_equal_however_they_are_written(amount: Decimal) -> None:
    assert str(dollars(f"{amount:E}", PER_UNIT)) == str(dollars(f"{amount:f}", PER_UNIT))


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (128_000, 128_000),
        (Decimal("256000.0"), 256_000),
        ("32768", 32_768),
        ("256K tokens", 256_000),
        ("1M", 1_000_000),
    ],
)
def test_a_context_is_read(raw: object, expected: int) -> None:
    assert token_count(raw) == expected


@pytest.mark.parametrize(
    "raw",
    ["204.800", Decimal("204.8"), 0, "0", -1, "-5", "max input tokens", 2**40, True, None, "1e9"],
)
def test_a_context_that_is_not_one_is_refused(raw: object) -> None:
    with pytest.raises(UnusableError):
        token_count(raw)


def test_pointed_thousands_say_why() -> None:
    with pytest.raises(UnusableError, match="fraction or thousands"):
        token_count("204.800")


@pytest.mark.parametrize("raw", ["soon", "2025-02-30", "2025-04", "2025", 20250401, "20250401"])
def test_a_date_that_names_no_day_is_refused(raw: object) -> None:
    with pytest.raises(UnusableError):
        calendar_day(raw)


@pytest.mark.parametrize("raw", [-0.1, 1.1, "0.5", True, None])
def test_a_score_outside_its_range_is_refused(raw: object) -> None:
    with pytest.raises(UnusableError):
        score(raw)


@pytest.mark.parametrize(
    ("raw", "expected"),
    [("7.6B", 7_600_000_000), ("137M", 137_000_000), ("1.5 t", 1_500_000_000_000), (8, 8)],
)
def test_weights_are_counted(raw: object, expected: int) -> None:
    assert parameter_count(raw) == expected


@pytest.mark.parametrize(
    "raw", ["", "7", "B", "-7B", "7.5555555555B", 0, -1, 0.5, True, None, [], "1e9", 10**16]
)
def test_what_counts_no_weights_is_refused(raw: object) -> None:
    with pytest.raises(UnusableError):
        parameter_count(raw)


@pytest.mark.parametrize(
    ("raw", "day"),
    [
        (0, "1970-01-01"),
        (1778012060, "2026-05-05"),
        ("2026-05-01T00:30:00+02:00", "2026-04-30"),
        ("2026-05-01T23:59:59", "2026-05-01"),
    ],
)
def test_a_moment_is_a_day_in_utc(raw: object, day: str) -> None:
    assert moment(raw).isoformat() == day


@pytest.mark.parametrize("raw", [True, None, "soon", 10**30, -(10**30), Decimal("NaN"), [], "9"])
def test_what_is_no_moment_is_refused(raw: object) -> None:
    with pytest.raises(UnusableError):
        moment(raw)
