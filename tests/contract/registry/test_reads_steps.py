"""What one commit changed of what a viewer sees: the same as looking before and after it."""

import random
from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from routeyard.domain import events as e
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.graph import Entity, decode
from services.registry.ledger import Batch
from services.registry.postgres.ledger import PostgresLedger
from services.registry.postgres.reads import PostgresReading, PostgresReads
from services.registry.reads import Changed, Viewer, Wanted
from tests.builders import endpoint, event, released

VIEWERS = [Viewer(None), Viewer("acme"), Viewer("beta")]
PLACES = ["openai", "azure", "acme-1", "acme-2", "beta-1"]
NAMES = ["gpt-4o", "o3", "own"]
COMMITS = 60


def story(seed: int) -> Iterator[e.Payload]:
    chance = random.Random(seed)  # noqa: S311 - a seed makes it repeatable
    for place in PLACES:
        yield endpoint(place, provider="openai")
    for _ in range(COMMITS):
        place, name = chance.choice(PLACES), chance.choice(NAMES)
        match chance.randrange(6):
            case 0:
                yield e.EndpointRemoved(place)
            case 1:
                yield endpoint(place, provider="openai", name=f"Name {chance.randrange(9)}")
            case 2:
                yield e.ModelWithdrawn("openai", name, endpoint=place)
            case _:
                context = chance.randrange(1, 9)
                yield released("openai", name, endpoint=place, context=context)


async def seen(reading: PostgresReading, at: int) -> dict[EntityRef, Entity]:
    """Everything a viewer sees at a revision."""
    found: dict[EntityRef, Entity] = {}
    for kind in Kind:
        page = await reading.page(kind, Wanted(), 1_000, None, at=at)
        found |= {EntityRef(kind, entity.id): entity for entity in page.items}
    return found


@pytest.mark.parametrize("seed", [1, 2])
async def test_a_step_is_the_difference_of_two_looks(
    engine: AsyncEngine, database: str, seed: int
) -> None:
    ledger = PostgresLedger(engine)
    for number, said in enumerate(story(seed)):
        await ledger.record(Batch([event(said, id=str(number), seconds=number)]))
    async with await psycopg.AsyncConnection.connect(database) as connection:
        await connection.execute(
            "UPDATE entity SET body = (body::jsonb || jsonb_build_object('owner', "
            "split_part(id, '-', 1)))::text WHERE kind = 'endpoint' AND id LIKE '%-%'"
        )
    head = (await ledger.head()).revision
    assert head > COMMITS / 2
    reads, sides = PostgresReads(engine), dict.fromkeys(VIEWERS, 0)
    for viewer in VIEWERS:
        async with reads.open(viewer) as reading:
            before: dict[EntityRef, Entity] = {}
            for revision in range(1, head + 1):
                after = await seen(reading, revision)
                step = await reading.step(revision, 1_000)
                told = {c.ref: _sides(c) for c in step.changes} if step else {}
                refs = sorted({*before, *after})
                assert told == {
                    ref: (before.get(ref), after.get(ref))
                    for ref in refs
                    if before.get(ref) != after.get(ref)
                }, (viewer, revision)
                sides[viewer] += len(told)
                before = after
    assert sides[VIEWERS[0]] > sides[VIEWERS[1]] > 0


def _sides(changed: Changed) -> tuple[Entity | None, Entity | None]:
    before, after = (
        None if body is None else decode(changed.ref.kind, body)
        for body in (changed.before, changed.after)
    )
    return before, after


async def test_a_step_is_cut_where_it_is_too_long(engine: AsyncEngine) -> None:
    ledger = PostgresLedger(engine)
    await ledger.record(Batch([event(endpoint(f"e{n}"), id=str(n)) for n in range(5)]))
    async with PostgresReads(engine).open(Viewer(None)) as reading:
        cut, whole = await reading.step(1, 4), await reading.step(1, 5)
    assert cut is not None
    assert whole is not None
    assert (len(cut.changes), cut.has_more) == (4, True)
    assert (len(whole.changes), whole.has_more) == (5, False)
