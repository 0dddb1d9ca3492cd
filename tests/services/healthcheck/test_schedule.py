from collections import Counter

from services.healthcheck.schedule import Slot, is_watched, next_round
from tests.services.healthcheck.graphs import endpoint

INTERVAL = 10.0
MANY = [endpoint(f"endpoint-{n}") for n in range(200)]


def test_only_endpoints_that_can_be_called_from_this_zone_are_watched() -> None:
    assert is_watched(endpoint(), "eu")
    assert is_watched(endpoint(zones=("us", "eu")), "eu")
    assert is_watched(endpoint(keyless=False, credential="c"), "eu")
    assert not is_watched(endpoint(zones=("us",)), "eu")
    assert not is_watched(endpoint(zones=("us",)), "any")
    assert not is_watched(endpoint(url=None), "eu")
    assert not is_watched(endpoint(keyless=False), "eu")


def test_new_endpoints_are_due_at_once_and_then_once_in_every_interval() -> None:
    slots: dict[str, Slot] = {}
    seen: Counter[str] = Counter()
    for tenth in range(1000):
        found = next_round(slots, MANY, tenth / 10, INTERVAL)
        slots = found.slots
        seen.update(e.id for e in found.due)
        assert tenth or len(found.due) == len(MANY)
    assert set(seen.values()) <= {10, 11}


def test_the_first_pause_is_between_half_and_one_and_a_half_intervals() -> None:
    slots = next_round({}, MANY, 1234.5, INTERVAL).slots
    assert all(INTERVAL / 2 <= slot.at - 1234.5 <= INTERVAL * 1.5 for slot in slots.values())


def test_endpoints_are_spread_over_the_interval_in_the_same_way_on_every_start() -> None:
    slots = next_round({}, MANY, 0.0, INTERVAL).slots
    again = next_round({}, MANY, 3 * INTERVAL, INTERVAL).slots
    per_second = Counter(int(slot.at % INTERVAL) for slot in slots.values())
    assert min(per_second[second] for second in range(10)) >= 8
    assert all(abs(again[name].at - slot.at - 3 * INTERVAL) < 1e-6 for name, slot in slots.items())


def test_an_endpoint_that_moves_is_due_at_once() -> None:
    slots = next_round({}, [endpoint()], 0.0, INTERVAL).slots
    assert next_round(slots, [endpoint()], 1.0, INTERVAL).due == []
    moved = endpoint(url="http://elsewhere/v1")
    assert next_round(slots, [moved], 1.0, INTERVAL).due == [moved]


def test_an_endpoint_that_is_gone_is_forgotten_and_new_when_it_returns() -> None:
    slots = next_round({}, [endpoint()], 0.0, INTERVAL).slots
    gone = next_round(slots, [], 1.0, INTERVAL)
    assert gone.slots == {}
    assert next_round(gone.slots, [endpoint()], 2.0, INTERVAL).due == [endpoint()]
