"""Lists of prices, ids and deprecations: Cloudflare, llm-prices, OpenAI's ids, deprecations."""

from datetime import date
from decimal import Decimal

import pytest

from routeyard.domain.catalog import Price, PriceTier
from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import ModelDeprecated, ModelPriced
from services.registry.catalogs import cloudflare, deprecations, llm_prices, openai_ids
from services.registry.catalogs.parsed import ParsedCatalog
from tests.domain.catalogs.rows import announced_first, document, omitted, only, refused, releases

TODAY = date(2026, 3, 13)


def gateway(fields: str, native_id: str = "acme/m") -> ParsedCatalog:
    return cloudflare.parse(document(f'{{"data": [{{"id": "{native_id}", {fields}}}]}}'))


def test_cloudflares_prices_per_token_are_exact() -> None:
    parsed = gateway('"cost_in": 5e-7, "cost_out": 0.000003, "owned_by": "acme"')
    row = only(parsed)
    assert (row.provider, row.native_id) == ("cloudflare-ai-gateway", "acme/m")
    assert row.price == Price(input=Decimal("0.5"), output=Decimal(3))
    assert row.released_on is None
    assert announced_first(parsed)


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ('"cost_in": 0, "cost_out": 0', "costs 0 and is not named free: the price is not known"),
        (
            '"cost_in": 0.049, "cost_out": 0.0001',
            "costs $10,000 per million tokens or more: stated in another unit",
        ),
        ('"cost_in": -1', "cost_in is negative"),
        ('"cost_in": "cheap"', "cost_in is not a number"),
        ('"cost_in": 1e-6, "currency": "EUR"', "price is in another currency than USD"),
    ],
)
def test_cloudflares_impossible_prices_are_left_out(fields: str, reason: str) -> None:
    parsed = gateway(fields)
    assert only(parsed).price is None
    assert omitted(parsed) == [("acme/m", reason)]


def test_what_is_named_free_is_free() -> None:
    row = only(gateway('"cost_in": 0, "cost_out": 0', "acme/m:free"))
    assert row.price == Price(input=Decimal(0), output=Decimal(0))


def test_openais_ids_come_with_their_days() -> None:
    listed = """{"models": [{"id": "gpt-9", "api_created": 1778012060},
        {"id": "gpt-9-mini", "api_created": "once"}, {"id": "ft:gpt-9:acme"}, {}]}"""
    parsed = openai_ids.parse(document(listed))
    days = {native: each.released_on for native, each in releases(parsed).items()}
    assert days == {"gpt-9": date(2026, 5, 5), "gpt-9-mini": None}
    assert omitted(parsed) == [("gpt-9-mini", "api_created is no moment in time")]
    assert refused(parsed) == {
        "ft:gpt-9:acme": "a fine-tuned model of one account",
        "row 3": "has no id",
    }


def test_openais_own_answer_is_read_too() -> None:
    answer = '{"object": "list", "data": [{"id": "gpt-9", "created": 1778012060}]}'
    assert only(openai_ids.parse(document(answer))).released_on == date(2026, 5, 5)


def ends(*entries: str) -> ParsedCatalog:
    return deprecations.parse(document(f'{{"entries": [{", ".join(entries)}]}}'))


def told(parsed: ParsedCatalog) -> list[ModelDeprecated]:
    return [each for each in parsed.payloads if isinstance(each, ModelDeprecated)]


def entry(model: str, shutdown: str = '"2026-10-01"', replacement: str = '"b"') -> str:
    return f"""{{"provider": "acme", "model": "{model}", "announced": "2026-06-05",
        "shutdown": {shutdown}, "replacement": {replacement}}}"""


def test_a_deprecation_says_all_it_states() -> None:
    (only_one,) = told(ends(entry("a-20250101")))
    assert only_one == ModelDeprecated(
        provider="acme",
        native_id="a-20250101",
        deprecated_on=date(2026, 6, 5),
        retires_on=date(2026, 10, 1),
        replacement="b",
        reason="on a list of deprecations",
    )


@pytest.mark.parametrize(
    ("model", "ids"),
    [
        ("a / b", ["a", "b"]),
        ("a (2024-11-20)", ["a-2024-11-20"]),
        ("a (2024-05-13, 2024-08-06)", ["a-2024-05-13", "a-2024-08-06"]),
    ],
)
def test_an_entry_may_name_several_models(model: str, ids: list[str]) -> None:
    assert [each.native_id for each in told(ends(entry(model)))] == ids


def test_prose_is_refused_row_by_row() -> None:
    parsed = ends(
        entry("everything before spring"),
        entry("a", shutdown='"some day"'),
        "3",
        '{"provider": "acme"}',
        entry("c", shutdown="null"),
        entry("c"),
    )
    assert refused(parsed) == {
        "acme/everything before spring": "its model is prose, not an id",
        "acme/a": "shutdown is prose, not a date",
        "entry 2": "not an object",
        "entry 3": "names no provider and model",
        "acme/c": "same model listed twice",
    }
    assert [(each.native_id, each.retires_on) for each in told(parsed)] == [("c", None)]


def test_a_replacement_in_prose_is_left_out() -> None:
    parsed = ends(entry("a", replacement='"whatever you like"'))
    assert [each.replacement for each in told(parsed)] == [None]
    assert omitted(parsed) == [("acme/a", "replacement is prose, not an id")]


def history(*rows: str, on: date = TODAY) -> ParsedCatalog:
    text = f'{{"vendor": "Acme AI", "models": [{", ".join(rows)}]}}'
    return llm_prices.parse(document(text), on)


def row(name: str, *entries: str, title: str = "M") -> str:
    return f'{{"id": "{name}", "name": "{title}", "price_history": [{", ".join(entries)}]}}'


def entry_of(price: int, starts: str = "null", ends_: str = "null") -> str:
    return f"""{{"input": {price}, "output": 9.50, "from_date": {starts}, "to_date": {ends_},
        "input_cached": 0.1}}"""


def prices(parsed: ParsedCatalog) -> dict[str, Price | None]:
    return {each.native_id: each.price for each in parsed.payloads if isinstance(each, ModelPriced)}


@pytest.mark.parametrize(
    ("on", "expected"), [(date(2026, 3, 12), 5), (date(2026, 3, 13), 4), (date(2026, 5, 1), 4)]
)
def test_the_price_of_the_day_is_stated_and_the_others_are_counted(on: date, expected: int) -> None:
    days = entry_of(4, '"2026-03-13"'), entry_of(5, ends_='"2026-03-13"')
    parsed = history(row("m", *days), on=on)
    assert prices(parsed) == {
        "m": Price(input=Decimal(expected), output=Decimal("9.5"), cached_read=Decimal("0.1"))
    }
    assert omitted(parsed) == [("m", "a price of another time")]
    assert parsed.name == "llm-prices.acme-ai"


def test_a_row_for_longer_prompts_is_a_tier_of_the_other() -> None:
    parsed = history(
        row("m", entry_of(1), title="M ≤272k"), row("m-272k", entry_of(2), title="M >272k")
    )
    price = prices(parsed)["m"]
    assert price is not None
    assert price.tiers == (
        PriceTier(
            above_input_tokens=272_000,
            input=Decimal(2),
            output=Decimal("9.5"),
            cached_read=Decimal("0.1"),
        ),
    )
    assert len(prices(parsed)) == 1


def test_a_model_that_only_ends_like_one_is_a_model() -> None:
    assert list(prices(history(row("gpt-16k", entry_of(1))))) == ["gpt-16k"]


def test_rows_without_a_price_today_are_refused() -> None:
    parsed = history(
        row("m", entry_of(1, '"2027-01-01"'), title="M ≤8k"),
        row("m-128k", entry_of(1), title="M >128k"),
        row("n", entry_of(1, '"soon"')),
        row("n", entry_of(1)),
        "{}",
    )
    assert refused(parsed) == {
        "m": "states no price valid today",
        "m-128k": "a price for longer prompts of a row that has none",
        "n": "states no price valid today",
        "row 4": "has no id",
    }
    assert ("n", "from_date is prose, not a date") in omitted(parsed)
    assert [each.row for each in parsed.refusals].count("n") == 2


@pytest.mark.parametrize("wrong", ["[]", "{}", '{"vendor": "!", "models": []}', '{"models": []}'])
def test_another_document_is_no_catalog(wrong: str) -> None:
    with pytest.raises(InvalidCatalog):
        llm_prices.parse(document(wrong), TODAY)
    with pytest.raises(InvalidCatalog):
        cloudflare.parse(document(wrong))
    with pytest.raises(InvalidCatalog):
        deprecations.parse(document("{}"))
    with pytest.raises(InvalidCatalog):
        openai_ids.parse(document("[]"))
