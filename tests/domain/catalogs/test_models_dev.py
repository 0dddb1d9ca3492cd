from datetime import date
from decimal import Decimal

import pytest

from routeyard.domain.catalog import Dialect, Lifecycle, Mode, Price, PriceTier
from routeyard.domain.errors import InvalidCatalog
from services.registry.catalogs.models_dev import parse
from services.registry.catalogs.parsed import ParsedCatalog
from tests.domain.catalogs.rows import (
    announced_first,
    document,
    endpoints,
    omitted,
    only,
    refused,
    releases,
)


def acme(models: str, head: str = '"npm": "@ai-sdk/openai-compatible"') -> object:
    return document(f'{{"acme": {{"name": "Acme", {head}, "models": {{{models}}}}}}}')


def test_a_row_says_all_it_states() -> None:
    parsed = parse(
        acme(
            """"one": {"id": "one", "name": "One", "family": "o", "tool_call": true,
            "reasoning": false, "open_weights": true, "knowledge": "2025-01", "status": "beta",
            "release_date": "2025-04-05", "modalities": {"input": ["text", "image"],
            "output": ["text"]}, "limit": {"context": 131072, "output": 8192},
            "cost": {"input": 0.1, "output": 2.50, "cache_read": 0.01}}"""
        )
    )
    one = only(parsed)
    assert (one.provider, one.native_id, one.endpoint, one.complete) == ("acme", "one", None, True)
    assert (one.name, one.family, one.knowledge_cutoff) == ("One", "o", "2025-01")
    assert (one.mode, one.lifecycle, one.released_on) == (
        Mode.CHAT,
        Lifecycle.PREVIEW,
        date(2025, 4, 5),
    )
    assert (one.context, one.max_output) == (131_072, 8192)
    assert one.price is not None
    assert str(one.price.input) == "0.1"
    assert str(one.price.output) == "2.5"
    assert one.capabilities == {
        "tool_use": 1.0,
        "reasoning": 0.0,
        "vision": 1.0,
        "audio_input": 0.0,
        "video_input": 0.0,
        "pdf_input": 0.0,
        "prompt_caching": 1.0,
        "long_context": 1.0,
    }


def costing(*costs: str, name: str = "m") -> ParsedCatalog:
    rows = (f'"{name}{number}": {{"cost": {cost}}}' for number, cost in enumerate(costs))
    return parse(acme(", ".join(rows)))


ZERO, DEAR = '{"input": 0, "output": 0, "cache_read": 0}', '{"input": 2, "output": 3}'
SILENT = "costs 0 where nearly everything does: sold otherwise, or run by oneself"


def test_zeros_of_a_subscription_are_no_prices() -> None:
    parsed = costing(ZERO, ZERO, ZERO, ZERO, DEAR, "{}")
    priced = [row.native_id for row in releases(parsed).values() if row.price]
    assert priced == ["m4"]
    assert [reason for _, reason in omitted(parsed)] == [SILENT] * 4


def test_zeros_among_prices_are_gifts() -> None:
    parsed = costing(ZERO, ZERO, ZERO, DEAR)
    assert sum(each.price is not None for each in releases(parsed).values()) == 4
    assert omitted(parsed) == []


def test_what_is_named_free_stays_free() -> None:
    text = f'"m:free": {{"cost": {ZERO}}}'
    assert only(parse(acme(text))).price == Price(
        input=Decimal(0), output=Decimal(0), cached_read=Decimal(0)
    )


def test_half_a_zero_is_a_price() -> None:
    assert only(costing('{"input": 0.1, "output": 0}')).price is not None


def test_silence_is_not_a_denial() -> None:
    bare = only(parse(acme('"bare": {}')))
    assert bare.capabilities == {}
    assert (bare.context, bare.price, bare.mode, bare.lifecycle) == (None, None, None, None)


@pytest.mark.parametrize(
    ("status", "lifecycle"),
    [
        ("alpha", Lifecycle.PREVIEW),
        ("beta", Lifecycle.PREVIEW),
        ("deprecated", Lifecycle.DEPRECATED),
        ("odd", None),
    ],
)
def test_a_status_is_a_stage_of_life(status: str, lifecycle: Lifecycle | None) -> None:
    assert only(parse(acme(f'"m": {{"status": "{status}"}}'))).lifecycle is lifecycle


def test_tiers_take_over_from_the_older_way_to_write_them() -> None:
    parsed = parse(
        acme(
            """"m": {"cost": {"input": 1, "output": 2, "context_over_200k": {"input": 9},
            "tiers": [{"input": 3, "output": 4, "tier": {"type": "context", "size": 272000}},
            {"input": 2, "tier": {"size": 128000}}]}},
            "n": {"cost": {"input": 1, "context_over_200k": {"input": 5, "cache_read": 0.5}}}"""
        )
    )
    m, n = releases(parsed)["m"], releases(parsed)["n"]
    assert m.price is not None
    assert n.price is not None
    assert m.price.tiers == (
        PriceTier(above_input_tokens=128_000, input=Decimal(2)),
        PriceTier(above_input_tokens=272_000, input=Decimal(3), output=Decimal(4)),
    )
    assert n.price.tiers == (
        PriceTier(above_input_tokens=200_000, input=Decimal(5), cached_read=Decimal("0.5")),
    )


def test_bad_fields_are_left_out_one_by_one_and_told() -> None:
    parsed = parse(
        acme(
            """"m": {"release_date": "2025-04", "limit": {"context": 0, "output": -1},
            "cost": {"input": -1, "output": NaN, "cache_read": 200000, "cache_write": 1}}"""
        )
    )
    m = only(parsed)
    assert (m.released_on, m.context, m.max_output) == (None, None, None)
    assert m.price is not None
    assert (m.price.input, m.price.output, m.price.cached_read) == (None, None, None)
    assert m.price.cache_write == 1
    assert sorted(reason for _, reason in omitted(parsed)) == [
        "cache_read is not between $0.000001 and $100,000",
        "context is 0, which says nothing",
        "input is negative",
        "output is not a number",
        "output is not a number of tokens",
        "release_date names no day",
    ]
    assert {row for row, _ in omitted(parsed)} == {"acme/m"}


@pytest.mark.parametrize(
    ("npm", "dialect"),
    [
        ("@ai-sdk/anthropic", Dialect.ANTHROPIC),
        ("@ai-sdk/amazon-bedrock", Dialect.BEDROCK),
        ("@ai-sdk/google", Dialect.GOOGLE),
        ("@ai-sdk/google-vertex/anthropic", Dialect.ANTHROPIC),
        ("some-other-package", Dialect.OPENAI),
    ],
)
def test_the_client_package_tells_the_dialect(npm: str, dialect: Dialect) -> None:
    assert endpoints(parse(acme("", f'"npm": "{npm}"')))["acme"].dialect is dialect


@pytest.mark.parametrize(
    ("api", "url"),
    [
        ("https://api.acme.dev/v1/", "https://api.acme.dev/v1"),
        ("https://${HOST}/v1", None),
        ("http://127.0.0.1:1234/v1", None),
        ("http://localhost:1234/v1", None),
        ("http://[::1]/v1", None),
        ("http://10.0.0.7/v1", None),
        ("api.acme.dev", None),
    ],
)
def test_only_an_address_anyone_can_call_is_one(api: str, url: str | None) -> None:
    parsed = parse(acme("", f'"api": "{api}"'))
    assert endpoints(parsed)["acme"].url == url
    assert len(parsed.omissions) == (url is None)


def test_a_model_of_another_dialect_has_its_own_endpoint() -> None:
    parsed = parse(
        acme(
            """"a": {"provider": {"npm": "@ai-sdk/anthropic"}},
            "b": {"provider": {"npm": "@ai-sdk/anthropic"}}, "c": {}""",
            '"npm": "@ai-sdk/openai", "api": "https://api.acme.dev/v1"',
        )
    )
    assert {name: each.endpoint for name, each in releases(parsed).items()} == {
        "a": "acme.anthropic",
        "b": "acme.anthropic",
        "c": None,
    }
    assert endpoints(parsed)["acme.anthropic"].dialect is Dialect.ANTHROPIC
    assert endpoints(parsed)["acme.anthropic"].provider == "acme"
    assert announced_first(parsed)


def test_a_row_inherits_what_it_leaves_out() -> None:
    base = document(
        """{"acme/base": {"name": "Base", "tool_call": true, "structured_output": true,
        "limit": {"context": 1000, "input": 900, "output": 100},
        "modalities": {"input": ["text"], "output": ["text"]}}}"""
    )
    parsed = parse(
        acme(
            """"m": {"base_model": "acme/base", "name": "Mine", "limit": {"output": 50},
            "base_model_omit": ["structured_output", "limit.input"], "cost": {"input": 1}}"""
        ),
        base,
    )
    m = only(parsed)
    assert (m.name, m.context, m.max_output) == ("Mine", 1000, 50)
    assert m.capabilities is not None
    assert m.capabilities["tool_use"] == 1.0
    assert "structured_output" not in m.capabilities


def test_a_row_whose_base_is_not_there_is_refused() -> None:
    parsed = parse(acme('"m": {"base_model": "acme/none"}'))
    assert refused(parsed) == {"acme/m": "base_model acme/none is not among the lab models"}
    assert parsed.rows == 1


@pytest.mark.parametrize("native_id", ["", "a\\u0000b", "a\\nb", "x" * 600])
def test_an_id_that_no_event_can_carry_is_refused(native_id: str) -> None:
    parsed = parse(acme(f'"{native_id}": {{}}'))
    assert [each.reason for each in parsed.refusals] == ["its id is empty, unprintable or too long"]


def test_a_provider_id_with_a_space_is_refused() -> None:
    parsed = parse(document('{"ac me": {"models": {"m": {}}}}'))
    assert refused(parsed) == {"ac me/m": "its provider's id contains a space"}


def test_rows_and_providers_that_are_no_objects_are_refused() -> None:
    parsed = parse(document('{"acme": {"name": "Acme", "models": {"m": 3}}, "odd": []}'))
    assert refused(parsed) == {"acme/m": "not an object", "odd": "not a provider with models"}
    assert parsed.rows == 2


@pytest.mark.parametrize("other", ["[]", "{}", "3", '"x"'])
def test_another_document_is_no_catalog(other: str) -> None:
    with pytest.raises(InvalidCatalog, match=r"api\.json"):
        parse(document(other))
