from datetime import date
from decimal import Decimal

import pytest

from routeyard.domain.catalog import Lifecycle, PriceTier
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


def test_of_prices_by_the_hour_the_dearest_is_taken_and_told() -> None:
    parsed = model(
        """"prices": [{"prices": {"input_mtok": 0.1, "output_mtok": 0.2}},
        {"constraint": {"start_time": "00:30:00Z", "end_time": "16:30:00Z"},
         "prices": {"input_mtok": 0.27, "output_mtok": 1.1}}]"""
    )
    row = only(parsed)
    assert row.price is not None
    assert row.price.input == Decimal("0.27")
    assert omitted(parsed) == [("acme/m", "price depends on the time of day; the dearest is taken")]


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
