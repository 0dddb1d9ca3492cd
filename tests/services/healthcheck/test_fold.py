from datetime import datetime, timedelta
from functools import reduce

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeyard.domain.errors import InvalidEvent
from routeyard.domain.events import (
    EndpointObserved,
    EndpointRegistered,
    Event,
    HealthDeclared,
)
from routeyard.domain.health import EndpointHealth, HealthState
from services.healthcheck.fold import Known, Outcome, check, fold
from services.healthcheck.states import States
from tests.builders import at, event

TTL = timedelta(seconds=30)
HEALTHY, UNHEALTHY = HealthState.HEALTHY, HealthState.UNHEALTHY


def look(  # noqa: PLR0913 - one look has so many sides
    second: float,
    *,
    is_up: bool = True,
    endpoint: str = "e",
    zone: str = "eu",
    latency_ms: float | None = None,
    reason: str = "",
) -> Event:
    data = EndpointObserved(
        endpoint=endpoint, zone=zone, is_up=is_up, latency_ms=latency_ms, reason=reason
    )
    return event(data, seconds=second)


def word(second: float, state: HealthState, zone: str = "eu", ttl_s: float = 60) -> Event:
    return event(HealthDeclared(endpoint="e", zone=zone, state=state, ttl_s=ttl_s), seconds=second)


def run(*events: Event, now: datetime | None = None, states: States | None = None) -> Outcome:
    known = states.known if states else Known({}, {})
    newest = max((e.observed_at for e in events), default=at())
    return fold(events, known, TTL, now or newest)


def told(outcome: Outcome) -> list[tuple[str, HealthState]]:
    return [(health.zone, health.state) for health in outcome.to_tell]


def test_every_change_is_told_in_order_and_confirmations_are_not() -> None:
    looks = [look(n, is_up=n not in (3, 4)) for n in range(8)]
    outcome = run(*looks)
    assert told(outcome) == [("eu", HEALTHY), ("eu", UNHEALTHY), ("eu", HEALTHY)]
    assert (outcome.taken, outcome.changes) == (8, 3)


def test_a_state_is_confirmed_once_a_third_of_its_time_has_passed() -> None:
    assert len(run(*(look(n) for n in range(10))).to_tell) == 1
    assert len(run(*(look(n) for n in range(11))).to_tell) == 2


def test_a_new_reason_is_told() -> None:
    outcome = run(look(0), look(1, is_up=False, reason="HTTP 503"))
    assert [h.reason for h in outcome.to_tell] == ["", "HTTP 503"]
    assert told(outcome)[-1] == ("eu", HEALTHY)


def test_latency_is_told_when_it_moves_by_more_than_a_tenth() -> None:
    assert len(run(look(0, latency_ms=100), look(1, latency_ms=130)).to_tell) == 1
    assert len(run(look(0, latency_ms=100), look(1, latency_ms=140)).to_tell) == 2
    assert len(run(look(0), look(1, latency_ms=140)).to_tell) == 2
    assert len(run(look(0, latency_ms=2), look(1, latency_ms=12)).to_tell) == 1


def test_what_has_expired_is_known_and_not_told() -> None:
    outcome = run(look(0), now=at(30))
    assert (outcome.to_tell, len(outcome.folded)) == ([], 1)


def test_every_declaration_is_told_for_it_moves_the_expiry() -> None:
    outcome = run(word(0, HEALTHY), word(1, HEALTHY))
    assert [h.expires_at for h in outcome.to_tell] == [at(60), at(61)]
    assert outcome.changes == 1


def test_a_declaration_for_any_zone_stands_over_the_looks_of_each() -> None:
    events = [look(0), look(1, zone="us"), word(2, UNHEALTHY, zone="any")]
    outcome = run(*events, look(10), look(20), look(25, zone="us"))
    assert told(outcome) == [("eu", HEALTHY), ("us", HEALTHY), ("any", UNHEALTHY)]
    assert told(run(*events, look(62)))[-1] == ("eu", HEALTHY)


def test_a_declaration_for_any_zone_passes_for_news_beside_a_newer_look() -> None:
    outcome = run(look(10), word(9, UNHEALTHY, zone="any"))
    assert outcome.to_tell[-1].observed_at == at(10)
    assert outcome.to_tell[-1].expires_at == at(69)


def test_zones_and_endpoints_are_kept_apart() -> None:
    outcome = run(look(0), look(0, zone="us", is_up=False), look(0, endpoint="f", is_up=False))
    assert {key: h.state for key, h in outcome.folded.items()} == {
        "e/eu": HEALTHY,
        "e/us": UNHEALTHY,
        "f/eu": UNHEALTHY,
    }


def test_a_reason_is_kept_short_and_printable() -> None:
    outcome = run(look(0, is_up=False, reason="a\x00b\n" + "c" * 500))
    assert outcome.to_tell[0].reason == "ab" + "c" * 198


def test_events_of_other_topics_and_zones_with_a_slash_are_refused() -> None:
    with pytest.raises(InvalidEvent, match="model-release"):
        check(event(EndpointRegistered(endpoint="e", provider="p")))
    for zone in ("", "eu/west"):
        with pytest.raises(InvalidEvent, match="zone"):
            check(look(0, zone=zone))


LOOKS = st.builds(
    look, st.integers(0, 120), is_up=st.booleans(), zone=st.sampled_from(["eu", "us"])
)
WORDS = st.builds(
    word,
    st.integers(0, 120),
    st.sampled_from(HealthState),
    zone=st.sampled_from(["eu", "any"]),
    ttl_s=st.integers(1, 60),
)


def in_batches(events: list[Event], sizes: list[int]) -> dict[str, EndpointHealth]:
    states = States()
    rest = events
    for size in [*sizes, len(events)]:
        batch, rest = rest[:size], rest[size:]
        states.take(run(*batch, now=at(120), states=states))
    return states.known.folded


@given(st.lists(LOOKS | WORDS, max_size=25), st.lists(st.integers(0, 8), max_size=6))
def test_how_events_are_batched_makes_no_difference(events: list[Event], sizes: list[int]) -> None:
    assert in_batches(events, sizes) == in_batches(events, [])


@given(st.lists(LOOKS, max_size=25), st.integers(0, 25))
def test_a_batch_that_is_handed_in_again_changes_and_tells_nothing(
    events: list[Event], size: int
) -> None:
    states = States()
    states.take(run(*events, now=at(0), states=states))
    again = run(*events[size:], now=at(0), states=states)
    assert (again.taken, again.to_tell) == (0, [])


@given(st.lists(LOOKS | WORDS, max_size=25))
def test_others_never_hold_another_state_than_is_known_here(events: list[Event]) -> None:
    def take(states: States, one: Event) -> States:
        states.take(fold([one], states.known, TTL, one.observed_at))
        return states

    states = reduce(take, sorted(events, key=lambda e: e.observed_at), States())
    for key, health in states.known.folded.items():
        assert states.known.told[key].state_at(health.observed_at) is health.state_at(
            health.observed_at
        )
