from datetime import date
from decimal import Decimal

import pytest

from routeyard.domain.catalog import Mode, PriceTier
from routeyard.domain.errors import InvalidCatalog
from services.registry.catalogs.litellm import parse
from tests.domain.catalogs.rows import (
    announced_first,
    document,
    omitted,
    only,
    providers,
    refused,
)

TEMPLATE = """"sample_spec": {"litellm_provider": "one of https://docs.litellm.ai/docs/providers",
  "mode": "one of: chat, embedding", "max_input_tokens": "max input tokens, if specified",
  "deprecation_date": "date in the format YYYY-MM-DD", "input_cost_per_token": 0.0}"""


def test_a_row_says_all_it_states() -> None:
    parsed = parse(
        document(
            """{"gpt-4o": {"litellm_provider": "openai", "mode": "chat", "max_input_tokens": 128000,
            "max_output_tokens": 16384, "input_cost_per_token": 2.5e-06,
            "output_cost_per_token": 1e-05, "cache_read_input_token_cost": 1.25e-06,
            "supports_function_calling": true, "supports_vision": true,
            "supports_computer_use": false, "deprecation_date": "2026-11-19"}}"""
        )
    )
    row = only(parsed)
    assert (row.provider, row.native_id, row.mode) == ("openai", "gpt-4o", Mode.CHAT)
    assert row.retires_on == date(2026, 11, 19)
    assert row.lifecycle is None
    assert row.price is not None
    assert [str(row.price.input), str(row.price.output), str(row.price.cached_read)] == [
        "2.5",
        "10",
        "1.25",
    ]
    assert row.capabilities == {
        "tool_use": 1.0,
        "vision": 1.0,
        "computer_use": 0.0,
        "long_context": 1.0,
    }


def test_the_template_is_not_a_model() -> None:
    parsed = parse(document(f"{{{TEMPLATE}}}"))
    assert parsed.rows == len(parsed.refusals) == 1
    assert "template" in refused(parsed)["sample_spec"]


@pytest.mark.parametrize(
    ("row", "provider", "native_id"),
    [
        ("bedrock/us-east-1/anthropic.claude-v1", "bedrock", "us-east-1/anthropic.claude-v1"),
        ("anthropic.claude-v1", "bedrock_converse", "anthropic.claude-v1"),
        ("together_ai/deepseek-ai/DeepSeek-V3", "together_ai", "deepseek-ai/DeepSeek-V3"),
        (
            "vertex_ai/claude-3-5-haiku@20241022",
            "vertex_ai-anthropic_models",
            "claude-3-5-haiku@20241022",
        ),
        ("gemini/gemini-2.5-pro", "gemini", "gemini-2.5-pro"),
        ("azure/eu/gpt-4o", "azure", "eu/gpt-4o"),
        ("perplexity/perplexity/glm-5.2", "perplexity", "perplexity/glm-5.2"),
        ("1024-x-1024/dall-e-3", "openai", "1024-x-1024/dall-e-3"),
    ],
)
def test_a_routing_prefix_is_no_part_of_a_name_and_a_region_is(
    row: str, provider: str, native_id: str
) -> None:
    parsed = parse(document(f'{{"{row}": {{"litellm_provider": "{provider}"}}}}'))
    assert only(parsed).native_id == native_id


@pytest.mark.parametrize(
    ("named", "canonical"),
    [
        ("bedrock", "amazon-bedrock"),
        ("bedrock_converse", "amazon-bedrock"),
        ("vertex_ai-llama_models", "google-vertex"),
        ("vertex_ai", "google-vertex"),
        ("gemini", "google"),
        ("together_ai", "togetherai"),
        ("azure_ai", "azure"),
        ("fireworks_ai-embedding-models", "fireworks-ai"),
        ("text-completion-openai", "openai"),
        ("chatgpt", "chatgpt"),
        ("Some_New Provider".replace(" ", "_"), "some-new-provider"),
    ],
)
def test_providers_go_by_one_name(named: str, canonical: str) -> None:
    parsed = parse(document(f'{{"m": {{"litellm_provider": "{named}"}}}}'))
    assert providers(parsed) == [canonical] == [only(parsed).provider]
    assert announced_first(parsed)


def test_of_two_rows_for_one_offering_the_first_by_name_stands() -> None:
    rows = [
        '"zai/glm": {"litellm_provider": "zai", "max_input_tokens": 2}',
        '"glm": {"litellm_provider": "zai", "max_input_tokens": 1}',
    ]
    for text in (",".join(rows), ",".join(reversed(rows))):
        parsed = parse(document(f"{{{text}}}"))
        assert only(parsed).context == 1
        assert refused(parsed) == {"zai/glm": "same model listed twice"}


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("embedding", Mode.EMBEDDING),
        ("image_edit", Mode.IMAGE),
        ("responses", Mode.CHAT),
        ("audio_transcription", Mode.TRANSCRIPTION),
        ("vector_store", Mode.OTHER),
    ],
)
def test_rows_of_every_mode_are_kept(mode: str, expected: Mode) -> None:
    parsed = parse(document(f'{{"m": {{"litellm_provider": "p", "mode": "{mode}"}}}}'))
    assert only(parsed).mode is expected


def test_tiers_stand_in_the_names_of_fields() -> None:
    parsed = parse(
        document(
            """{"m": {"litellm_provider": "p", "input_cost_per_token": 1e-6,
            "input_cost_per_token_above_200k_tokens": 2e-6,
            "output_cost_per_token_above_200k_tokens": 4e-6,
            "cache_read_input_token_cost_above_128k_tokens": 1e-7,
            "input_cost_per_token_above_272k_tokens_priority": 9e-6}}"""
        )
    )
    row = only(parsed)
    assert row.price is not None
    assert row.price.tiers == (
        PriceTier(above_input_tokens=128_000, cached_read=Decimal("0.1")),
        PriceTier(above_input_tokens=200_000, input=Decimal(2), output=Decimal(4)),
    )


def test_tiers_stand_in_a_list_of_ranges_too() -> None:
    parsed = parse(
        document(
            """{"m": {"litellm_provider": "p", "tiered_pricing": [
            {"input_cost_per_token": 5e-8, "range": [0, 256000.0]},
            {"input_cost_per_token": 2.5e-7, "range": [256000.0, 1000000.0]},
            {"input_cost_per_token": 1, "max_results_range": [0, 25]}]}}"""
        )
    )
    row = only(parsed)
    assert row.price is not None
    assert row.price.input == Decimal("0.05")
    assert row.price.tiers == (PriceTier(above_input_tokens=256_000, input=Decimal("0.25")),)
    assert omitted(parsed) == [
        ("m", "tiered_pricing has an entry without a range of prompt lengths")
    ]


def test_a_range_from_zero_is_no_tier() -> None:
    parsed = parse(
        document(
            """{"m": {"litellm_provider": "p", "input_cost_per_token": 1e-6, "tiered_pricing": [
            {"input_cost_per_token": 1e-6, "range": [0, 1000]},
            {"input_cost_per_token": 2e-6, "range": [1000, 2000]}]}}"""
        )
    )
    row = only(parsed)
    assert row.price is not None
    assert row.price.tiers == (PriceTier(above_input_tokens=1000, input=Decimal(2)),)


def test_what_cannot_be_a_model_is_refused_by_name() -> None:
    parsed = parse(
        document(
            """{"a": 1, "b": {}, "together-ai-8.1b-21b": {"litellm_provider": "together_ai"},
            "fireworks-ai-default": {"litellm_provider": "fireworks_ai"}}"""
        )
    )
    assert refused(parsed) == {
        "a": "not an object",
        "b": "names no litellm_provider",
        "together-ai-8.1b-21b": "a price for models of a size, not a model",
        "fireworks-ai-default": "a price for models of a size, not a model",
    }


def test_prose_where_a_value_belongs_is_left_out() -> None:
    parsed = parse(
        document(
            """{"m": {"litellm_provider": "p", "deprecation_date": "soon",
            "max_input_tokens": "many", "supports_vision": "yes", "input_cost_per_token": "-1"}}"""
        )
    )
    row = only(parsed)
    assert (row.retires_on, row.context, row.price, row.capabilities) == (None, None, None, {})
    assert len(parsed.omissions) == 4


def test_another_document_is_no_catalog() -> None:
    with pytest.raises(InvalidCatalog):
        parse(document("[]"))
