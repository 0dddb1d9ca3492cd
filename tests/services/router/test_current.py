"""What a router answers from, as records change it."""

import msgspec

from routeyard.domain import keys
from routeyard.domain.health import EndpointHealth, HealthState
from routeyard.domain.keys import KeyVerifier
from routeyard.domain.resolver import resolve
from routeyard.domain.tenancy import Role
from routeyard.wire.health import write_removal, write_state
from routeyard.wire.record import Incoming, Outgoing, Position
from routeyard.wire.topics import Topics
from services.router.current import Current
from tests.builders import at
from tests.domain.worlds import World, after

TOPICS = Topics()


def stored(record: Outgoing) -> Incoming:
    return Incoming(Position(record.topic, 0, 0), record.key, record.value, record.headers)


def state(zone: str = "here", seconds: float = 0, **fields: object) -> Incoming:
    health = EndpointHealth(
        endpoint="a/b",
        zone=zone,
        state=HealthState.UNHEALTHY,
        observed_at=at(seconds),
        since=at(),
        expires_at=at(60),
    )
    return stored(write_state(msgspec.structs.replace(health, **fields), TOPICS))


def test_states_of_this_zone_and_of_any_count_and_others_do_not() -> None:
    current = Current("here")
    for zone, counts in (("there", False), ("any", True), ("here", True)):
        current.take_health(state(zone, seconds=1))
        assert bool(current.health) is counts


def test_the_newer_state_stands_and_a_tombstone_takes_it_away() -> None:
    current = Current("here")
    current.take_health(state(seconds=5, state=HealthState.HEALTHY))
    current.take_health(state(seconds=1))
    assert current.health["a/b"].state is HealthState.HEALTHY

    current.take_health(stored(write_removal("a/b", "here", TOPICS)))
    assert not current.health


def test_a_request_keeps_the_overlay_it_began_with() -> None:
    current = Current("here")
    current.take_health(state())
    begun = current.health
    current.take_health(stored(write_removal("a/b", "here", TOPICS)))

    assert begun["a/b"].state is HealthState.UNHEALTHY


def test_a_state_of_a_newer_version_changes_nothing() -> None:
    current = Current("here")
    current.take_health(state())
    current.take_health(Incoming(Position("t", 0, 1), b"a/b/here", b'{"state":"dreaming"}'))

    assert current.health["a/b"].state is HealthState.UNHEALTHY


def credential(verifier: KeyVerifier | None, key_id: str, value: bytes | None = None) -> Incoming:
    body = msgspec.json.encode(verifier) if verifier else value
    return Incoming(Position("t", 0, 0), f"key/{key_id}".encode(), body)


def test_keys_come_change_and_go() -> None:
    current = Current("here")
    verifier = KeyVerifier(key_id="k", digest="d", role=Role.SERVICE)
    current.take_credential(credential(verifier, "k"))
    assert current.keys == {"k": verifier}

    current.take_credential(credential(None, "k"))
    assert not current.keys


def test_a_key_whose_record_cannot_be_read_stops_working() -> None:
    current = Current("here")
    key = keys.mint(bytes(42))
    current.take_credential(
        credential(KeyVerifier(key_id=key.key_id, digest="d", role=Role.SERVICE), key.key_id)
    )
    current.take_credential(credential(None, key.key_id, b"{"))

    assert key.key_id not in current.keys


def test_graphs_follow_one_another() -> None:
    world = World(11)
    first = world.graph()
    ops = world.change()
    second = after(first, ops)
    stepwise, at_once = Current("here"), Current("here")

    stepwise.take_graph(first, None)
    stepwise.take_graph(second, tuple(ops))
    at_once.take_graph(second, None)

    assert stepwise.snapshot is not None
    assert at_once.snapshot is not None
    inputs = world.inputs(set())
    assert resolve(stepwise.snapshot, inputs) == resolve(at_once.snapshot, inputs)
