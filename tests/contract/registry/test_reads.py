"""Reading the graph in PostgreSQL: who sees what, page by page, as it was."""

import asyncio
from collections.abc import Sequence

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import InvalidRequest, NotAllowed, Unavailable
from routeyard.domain.tenancy import Principal, Role, Scope
from services.registry.ledger import Batch
from services.registry.postgres.engine import connect
from services.registry.postgres.ledger import PostgresLedger
from services.registry.postgres.reads import PostgresReading, PostgresReads
from services.registry.reads import Place, Tagged, Viewer, Wanted, viewer
from tests.builders import defined, endpoint, event, released
from tests.components.databases import give

EVERYTHING = Viewer(None)
ANYTHING = Wanted()
OWN, OTHER = Viewer("acme"), Viewer("beta")


@pytest.fixture
async def reads(engine: AsyncEngine, database: str) -> PostgresReads:
    """Public endpoint `openai`; `acme-gpu`, owned by acme, with a model of its own."""
    told = [
        *defined("tool_use", "legal"),
        event(endpoint("openai"), id="e1"),
        event(endpoint("acme-gpu", provider="acme", hosting="on_prem", residency=("EU",)), id="e2"),
        event(
            released("openai", "gpt-4o", context=128_000, capabilities={"tool_use": 0.9}), id="m1"
        ),
        event(released("openai", "gpt-4o-mini", context=64_000), id="m2"),
        event(
            released("acme", "secret", endpoint="acme-gpu", capabilities={"legal": 1.0}), id="m3"
        ),
        event(released("acme", "openai/gpt-4o", endpoint="acme-gpu"), id="m4"),
    ]
    await PostgresLedger(engine).record(Batch(told))
    # No event states an owner yet.
    give(database, "acme-gpu", "acme")
    return PostgresReads(engine)


async def ids(
    reads: PostgresReads, seen_by: Viewer, kind: Kind, wanted: Wanted = ANYTHING
) -> list[str]:
    async with reads.open(seen_by) as reading:
        page = await reading.page(kind, wanted, 200, None)
        return [entity.id for entity in page.items]


@pytest.mark.parametrize(
    ("kind", "everything", "public"),
    [
        (Kind.ENDPOINT, ["acme-gpu", "openai"], ["openai"]),
        (
            Kind.OFFERING,
            ["acme-gpu/openai/gpt-4o", "acme-gpu/secret", "openai/gpt-4o", "openai/gpt-4o-mini"],
            ["openai/gpt-4o", "openai/gpt-4o-mini"],
        ),
        (
            Kind.MODEL,
            ["acme/secret", "openai/gpt-4o", "openai/gpt-4o-mini"],
            ["openai/gpt-4o", "openai/gpt-4o-mini"],
        ),
        (
            Kind.RELEASE,
            ["acme/secret@undated", "openai/gpt-4o-mini@undated", "openai/gpt-4o@undated"],
            ["openai/gpt-4o-mini@undated", "openai/gpt-4o@undated"],
        ),
    ],
)
async def test_an_owned_endpoint_and_what_is_only_there_is_seen_by_its_owner(
    reads: PostgresReads, kind: Kind, everything: list[str], public: list[str]
) -> None:
    assert await ids(reads, EVERYTHING, kind) == everything
    assert await ids(reads, OWN, kind) == everything
    assert await ids(reads, OTHER, kind) == public


async def test_foreign_things_are_not_counted_either(reads: PostgresReads) -> None:
    async with reads.open(OWN) as own, reads.open(OTHER) as other:
        ours, theirs = await own.counts(), await other.counts()
        assert (ours.of[Kind.ENDPOINT], theirs.of[Kind.ENDPOINT]) == (2, 1)
        assert (ours.of[Kind.MODEL], theirs.of[Kind.MODEL]) == (3, 2)
        assert (theirs.dead, theirs.parked) == (None, None)
        assert await tags(own) == {"legal": 1, "tool_use": 1}
        assert await tags(other) == {"legal": 0, "tool_use": 1}


async def tags(reading: PostgresReading) -> dict[str, int]:
    return {known.tag: known.models for known in await reading.capabilities()}


async def test_absent_and_foreign_look_the_same(reads: PostgresReads) -> None:
    foreign = EntityRef(Kind.ENDPOINT, "acme-gpu")
    absent = EntityRef(Kind.ENDPOINT, "nothing")
    async with reads.open(OTHER) as reading:
        at = (await reading.head()).revision
        assert await reading.entities([foreign, absent], at) == {}
        assert await reading.health(["acme-gpu"]) == {"acme-gpu": []}
        pages = await reading.pages(Kind.OFFERING, "endpoint", ["acme-gpu", "nothing"], 5, at)
        assert [page.items for page in pages.values()] == [[], []]


@pytest.mark.parametrize(
    ("kind", "wanted", "found"),
    [
        (Kind.MODEL, Wanted(provider="openai"), ["openai/gpt-4o", "openai/gpt-4o-mini"]),
        (Kind.MODEL, Wanted(all_of=(Tagged("tool_use"),)), ["openai/gpt-4o"]),
        (Kind.MODEL, Wanted(min_context=100_000), ["openai/gpt-4o"]),
        (Kind.MODEL, Wanted(search="GPT-4O-M"), ["openai/gpt-4o-mini"]),
        (Kind.MODEL, Wanted(search="%"), []),
        (Kind.ENDPOINT, Wanted(hosting=("public_api",)), ["openai"]),
        (Kind.ENDPOINT, Wanted(hosting=("on_prem",)), ["acme-gpu"]),
        (Kind.ENDPOINT, Wanted(residency=("EU",)), ["acme-gpu"]),
        (Kind.OFFERING, Wanted(model="openai/gpt-4o"), ["acme-gpu/openai/gpt-4o", "openai/gpt-4o"]),
        (Kind.OFFERING, Wanted(endpoint="acme-gpu", model="acme/secret"), ["acme-gpu/secret"]),
        (Kind.OFFERING, Wanted(provider="acme"), ["acme-gpu/openai/gpt-4o", "acme-gpu/secret"]),
        (Kind.RELEASE, Wanted(model="acme/secret"), ["acme/secret@undated"]),
    ],
)
async def test_filters(reads: PostgresReads, kind: Kind, wanted: Wanted, found: list[str]) -> None:
    assert await ids(reads, EVERYTHING, kind, wanted) == found
    assert await ids(reads, OWN, kind, wanted) == found


async def test_a_value_no_database_holds_is_a_wrong_request(reads: PostgresReads) -> None:
    with pytest.raises(InvalidRequest):
        await ids(reads, EVERYTHING, Kind.MODEL, Wanted(provider="a\x00b"))


async def test_pages_are_of_one_revision_while_commits_go_on(
    reads: PostgresReads, engine: AsyncEngine
) -> None:
    ledger = PostgresLedger(engine)
    names = [f"m{number:03}" for number in range(40)]
    await ledger.record(Batch([event(released("openai", n), id=n) for n in names]))
    before = await ids(reads, EVERYTHING, Kind.OFFERING)
    stop = asyncio.Event()

    async def go_on() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            said = released("openai", f"m{number:03}x", context=number)
            await ledger.record(Batch([event(said, id=f"x{number}")]))

    going = asyncio.create_task(go_on())
    seen = await page_through(reads, OWN)
    stop.set()
    await going

    assert seen == before
    assert len(await ids(reads, EVERYTHING, Kind.OFFERING)) > len(before)


async def page_through(reads: PostgresReads, seen_by: Viewer) -> list[str]:
    """Every page in a look of its own, as callers do."""
    seen: list[str] = []
    place, has_more = None, True
    while has_more:
        async with reads.open(seen_by) as reading:
            page = await reading.page(Kind.OFFERING, Wanted(), 7, place)
        seen += [entity.id for entity in page.items]
        place, has_more = Place(page.revision, seen[-1]), page.has_more
        await asyncio.sleep(0.02)
    return seen


async def test_a_place_in_another_graph_is_refused(reads: PostgresReads) -> None:
    async with reads.open(EVERYTHING) as reading:
        for revision in (-1, 99):
            with pytest.raises(InvalidRequest, match="another graph"):
                await reading.page(Kind.MODEL, Wanted(), 5, Place(revision, ""))


async def test_a_look_stays_at_its_revision(reads: PostgresReads, engine: AsyncEngine) -> None:
    async with reads.open(EVERYTHING) as reading:
        head = await reading.head()
        await PostgresLedger(engine).record(Batch([event(released("openai", "new"), id="n")]))
        assert (await reading.counts()).of[Kind.MODEL] == 3
        assert await reading.head() == head


async def test_fields_side_by_side_share_one_connection(reads: PostgresReads) -> None:
    async with reads.open(OWN) as reading:
        await asyncio.gather(*(asks(reading) for _ in range(20)))


async def asks(reading: PostgresReading) -> Sequence[object]:
    await reading.counts()
    return await reading.capabilities()


async def test_a_database_that_is_away_is_unavailable() -> None:
    reads = PostgresReads(connect("postgresql://nobody@127.0.0.1:1/none"))
    async with reads.open(EVERYTHING) as reading:
        with pytest.raises(Unavailable):
            await reading.head()


def test_a_tenants_key_without_a_tenant_sees_nothing() -> None:
    with pytest.raises(NotAllowed):
        viewer(Principal(role=Role.TENANT_USER, scope=Scope()))


async def test_operations_are_for_operators(reads: PostgresReads) -> None:
    async with reads.open(EVERYTHING) as all_of_it, reads.open(OWN) as own:
        assert [commit.revision for commit in await all_of_it.commits(5, None)] == [1]
        assert await all_of_it.commits(5, 1) == []
        assert await own.commits(5, None) == []
        assert await own.consumed() == []


async def test_closing_waits_for_what_is_asked_and_turns_the_rest_away(
    reads: PostgresReads, engine: AsyncEngine
) -> None:
    async with reads.open(OWN) as reading:
        asking = [asyncio.create_task(asks(reading)) for _ in range(5)]
        await reading.head()
    with pytest.raises(Unavailable, match="is over"):
        await reading.counts()
    done = await asyncio.gather(*asking, return_exceptions=True)
    assert all(isinstance(each, Unavailable | Sequence) for each in done)
    async with engine.connect() as connection:
        assert (await connection.execute(text("SELECT 1"))).scalar_one() == 1
