from datetime import timedelta

import msgspec

from routeyard.domain.health import EndpointHealth, HealthState
from routeyard.wire.health import write_removal, write_state
from routeyard.wire.record import Incoming, Outgoing, Position
from routeyard.wire.topics import Topics
from services.healthcheck.states import States
from tests.builders import at

TOPICS = Topics("t")


def read(record: Outgoing) -> Incoming:
    return Incoming(Position(record.topic, 0, 0), record.key, record.value, record.headers)


def health(second: float = 0, endpoint: str = "e", **more: object) -> EndpointHealth:
    held = EndpointHealth(
        endpoint=endpoint,
        zone="eu",
        state=HealthState.HEALTHY,
        observed_at=at(second),
        since=at(second),
        expires_at=at(second + 30),
    )
    return msgspec.structs.replace(held, **more)


def restored(*states: EndpointHealth) -> States:
    held = States()
    for state in states:
        held.restore(read(write_state(state, TOPICS)))
    return held


def test_states_are_restored_from_their_topic_as_they_were_told() -> None:
    states = restored(health(0), health(10, streak=-1, reason="HTTP 503"))
    newest = health(10, streak=-1, reason="HTTP 503")
    assert states.known.folded == states.known.told == {"e/eu": newest}


def test_an_older_record_takes_nothing_back() -> None:
    assert restored(health(10), health(0)).known.folded == {"e/eu": health(10)}


def test_a_late_declaration_of_the_same_moment_is_taken_over() -> None:
    said = health(10, is_declared=True, state=HealthState.UNHEALTHY, declared_at=at(9))
    assert restored(health(10), said).known.folded == {"e/eu": said}
    assert restored(said, health(10)).known.folded == {"e/eu": said}


def test_a_tombstone_forgets_and_what_is_not_understood_is_left_out() -> None:
    states = restored(health(0))
    states.restore(Incoming(Position("t", 0, 1), b"e/eu", b'{"state": "newer"}', ()))
    assert states.known.folded
    states.restore(read(write_removal("e", "eu", TOPICS)))
    assert not states.known.folded
    assert not states.known.told


def test_states_of_removed_endpoints_go_at_once_and_of_unknown_ones_when_they_expire() -> None:
    states = restored(health(), health(endpoint="removed"), health(endpoint="early"))
    present = {"e"}

    def orphans(second: float) -> list[str]:
        found = states.orphans(present, {"e", "removed"}, at() + timedelta(seconds=second))
        return [state.endpoint for state in found]

    assert orphans(0) == ["removed"]
    assert orphans(30) == ["removed", "early"]
