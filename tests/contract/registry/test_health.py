"""The health.state topic on its way into PostgreSQL."""

from collections.abc import AsyncIterator

import msgspec
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from routeyard.domain.health import EndpointHealth, HealthState
from routeyard.wire.record import Incoming, Position
from routeyard.wire.topics import Carries, Topics
from services.registry.health import HealthStates
from services.registry.ledger import Batch
from services.registry.postgres.health import PostgresHealth
from services.registry.postgres.ledger import PostgresLedger
from services.registry.postgres.reads import PostgresReading, PostgresReads
from services.registry.reads import Viewer
from tests.builders import at, endpoint, event
from tests.fakes.letters import RecordingPost

TOPICS = Topics("t")
UP, DOWN = HealthState.HEALTHY, HealthState.UNHEALTHY


def state(of: HealthState, seconds: float, *, since: float, zone: str = "eu") -> Incoming:
    health = EndpointHealth(
        endpoint="a/b",
        zone=zone,
        state=of,
        observed_at=at(seconds),
        since=at(since),
        expires_at=at(seconds + 60),
        latency_ms=12.5,
        reason="HTTP 503",
    )
    return record(f"a/b/{zone}".encode(), msgspec.json.encode(health))


def record(key: bytes | None, value: bytes | None) -> Incoming:
    return Incoming(Position(TOPICS.name(Carries.HEALTH_STATE), 0, 0), key, value)


@pytest.fixture
def post() -> RecordingPost:
    return RecordingPost()


@pytest.fixture
async def states(engine: AsyncEngine, post: RecordingPost) -> HealthStates:
    told = event(endpoint("a/b", provider="a"), source="operator")
    await PostgresLedger(engine).record(Batch([told]))
    return HealthStates(PostgresHealth(engine), post, TOPICS)


@pytest.fixture
async def reading(engine: AsyncEngine, states: HealthStates) -> AsyncIterator[PostgresReading]:
    """Opened when first used: take records before."""
    async with PostgresReads(engine).open(Viewer(None)) as reading:
        yield reading


async def test_the_newest_look_wins_in_whatever_order(
    states: HealthStates, reading: PostgresReading
) -> None:
    await states.take([state(DOWN, 20, since=20)])
    await states.take([state(UP, 10, since=0), state(UP, 15, since=0)])
    (health,) = (await reading.health(["a/b", "absent"]))["a/b"]
    assert (health.state, health.observed_at, health.latency_ms) == (DOWN, at(20), 12.5)


async def test_each_beginning_is_remembered_once(
    states: HealthStates, reading: PostgresReading
) -> None:
    batch = [
        state(UP, 1, since=1),
        state(UP, 2, since=1),
        state(DOWN, 3, since=3),
        state(UP, 4, since=4),
        state(UP, 4, since=4, zone="us"),
    ]
    await states.take(batch)
    await states.take(batch)
    changes = await reading.health_history("a/b", 10)
    assert [(c.zone, c.state, c.since) for c in changes if c.zone == "eu"] == [
        ("eu", UP, at(4)),
        ("eu", DOWN, at(3)),
        ("eu", UP, at(1)),
    ]
    assert len(changes) == 4
    assert len(await reading.health_history("a/b", 2)) == 2


async def test_a_tombstone_forgets_and_a_later_state_returns(
    states: HealthStates, reading: PostgresReading
) -> None:
    gone = record(b"a/b/eu", None)
    await states.take([state(UP, 1, since=1), gone, state(UP, 1, since=1, zone="us")])
    await states.take([record(b"a/b/us", None), state(DOWN, 2, since=2, zone="us")])
    assert [(h.zone, h.state) for h in (await reading.health(["a/b"]))["a/b"]] == [("us", DOWN)]


@pytest.mark.parametrize(
    "bad",
    [
        record(b"a/b/eu", b"junk"),
        record(b"a/b/eu", b"{}"),
        record(b"other/eu", state(UP, 1, since=1).value),
        record(None, state(UP, 1, since=1).value),
        record(b"a\x00/eu", None),
    ],
)
async def test_what_is_no_state_is_put_aside(
    states: HealthStates, reading: PostgresReading, post: RecordingPost, bad: Incoming
) -> None:
    await states.take([bad, state(UP, 1, since=1)])
    assert [(r.topic, r.key, r.value) for r in post.sent] == [
        (TOPICS.name(Carries.DEAD_LETTER), bad.key, bad.value)
    ]
    assert len((await reading.health(["a/b"]))["a/b"]) == 1
