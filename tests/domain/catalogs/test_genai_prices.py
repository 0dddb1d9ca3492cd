from datetime import date, time
from decimal import Decimal

import pytest

from routeyard.domain.catalog import Lifecycle, Price, PriceTier, PriceWindow
from routeyard.domain.errors import InvalidCatalog
from services.registry.catalogs.genai_prices import parse
from services.registry.catalogs.parsed import ParsedCatalog
from tests.domain.catalogs.rows import document, omitted, only, providers, refused

TODAY = date(2026, 3, 13)


def model(fields: str, on: date = TODAY, provider: str = "acme") -> ParsedCatalog:
    text = f'[{{"id": "{provider}", "name": "Acme", "models": [{{"id": "m", {fields}}}]}}]'
    return parse(document(text), on)


def test_a_row_says_all_it_states() -> None:
    row = only(
        model(
            """"name": "M", "context_window": 200000, "deprecated": true,
            "prices": {"input_mtok": 0.8, "output_mtok": 4, "cache_read_mtok": 0.08,
            "cache_write_mtok": 1, "requests_kcount": 5}"""
        )
    )
    assert (row.name, row.context, row.lifecycle) == ("M", 200_000, Lifecycle.DEPRECATED)
    assert row.price is not None
    assert (str(row.price.input), str(row.price.per_request)) == ("0.8", "0.005")
    assert row.capabilities == {"prompt_caching": 1.0, "long_context": 1.0}


@pytest.mark.parametrize(
    ("on", "expected"), [(date(2026, 3, 12), 5), (date(2026, 3, 13), 4), (date(2027, 1, 1), 3)]
)
def test_the_price_is_the_one_valid_on_the_day(on: date, expected: int) -> None:
    row = only(
        model(
            """"prices": [{"prices": {"input_mtok": 5}},
            {"constraint": {"start_date": "2026-03-13"}, "prices": {"input_mtok": 4}},
            {"constraint": {"start_date": "2027-01-01"}, "prices": {"input_mtok": 3}}]""",
            on,
        )
    )
    assert row.price is not None
    assert row.price.input == expected


HOURS = """{"constraint": {"start_time": "%s", "end_time": "%s"},
    "prices": {"input_mtok": 0.27, "output_mtok": 1.1}}"""


def hourly(*hours: tuple[str, str]) -> ParsedCatalog:
    base = '{"prices": {"input_mtok": 0.1, "output_mtok": 0.2}}'
    return model(f'"prices": [{", ".join([base, *(HOURS % each for each in hours)])}]')


def test_prices_by_the_hour_are_windows_of_the_day() -> None:
    parsed = hourly(("00:30:00Z", "16:30:00Z"))
    price = only(parsed).price
    assert price is not None
    assert price.input == Decimal("0.1")
    assert price.windows == (
        PriceWindow(
            start=time(0, 30), end=time(16, 30), input=Decimal("0.27"), output=Decimal("1.1")
        ),
    )
    assert omitted(parsed) == []


def test_hours_in_another_zone_are_told_in_utc() -> None:
    price = only(hourly(("08:30:00+08:00", "00:30:00+08:00"))).price
    assert price is not None
    assert [(each.start, each.end) for each in price.windows] == [(time(0, 30), time(16, 30))]


@pytest.mark.parametrize(
    ("hours", "reason"),
    [
        ([("9 o'clock", "10:00:00Z")], "start_time is no time of day with its zone"),
        ([("09:00:00", "10:00:00Z")], "start_time is no time of day with its zone"),
        (
            [("22:00:00Z", "02:00:00Z"), ("01:00:00Z", "03:00:00Z")],
            "price for hours that another price is for as well",
        ),
    ],
)
def test_hours_that_mean_nothing_are_left_out(hours: list[tuple[str, str]], reason: str) -> None:
    parsed = hourly(*hours)
    price = only(parsed).price
    assert price is not None
    assert len(price.windows) == len(hours) - 1
    assert omitted(parsed) == [("acme/m", reason)]


def test_a_later_price_for_all_hours_ends_the_windows() -> None:
    later = """"prices": [%s, {"constraint": {"start_date": "2026-01-01"},
        "prices": {"input_mtok": 4}}]"""
    price = only(model(later % (HOURS % ("01:00:00Z", "02:00:00Z")))).price
    assert price == Price(input=Decimal(4))


def test_a_price_from_a_day_in_prose_is_not_taken() -> None:
    parsed = model(
        """"prices": [{"prices": {"input_mtok": 5}},
        {"constraint": {"start_date": "soon"}, "prices": {"input_mtok": 4}}]"""
    )
    assert only(parsed).price == Price(input=Decimal(5))
    assert omitted(parsed) == [("acme/m", "start_date is prose, not a date")]


def test_a_price_in_another_currency_is_none() -> None:
    parsed = model('"context_window": 9, "prices": {"input_mtok": 5, "currency": "EUR"}')
    assert (only(parsed).price, only(parsed).context) == (None, 9)
    assert omitted(parsed) == [("acme/m", "price is in another currency than USD")]


def test_tiers_of_each_kind_of_token_make_one_list() -> None:
    row = only(
        model(
            """"prices": {"input_mtok": {"base": 5, "tiers": [{"start": 200000, "price": 10}]},
            "output_mtok": {"base": 25, "tiers": [{"start": 200000, "price": 37.5}]},
            "cache_read_mtok": {"base": 0.5, "tiers": [{"start": 128000, "price": 1}]}}"""
        )
    )
    assert row.price is not None
    assert row.price.input == 5
    assert row.price.tiers == (
        PriceTier(above_input_tokens=128_000, cached_read=Decimal(1)),
        PriceTier(above_input_tokens=200_000, input=Decimal(10), output=Decimal("37.5")),
    )


@pytest.mark.parametrize(
    ("named", "canonical"),
    [("aws", "amazon-bedrock"), ("x-ai", "xai"), ("huggingface_groq", "huggingface-groq")],
)
def test_providers_go_by_one_name(named: str, canonical: str) -> None:
    assert providers(model('"prices": {}', provider=named)) == [canonical]


def test_rows_that_are_none_are_refused() -> None:
    parsed = parse(document('[{"id": "acme", "models": [3, {"name": "x"}]}, {"id": "b"}]'), TODAY)
    assert refused(parsed) == {
        "acme/row 0": "has no id",
        "acme/row 1": "has no id",
        "provider 1": "not a provider with an id and models",
    }
    assert parsed.rows == 3


def test_another_document_is_no_catalog() -> None:
    with pytest.raises(InvalidCatalog):
        parse(document("{}"), TODAY)
