from datetime import date

import pytest

from routeyard.domain.errors import InvalidCatalog
from services.registry.catalogs.openrouter import parse
from services.registry.catalogs.parsed import ParsedCatalog
from tests.domain.catalogs.rows import document, omitted, only, refused


def row(fields: str) -> ParsedCatalog:
    return parse(document(f'{{"data": [{{{fields}}}]}}'))


def test_a_row_says_all_it_states() -> None:
    parsed = row(
        """"id": "x/one", "name": "One", "context_length": 1000000,
        "architecture": {"input_modalities": ["text", "file"], "output_modalities": ["text"]},
        "pricing": {"prompt": "0.00003", "completion": "0.00015", "input_cache_read": "0.000003"},
        "top_provider": {"max_completion_tokens": 128000}, "expiration_date": "2026-05-15",
        "supported_parameters": ["tools", "response_format", "max_tokens"]"""
    )
    one = only(parsed)
    assert (one.provider, one.native_id) == ("openrouter", "x/one")
    assert one.price is not None
    assert [str(one.price.input), str(one.price.output), str(one.price.cached_read)] == [
        "30",
        "150",
        "3",
    ]
    assert one.retires_on == date(2026, 5, 15)
    assert one.modalities_in == ("pdf", "text")
    assert one.capabilities == {
        "tool_use": 1.0,
        "json_mode": 1.0,
        "prompt_caching": 1.0,
        "pdf_input": 1.0,
        "vision": 0.0,
        "audio_input": 0.0,
        "video_input": 0.0,
        "long_context": 1.0,
    }


def test_a_real_model_priced_minus_one_has_no_price() -> None:
    parsed = row('"id": "x/one", "pricing": {"prompt": "-1", "completion": "0.00001"}')
    one = only(parsed)
    assert one.price is not None
    assert one.price.input is None
    assert one.price.output == 10
    assert omitted(parsed) == [("x/one", "prompt is negative")]


def test_a_router_is_not_a_model() -> None:
    parsed = row('"id": "openrouter/auto", "architecture": {"tokenizer": "Router"}')
    assert refused(parsed) == {"openrouter/auto": "a router that picks a model, not a model"}


def test_a_moving_alias_is_not_a_model() -> None:
    assert "alias" in refused(row('"id": "~openai/gpt-latest"'))["~openai/gpt-latest"]


def test_a_price_that_is_prose_is_left_out() -> None:
    parsed = row('"id": "x/one", "pricing": {"prompt": "not-a-number"}')
    assert only(parsed).price is None
    assert omitted(parsed) == [("x/one", "prompt is not a number")]


def test_a_row_without_an_id_is_refused() -> None:
    parsed = parse(document('{"data": [{"name": "x"}, 3]}'))
    assert refused(parsed) == {"row 0": "has no id", "row 1": "not an object"}
    assert parsed.rows == 2


def test_another_document_is_no_catalog() -> None:
    with pytest.raises(InvalidCatalog):
        parse(document('{"models": []}'))
