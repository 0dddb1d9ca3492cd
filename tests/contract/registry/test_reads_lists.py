"""Lists: narrowed down, searched, sorted, and cut into pages."""

from collections.abc import Sequence
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from routeyard.domain.catalog import Hosting, Lifecycle, Mode, Price
from routeyard.domain.claims import Kind
from routeyard.domain.events import CapabilityUpdated
from services.registry.ledger import Batch
from services.registry.postgres.ledger import PostgresLedger
from services.registry.postgres.reads import PostgresReads
from services.registry.reads import BY_ID, Order, Place, Sort, Tagged, Viewer, Wanted
from tests.builders import defined, endpoint, event, released
from tests.components.databases import give

EVERYTHING, OWN, OTHER = Viewer(None), Viewer("acme"), Viewer("beta")
BEDROCK = "us.anthropic.claude-sonnet-4-5-20250929-v1:0"
SONNET, GPT, LEGAL, EMBED = (
    "anthropic/claude-sonnet-4.5",
    "openai/gpt-4o",
    "acme/legal",
    "openai/text-embedding-3-small",
)


def price(of_input: str, of_output: str) -> Price:
    return Price(input=Decimal(of_input), output=Decimal(of_output))


@pytest.fixture
async def reads(engine: AsyncEngine, database: str) -> PostgresReads:
    told = [
        *defined("tool_use", "vision", "legal"),
        event(endpoint("anthropic", residency=("US",)), id="e1"),
        event(endpoint("amazon-bedrock", residency=("DE", "FR")), id="e2"),
        event(endpoint("openai", residency=("US", "DE")), id="e3"),
        event(endpoint("acme-gpu", provider="acme", hosting=Hosting.ON_PREM), id="e4"),
        event(
            released(
                "anthropic",
                "claude-sonnet-4-5-20250929",
                name="Claude Sonnet 4.5",
                mode=Mode.CHAT,
                context=200_000,
                price=price("3", "15"),
                capabilities={"tool_use": 0.9, "vision": 1.0},
                modalities_in=("text", "image"),
                open_weights=False,
            ),
            id="m1",
        ),
        event(released("amazon-bedrock", BEDROCK, price=price("3.3", "16.5")), id="m2"),
        event(
            released(
                "openai",
                "gpt-4o",
                name="GPT-4o",
                mode=Mode.CHAT,
                context=128_000,
                price=price("2.5", "10"),
                capabilities={"tool_use": 0.5, "vision": 0.0},
                modalities_in=("text",),
                lifecycle=Lifecycle.DEPRECATED,
            ),
            id="m3",
        ),
        event(released("openai", "text-embedding-3-small", mode=Mode.EMBEDDING), id="m4"),
        event(
            released(
                "acme",
                "legal",
                endpoint="acme-gpu",
                name="Ümläut Legal",
                context=32_000,
                open_weights=True,
                price=price("0", "0"),
            ),
            id="m5",
        ),
        event(CapabilityUpdated(model=SONNET, quality={"general": 0.7}), id="q1"),
        event(CapabilityUpdated(model=GPT, quality={"general": 0.6}), id="q2"),
    ]
    await PostgresLedger(engine).record(Batch(told))
    # No event states an owner yet.
    give(database, "acme-gpu", "acme")
    return PostgresReads(engine)


async def ids(
    reads: PostgresReads,
    seen_by: Viewer,
    wanted: Wanted,
    order: Order = BY_ID,
    kind: Kind = Kind.MODEL,
) -> list[str]:
    async with reads.open(seen_by) as reading:
        page = await reading.page(kind, wanted, 200, None, order)
        return [entity.id for entity in page.items]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(all_of=(Tagged("tool_use"), Tagged("vision"))), [SONNET]),
        (Wanted(all_of=(Tagged("tool_use", 0.5),)), [SONNET, GPT]),
        (Wanted(all_of=(Tagged("tool_use", 0.51),)), [SONNET]),
        (Wanted(any_of=(Tagged("vision"), Tagged("legal"))), [SONNET]),
        (Wanted(none_of=(Tagged("vision"),)), [LEGAL, GPT, EMBED]),
        (Wanted(none_of=(Tagged("tool_use", 0.8),)), [LEGAL, GPT, EMBED]),
        (Wanted(min_context=32_000, max_context=128_000), [LEGAL, GPT]),
        (Wanted(max_input=Decimal("2.5")), [LEGAL, GPT]),
        (Wanted(max_input=Decimal(3), max_output=Decimal(12)), [LEGAL, GPT]),
        (Wanted(residency=("EU",)), [SONNET]),
        (Wanted(residency=("EU", "US")), [SONNET, GPT, EMBED]),
        # Cheap enough in the United States only: no one offering is both.
        (Wanted(residency=("EU",), max_input=Decimal(3)), []),
        (Wanted(hosting=("on_prem", "edge")), [LEGAL]),
        (Wanted(lifecycle=("deprecated",)), [GPT]),
        (Wanted(mode="embedding"), [EMBED]),
        (Wanted(modalities_in=("image",)), [SONNET]),
        (Wanted(open_weights=True), [LEGAL]),
        (Wanted(open_weights=False), [SONNET]),
        (Wanted(provider="openai", mode="chat"), [GPT]),
    ],
)
async def test_models_are_narrowed_down(
    reads: PostgresReads, wanted: Wanted, found: list[str]
) -> None:
    assert await ids(reads, EVERYTHING, wanted) == found
    assert await ids(reads, OWN, wanted) == found
    assert await ids(reads, OTHER, wanted) == [each for each in found if each != LEGAL]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("claude sonnet 4.5", [SONNET]),
        ("sonnet-4-5", [SONNET]),
        ("SON", [SONNET]),
        ("4.5 sonnet", [SONNET]),
        (BEDROCK, [SONNET]),
        ("gpt-4", [GPT]),
        ("gpt 4o", [GPT]),
        ("onnet", []),
        ("sonnet 4.6", []),
        ("ümlä", [LEGAL]),
        ("openai", [GPT, EMBED]),
        ("'; DROP TABLE entity; --", []),
        ("% _ \\ & | ! : *", []),
        ("  ", [LEGAL, SONNET, GPT, EMBED]),
    ],
)
async def test_search_finds_words_in_ids_names_and_names_of_offerings(
    reads: PostgresReads, search: str, found: list[str]
) -> None:
    assert await ids(reads, EVERYTHING, Wanted(search=search)) == found


async def test_what_a_tenant_may_not_see_is_not_found_by_its_name(
    reads: PostgresReads, engine: AsyncEngine
) -> None:
    hidden = event(released("acme", "openai/gpt-4o", endpoint="acme-gpu", name="Zebra"), id="z")
    await PostgresLedger(engine).record(Batch([hidden]))
    wanted = Wanted(search="acme gpu")
    assert await ids(reads, OWN, wanted) == [LEGAL, GPT]
    assert await ids(reads, OTHER, wanted) == []


@pytest.mark.parametrize(
    ("order", "found"),
    [
        (Order(Sort.ID, is_descending=True), [EMBED, GPT, SONNET, LEGAL]),
        (Order(Sort.NAME), [SONNET, GPT, LEGAL, EMBED]),
        (Order(Sort.CONTEXT), [LEGAL, GPT, SONNET, EMBED]),
        (Order(Sort.CONTEXT, is_descending=True), [SONNET, GPT, LEGAL, EMBED]),
        (Order(Sort.PRICE_INPUT), [LEGAL, GPT, SONNET, EMBED]),
        (Order(Sort.PRICE_OUTPUT, is_descending=True), [SONNET, GPT, LEGAL, EMBED]),
        (Order(Sort.QUALITY, is_descending=True, task="general"), [SONNET, GPT, LEGAL, EMBED]),
        (Order(Sort.QUALITY, task="nothing"), [LEGAL, SONNET, GPT, EMBED]),
        (Order(Sort.RELEASED_ON), [LEGAL, SONNET, GPT, EMBED]),
    ],
)
async def test_sorted_with_what_is_unknown_last(
    reads: PostgresReads, order: Order, found: list[str]
) -> None:
    assert await ids(reads, EVERYTHING, Wanted(), order) == found
    for first in (1, 2, 3):
        assert await page_through(reads, order, first) == found


async def page_through(reads: PostgresReads, order: Order, first: int) -> Sequence[str]:
    seen: list[str] = []
    place, has_more = None, True
    while has_more:
        async with reads.open(OWN) as reading:
            page = await reading.page(Kind.MODEL, Wanted(), first, place, order)
        seen += [entity.id for entity in page.items]
        place, has_more = Place(page.revision, seen[-1], page.key(-1)), page.has_more
    return seen


async def test_prices_are_sorted_as_numbers(reads: PostgresReads, engine: AsyncEngine) -> None:
    told = [
        event(released("openai", f"p{dollars}", price=price(dollars, "1")), id=f"p{dollars}")
        for dollars in ("10", "9", "0.00001", "1.25")
    ]
    await PostgresLedger(engine).record(Batch(told))
    wanted = Wanted(search="p")
    found = await ids(reads, EVERYTHING, wanted, Order(Sort.PRICE_INPUT))
    assert found == [f"openai/p{dollars}" for dollars in ("0.00001", "1.25", "9", "10")]


async def test_a_models_price_is_that_of_an_offering_asked_for(reads: PostgresReads) -> None:
    async with reads.open(EVERYTHING) as reading:
        order = Order(Sort.PRICE_INPUT)
        page = await reading.page(Kind.MODEL, Wanted(residency=("EU",)), 5, None, order)
    assert [(entity.id, page.key(n)) for n, entity in enumerate(page.items)] == [(SONNET, "3.3")]


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (Wanted(provider="amazon-bedrock"), [f"amazon-bedrock/{BEDROCK}"]),
        (Wanted(residency=("EU",)), [f"amazon-bedrock/{BEDROCK}"]),
        (Wanted(max_output=Decimal(10)), ["acme-gpu/legal", "openai/gpt-4o"]),
        (Wanted(lifecycle=("deprecated",)), ["openai/gpt-4o"]),
        (Wanted(model=SONNET, max_input=Decimal(3)), ["anthropic/claude-sonnet-4-5-20250929"]),
        (Wanted(all_of=(Tagged("vision"),)), ["anthropic/claude-sonnet-4-5-20250929"]),
        (Wanted(search="sonnet 4.5 v1"), [f"amazon-bedrock/{BEDROCK}"]),
    ],
)
async def test_offerings_are_narrowed_down(
    reads: PostgresReads, wanted: Wanted, found: list[str]
) -> None:
    assert await ids(reads, EVERYTHING, wanted, kind=Kind.OFFERING) == found


async def test_a_list_of_the_past_is_filtered_and_sorted_as_it_was(
    reads: PostgresReads, engine: AsyncEngine
) -> None:
    cheaper = event(
        released("openai", "gpt-4o", price=price("0.1", "0.1"), context=1), id="n", seconds=9
    )
    await PostgresLedger(engine).record(Batch([cheaper]))
    wanted, order = Wanted(max_input=Decimal(3)), Order(Sort.PRICE_INPUT, is_descending=True)
    for viewer in (EVERYTHING, OWN):
        async with reads.open(viewer) as reading:
            then = await reading.page(Kind.MODEL, wanted, 9, None, order, at=1)
            now = await reading.page(Kind.MODEL, wanted, 9, None, order)
        assert [entity.id for entity in then.items] == [SONNET, GPT, LEGAL]
        assert (then.keys, now.keys) == (["3", "2.5", "0"], ["3", "0.1", "0"])
