"""Lists from the first page to the last."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest

from routeyard.domain.errors import InvalidRequest
from services.registry.graphql.pagination import read_cursor, write_cursor
from services.registry.ledger import Batch
from services.registry.reads import Place
from tests.builders import event, released
from tests.services.registry.graphql.conftest import Registry

PAGE = """query($after: String) { models(first: 7, after: $after) {
    nodes { id } edges { cursor node { id } } pageInfo { hasNextPage endCursor } revision } }"""


async def test_to_the_end_without_gaps_or_repeats_while_commits_happen(registry: Registry) -> None:
    names = [f"m{number:02}" for number in range(30)]
    await registry.ledger.record(Batch([event(released("openai", n), id=n) for n in names]))
    before = [
        n["id"]
        for n in (await registry.ask("{ models(first: 200) { nodes { id } } }"))["models"]["nodes"]
    ]
    began, stop = asyncio.Event(), asyncio.Event()
    going: list[asyncio.Task[None]] = []

    async def go_on() -> None:
        number = 0
        while not stop.is_set():
            number += 1
            said = event(released("openai", f"m{number:02}x"), id=f"x{number}")
            await registry.ledger.record(Batch([said]))
            began.set()

    async def begin() -> None:
        # The first page decides which revision is read; commits before it would rightly count.
        going.append(asyncio.create_task(go_on()))
        await began.wait()

    seen, revisions = await page_through(registry, begin)
    stop.set()
    await asyncio.gather(*going)
    assert seen == before
    assert len(revisions) == 1


async def page_through(
    registry: Registry, after_first: Callable[[], Awaitable[None]]
) -> tuple[list[str], set[int]]:
    seen: list[str] = []
    revisions: set[int] = set()
    after, has_more = None, True
    while has_more:
        page = (await registry.ask(PAGE, "user", after=after))["models"]
        assert [edge["node"] for edge in page["edges"]] == page["nodes"]
        seen += [node["id"] for node in page["nodes"]]
        revisions.add(page["revision"])
        if after is None:
            await after_first()
        after, has_more = page["pageInfo"]["endCursor"], page["pageInfo"]["hasNextPage"]
    return seen, revisions


async def test_what_a_page_leads_to_is_of_the_same_revision(registry: Registry) -> None:
    first = (await registry.ask("{ models(first: 1) { pageInfo { endCursor } } }"))["models"]
    changed = event(released("openai", "gpt-4o", context=1), id="later", seconds=9)
    await registry.ledger.record(Batch([changed]))
    query = """query($after: String) { models(first: 1, after: $after) { nodes {
        id context offerings { nodes { context model { context } } } } } }"""
    (then,) = (await registry.ask(query, after=first["pageInfo"]["endCursor"]))["models"]["nodes"]
    assert (then["id"], then["context"]) == ("openai/gpt-4o", 128_000)
    assert then["offerings"]["nodes"] == [{"context": 128_000, "model": {"context": 128_000}}]
    now = await registry.ask('{ model(id: "openai/gpt-4o") { context } }')
    assert now["model"]["context"] == 1


async def test_letters_and_commits_have_pages_too(registry: Registry) -> None:
    query = """query($after: String) { commits(first: 2, after: $after) {
        nodes { revision } pageInfo { hasNextPage endCursor } } }"""
    first = (await registry.ask(query))["commits"]
    second = (await registry.ask(query, after=first["pageInfo"]["endCursor"]))["commits"]
    assert [c["revision"] for c in first["nodes"] + second["nodes"]] == [3, 2, 1]
    assert (first["pageInfo"]["hasNextPage"], second["pageInfo"]["hasNextPage"]) == (True, False)


def test_a_cursor_is_for_the_list_it_came_from() -> None:
    place = Place(7, "a/b")
    cursor = write_cursor("model", place)
    assert read_cursor("model", cursor) == place
    for bad in (write_cursor("endpoint", place), "", "ö", "AAAA", cursor[:-6]):
        with pytest.raises(InvalidRequest):
            read_cursor("model", bad)
