import asyncio
from collections.abc import Sequence
from datetime import timedelta

import msgspec
import pytest
from faststream.kafka import KafkaBroker, TestKafkaBroker

from routeyard.domain.catalog import Source
from routeyard.domain.errors import Unavailable
from routeyard.domain.events import EndpointObserved, Event, HealthDeclared
from routeyard.domain.health import EndpointHealth, HealthState
from routeyard.kafka.framework import consumer_broker
from routeyard.kafka.intake import Intake, insist, subscribe
from routeyard.runtime.settings import KafkaSettings
from routeyard.wire import envelope
from routeyard.wire.record import Incoming, Outgoing, Position
from routeyard.wire.signature import Signer, make_keys
from routeyard.wire.topics import Carries, Topics
from services.healthcheck.consumer import Consumer, Room
from services.healthcheck.metrics import Metrics
from services.healthcheck.states import States
from services.healthcheck.world import World
from tests.builders import at, event
from tests.services.healthcheck.graphs import OBSERVED, SOURCES, endpoint, graph

TOPICS = Topics("t")
TOPIC = TOPICS.name(Carries.ENDPOINT_HEALTH)
DEAD, PARKED, STATE = (
    TOPICS.name(c) for c in (Carries.DEAD_LETTER, Carries.PARKED, Carries.HEALTH_STATE)
)


class Brokers:
    """Keeps what is written, unless it is away."""

    def __init__(self) -> None:
        self.written: list[Outgoing] = []
        self.away = 0

    async def write(self, records: Sequence[Outgoing]) -> list[Position]:
        if self.away:
            self.away -= 1
            raise Unavailable("The brokers are away.")
        self.written += records
        return []

    def on(self, topic: str) -> list[Outgoing]:
        return [record for record in self.written if record.topic == topic]

    def states(self) -> list[tuple[str, HealthState]]:
        told = [msgspec.json.decode(r.value or b"", type=EndpointHealth) for r in self.on(STATE)]
        return [(health.endpoint, health.state) for health in told]


class Bench:
    """A consumer at noon plus ten seconds, with what it writes, knows and counts."""

    def __init__(self, *, knows_graph: bool = True) -> None:
        self.brokers, self.metrics, self.world = Brokers(), Metrics(), World("eu")
        room = Room(
            self.world, States(), TOPICS, timedelta(seconds=30), lambda: at(10), self.metrics
        )
        self.room, self.consumer = room, Consumer(room, self.brokers)
        if knows_graph:
            self.world.take(graph(endpoint(), *SOURCES), None)

    def count(self, name: str) -> float:
        lines = self.metrics.text().decode().splitlines()
        return sum(float(line.split()[-1]) for line in lines if line.startswith(name))


def record(sent: Event, offset: int = 0, **changed: bytes) -> Incoming:
    out = envelope.write(sent, TOPICS)
    headers = tuple((name, changed.get(name, value)) for name, value in out.headers)
    return Incoming(Position(TOPIC, 0, offset), out.key, changed.get("value", out.value), headers)


def seen(second: float = 0, *, is_up: bool = True, source: str = "healthcheck") -> Event:
    data = EndpointObserved(endpoint="mine", is_up=is_up, zone="eu")
    return event(data, id=f"{second}", source=source, seconds=second)


def said(source: str = "dev") -> Event:
    return event(HealthDeclared(endpoint="mine", state=HealthState.UNHEALTHY), source=source)


async def test_looks_become_a_state_that_is_told() -> None:
    bench = Bench()
    await bench.consumer.take([record(seen(0)), record(seen(1, is_up=False))])
    await bench.consumer.take([record(seen(2, is_up=False))])
    assert bench.brokers.states() == [
        ("mine", HealthState.HEALTHY),
        ("mine", HealthState.UNHEALTHY),
    ]
    assert bench.brokers.on(STATE)[0].key == b"mine/eu"
    assert bench.count("routeyard_healthcheck_state_changes_total") == 2
    assert bench.count("routeyard_healthcheck_folded_events_total") == 3


async def test_records_that_are_handed_in_again_change_nothing() -> None:
    bench = Bench()
    batch = [record(seen(0)), record(seen(1, is_up=False)), record(said())]
    await bench.consumer.take(batch)
    told = len(bench.brokers.written)
    await bench.consumer.take(batch)
    assert len(bench.brokers.written) == told


@pytest.mark.parametrize(
    ("sent", "topic", "code"),
    [
        (record(seen(source="nobody")), PARKED, b"not_allowed"),
        (record(seen(source="operator")), PARKED, b"not_allowed"),
        (record(seen(source="mute")), PARKED, b"not_allowed"),
        (record(said(source="healthcheck")), PARKED, b"not_allowed"),
        (record(seen(), ce_type=b"routeyard.endpoint.observed.v9"), PARKED, b"not_understood"),
        (
            record(said(), value=b'{"endpoint":"mine","state":"sleepy"}'),
            PARKED,
            b"not_understood",
        ),
        (record(seen(), value=b"{"), DEAD, b"invalid_event"),
        (record(seen(), value=b'{"endpoint":1}'), DEAD, b"invalid_event"),
        (record(seen(), ce_time=b"yesterday"), DEAD, b"invalid_event"),
        (record(seen(), ce_id=b"\xff\x00"), DEAD, b"invalid_event"),
        (record(seen(600)), DEAD, b"invalid_event"),
    ],
)
async def test_what_may_not_be_said_is_parked_and_poison_is_dead(
    sent: Incoming, topic: str, code: bytes
) -> None:
    bench = Bench()
    await bench.consumer.take([record(seen(0)), sent, record(seen(1))])
    [letter] = [r for r in bench.brokers.written if r.topic in (DEAD, PARKED)]
    assert (letter.topic, dict(letter.headers)["ry_code"]) == (topic, code)
    assert (letter.key, letter.value) == (sent.key, sent.value)
    assert dict(letter.headers)["ry_consumer"] == b"healthcheck"
    assert bench.brokers.states() == [("mine", HealthState.HEALTHY)]
    assert bench.count("routeyard_healthcheck_letters_total") == 1


async def test_events_wait_until_the_graph_is_known() -> None:
    bench = Bench(knows_graph=False)
    with pytest.raises(Unavailable, match="graph"):
        await bench.consumer.take([record(seen())])
    assert bench.brokers.written == []


async def test_nothing_is_known_that_was_not_told() -> None:
    bench = Bench()
    bench.brokers.away = 1
    with pytest.raises(Unavailable):
        await bench.consumer.take([record(seen())])
    assert bench.room.states.known.folded == {}
    await bench.consumer.take([record(seen())])
    assert bench.brokers.states() == [("mine", HealthState.HEALTHY)]


async def deliver(bench: Bench, *records: Incoming) -> int:
    """Hand records to the subscriber as a broker would; how often the process was ended."""
    broker = consumer_broker(KafkaSettings(bootstrap="nowhere:1"), "test")
    ended: list[int] = []
    intake = Intake(bench.consumer.take, bench.consumer.refuse, lambda: ended.append(1))
    subscribe(broker, [TOPIC], "group", intake)
    async with TestKafkaBroker(broker) as inside:
        for each in records:
            await send(inside, each)
    return len(ended)


async def send(broker: KafkaBroker, sent: Incoming) -> None:
    headers = {name: value.decode() for name, value in sent.headers}
    await broker.publish(sent.value, TOPIC, key=sent.key, headers=headers)


async def test_a_subscriber_takes_records_with_their_headers_and_bytes() -> None:
    bench = Bench()
    await deliver(bench, record(seen(0)), record(said("nobody")), record(seen(1), value=b"\xff{"))
    assert [r.topic for r in bench.brokers.written] == [STATE, PARKED, DEAD]
    assert bench.brokers.written[-1].value == b"\xff{"


async def test_a_broker_that_is_away_costs_no_record() -> None:
    bench = Bench()
    bench.brokers.away = 1
    assert await deliver(bench, record(seen())) == 0
    assert bench.brokers.states() == [("mine", HealthState.HEALTHY)]


async def test_a_record_that_breaks_the_code_is_found_and_the_others_are_taken() -> None:
    bench = Bench()

    async def take(records: Sequence[Incoming]) -> None:
        if any(r.position.offset == 5 for r in records):
            raise ZeroDivisionError
        await bench.consumer.take(records)

    records = [record(seen(n), offset=n) for n in range(8)]
    await insist(take, bench.consumer.refuse, records)
    [letter] = bench.brokers.on(DEAD)
    assert dict(letter.headers)["ry_offset"] == b"5"
    assert b"ZeroDivisionError" in dict(letter.headers)["ry_error"]
    assert bench.count("routeyard_healthcheck_folded_events_total") == 7


async def test_the_process_ends_when_a_record_can_neither_be_taken_nor_put_aside() -> None:
    broker = consumer_broker(KafkaSettings(bootstrap="nowhere:1"), "test")
    ended = asyncio.Event()

    async def fail(*_: object) -> None:
        raise ZeroDivisionError

    subscribe(broker, [TOPIC], "group", Intake(fail, fail, ended.set))
    async with TestKafkaBroker(broker) as inside:
        with pytest.raises(SystemExit):
            await send(inside, record(seen()))
    assert ended.is_set()


async def test_a_source_with_a_key_signs_what_it_saw() -> None:
    bench, keys = Bench(), make_keys()
    signer = Signer.of_pem(keys.private.encode())
    keyed = Source(id="healthcheck", rank=50, types=(OBSERVED,), public_key=keys.public)
    bench.world.take(graph(endpoint(), keyed), None)
    signed = signer.sign(envelope.write(seen(0), TOPICS))
    await bench.consumer.take(
        [
            Incoming(Position(TOPIC, 0, 0), signed.key, signed.value, signed.headers),
            record(seen(1)),
            record(seen(2), ce_sig=b""),
        ]
    )
    assert len(bench.brokers.on(PARKED)) == 2
    forged = tuple((n, b"3" if n == "ce_id" else v) for n, v in signed.headers)
    await bench.consumer.take([Incoming(Position(TOPIC, 0, 1), signed.key, signed.value, forged)])
    assert [dict(letter.headers)["ry_code"] for letter in bench.brokers.on(DEAD)] == [
        b"bad_signature"
    ]
    assert bench.brokers.states() == [("mine", HealthState.HEALTHY)]


async def test_a_source_reports_on_its_own_endpoints_alone() -> None:
    bench = Bench()
    bound = Source(id="healthcheck", rank=50, types=(OBSERVED,), entities=("endpoint:acme-*",))
    bench.world.take(graph(endpoint(), bound), None)
    await bench.consumer.take([record(seen(0))])
    (letter,) = bench.brokers.on(PARKED)
    assert b"may not speak of endpoint:mine" in dict(letter.headers)["ry_error"]
