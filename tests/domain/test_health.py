from datetime import UTC, datetime, timedelta
from functools import reduce

from hypothesis import given
from hypothesis import strategies as st

from routeyard.domain.health import (
    Declaration,
    EndpointHealth,
    HealthState,
    Observation,
    declare,
    observe,
)

Fact = Observation | Declaration
START = datetime(2026, 1, 31, 12, tzinfo=UTC)
TTL = timedelta(seconds=30)


def at(second: float) -> datetime:
    return START + timedelta(seconds=second)


def look(second: float, *, is_up: bool, latency_ms: float | None = None) -> Observation:
    return Observation(
        endpoint="e", zone="z", is_up=is_up, observed_at=at(second), latency_ms=latency_ms
    )


def word(second: float, state: HealthState, ttl_s: float = 60.0) -> Declaration:
    return Declaration(endpoint="e", zone="z", state=state, observed_at=at(second), ttl_s=ttl_s)


def fold(known: EndpointHealth | None, *facts: Fact, ttl: timedelta = TTL) -> EndpointHealth | None:
    def take(held: EndpointHealth | None, fact: Fact) -> EndpointHealth | None:
        took = observe(held, fact, ttl) if isinstance(fact, Observation) else declare(held, fact)
        return took or held

    return reduce(take, facts, known)


def state_after(*facts: Fact) -> HealthState:
    held = fold(None, *facts)
    assert held is not None
    return held.state


def test_the_first_look_counts_at_once() -> None:
    assert state_after(look(0, is_up=True)) is HealthState.HEALTHY
    assert state_after(look(0, is_up=False)) is HealthState.UNHEALTHY


def test_a_state_falls_after_two_failures_in_a_row() -> None:
    once = (look(0, is_up=True), look(10, is_up=False))
    assert state_after(*once) is HealthState.HEALTHY
    assert state_after(*once, look(20, is_up=True), look(25, is_up=False)) is HealthState.HEALTHY
    assert state_after(*once, look(20, is_up=False)) is HealthState.UNHEALTHY


def test_a_state_rises_after_two_successes_in_a_row() -> None:
    once = (look(0, is_up=False), look(10, is_up=True))
    assert state_after(*once) is HealthState.UNHEALTHY
    assert state_after(*once, look(20, is_up=True)) is HealthState.HEALTHY


def test_since_is_when_the_state_began_and_outlives_further_looks() -> None:
    held = fold(None, look(0, is_up=True), look(10, is_up=True), look(20, is_up=True))
    assert held is not None
    assert (held.since, held.observed_at, held.expires_at) == (at(0), at(20), at(50))


def test_an_older_look_changes_nothing() -> None:
    held = fold(None, look(10, is_up=True))
    assert observe(held, look(9, is_up=False), TTL) is None
    assert observe(held, look(10, is_up=False), TTL) is None


def test_a_state_is_unknown_once_it_has_expired() -> None:
    held = fold(None, look(0, is_up=True))
    assert held is not None
    assert held.state_at(at(29.9)) is HealthState.HEALTHY
    assert held.state_at(at(30)) is HealthState.UNKNOWN


def test_one_failure_after_a_long_silence_is_not_covered_by_what_was_known_before() -> None:
    assert state_after(look(0, is_up=True), look(3600, is_up=False)) is HealthState.UNHEALTHY
    held = fold(None, look(0, is_up=False), look(3600, is_up=True))
    assert held is not None
    assert (held.state, held.since) == (HealthState.HEALTHY, at(3600))


def test_a_declaration_acts_at_once_and_probes_do_not_move_it_until_it_expires() -> None:
    facts = (look(0, is_up=True), word(5, HealthState.UNHEALTHY, ttl_s=60))
    assert state_after(*facts) is HealthState.UNHEALTHY
    probed: list[Fact] = [*facts, *(look(10 + 10 * n, is_up=True) for n in range(5))]
    assert state_after(*probed) is HealthState.UNHEALTHY
    assert state_after(*probed, look(65, is_up=True)) is HealthState.HEALTHY


def test_a_declaration_that_arrives_after_a_newer_look_still_acts() -> None:
    facts = (look(0, is_up=True), look(10, is_up=True), word(9.5, HealthState.UNHEALTHY))
    held = fold(None, *facts)
    assert held is not None
    assert (held.state, held.is_declared) == (HealthState.UNHEALTHY, True)
    assert held.expires_at == at(69.5)


def test_a_declaration_that_was_over_before_the_newest_look_is_ignored() -> None:
    held = fold(None, look(100, is_up=True))
    assert declare(held, word(30, HealthState.UNHEALTHY, ttl_s=60)) is None


def test_the_newest_declaration_wins_in_any_order_even_after_it_has_expired() -> None:
    brief, long = word(6, HealthState.HEALTHY, ttl_s=1), word(5, HealthState.UNHEALTHY, ttl_s=300)
    assert state_after(long, brief) is state_after(brief, long) is HealthState.HEALTHY
    held = fold(None, long, brief, look(10, is_up=True))
    assert declare(held, long) is None


def test_latency_is_smoothed_and_a_failure_leaves_it_as_it_was() -> None:
    held = fold(
        None,
        look(0, is_up=True, latency_ms=100),
        look(10, is_up=True, latency_ms=200),
        look(20, is_up=False),
    )
    assert held is not None
    assert held.latency_ms == 130


LOOKS = st.builds(look, st.integers(0, 200), is_up=st.booleans())
WORDS = st.builds(
    word, st.integers(0, 200), st.sampled_from(HealthState), ttl_s=st.integers(1, 100).map(float)
)


@given(st.lists(LOOKS | WORDS, max_size=30))
def test_a_fact_told_twice_is_told_once(facts: list[Fact]) -> None:
    twice = [fact for fact in facts for _ in range(2)]
    assert fold(None, *twice) == fold(None, *facts)


@given(st.lists(LOOKS, max_size=30), st.data())
def test_looks_handed_in_again_from_any_place_change_nothing(
    looks: list[Observation], data: st.DataObject
) -> None:
    again = data.draw(st.integers(0, len(looks)))
    assert fold(None, *looks, *looks[again:]) == fold(None, *looks)


@given(st.permutations([word(t, s, 100) for t, s in enumerate(HealthState)]))
def test_declarations_may_arrive_in_any_order(words: list[Declaration]) -> None:
    held = fold(None, *words)
    assert held is not None
    assert (held.state, held.expires_at) == (list(HealthState)[-1], at(len(words) - 1 + 100))


@given(st.lists(LOOKS | WORDS, max_size=30))
def test_what_is_known_never_grows_older(facts: list[Fact]) -> None:
    held: EndpointHealth | None = None
    for fact in facts:
        newer = fold(held, fact)
        assert held is None or (newer is not None and newer.observed_at >= held.observed_at)
        held = newer
