"""A registry that runs as a process takes bad requests of every kind as what they are."""

import json
from collections.abc import Callable
from pathlib import Path
from random import Random

import pytest

from routeyard.runtime.clock import utc_now
from services.registry.graphql.schema import build_schema
from tests.services.registry.abuse.documents import document
from tests.services.registry.abuse.firing import Tally, fire, resident_mib
from tests.services.registry.abuse.shots import Range, Shot
from tests.services.registry.graphql.conftest import serving
from tests.services.registry.graphql.following import RegistryProcess
from tests.services.registry.scoping.world import World, build

EACH = 100
MOST_GROWTH_MIB = 60


@pytest.fixture
def world(new_database: Callable[[], str]) -> World:
    return build(new_database(), utc_now())


def shooting(world: World, seed: int) -> Range:
    keys = {name: world.keys[name] for name in ("admin", "own admin", "own user")}
    return Range(build_schema()._schema, keys, seed)


async def test_no_bad_request_is_taken_for_anything_else(world: World, tmp_path: Path) -> None:
    shots, log = shooting(world, 2), tmp_path / "log"
    number = EACH * len(shots.kinds)
    with RegistryProcess(world.database, log) as process:
        await process.start()
        warm_up = await fire(process.port, shots.shots(number // 4))
        before = resident_mib(process.id)
        tally = await fire(process.port, shots.shots(number))
        grown = resident_mib(process.id) - before
        assert await process.stop() in {0, -15}
    assert warm_up.faults + tally.faults == []
    assert set(tally.kinds.values()) == {EACH}
    assert {"200", "400", "401", "404", "405"} <= set(tally.statuses)
    assert grown < MOST_GROWTH_MIB
    assert "Traceback" not in log.read_text()


def test_the_same_seed_makes_the_same_requests(world: World) -> None:
    one, other = (list(shooting(world, 5).shots(200)) for _ in range(2))
    assert one == other
    assert one != list(shooting(world, 6).shots(200))


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (500, b'{"errors": [{"extensions": {"code": "internal"}}]}'),
        (200, b'{"errors": [{"message": "x"}]}'),
        (400, b"<html>psycopg.errors.SyntaxError</html>"),
        (400, b'{"errors": [{"message": "Traceback", "extensions": {"code": "invalid_request"}}]}'),
        (None, b""),
    ],
)
def test_answers_that_should_not_be_are_seen(status: int | None, body: bytes) -> None:
    tally = Tally()
    tally.note(Shot("any", b"POST /graphql HTTP/1.1\r\n\r\n", b"{}"), status, body, 0.1)
    assert tally.faults


async def test_documents_of_the_schema_are_not_all_refused(world: World) -> None:
    """Else nothing of what they hold would come as far as the database."""
    schema, draw = build_schema()._schema, Random(3)  # noqa: S311 - the same every time
    answered: set[str] = set()
    async with serving(world.keys, world.database) as registry:
        for _ in range(300):
            query, variables = document(schema, draw, wrong=0.0)
            body = json.dumps({"query": query, "variables": variables})
            headers = {
                "authorization": f"Bearer {world.keys['admin']}",
                "content-type": "application/json",
            }
            told = (await registry.http.post("/graphql", content=body, headers=headers)).json()
            answered |= set() if "errors" in told else set(told["data"])
    assert len(answered) > 30
