"""What is refused at the door, and in which words."""

import pytest

from routeyard.domain.errors import Invalid, InvalidEvent, NotUnderstood
from routeyard.kafka.letters import put_aside
from routeyard.wire import envelope
from routeyard.wire.record import Incoming, Position
from routeyard.wire.topics import Topics
from tests.builders import at

GOOD = {
    "ce_specversion": b"1.0",
    "ce_id": b"1",
    "ce_source": b"dev",
    "ce_type": b"routeyard.model.released.v1",
    "ce_time": b"2026-06-01T12:00:00Z",
}
TOPIC = "routeyard.model-release.v1"
BODY = b'{"provider":"openai","native_id":"gpt-4o"}'


def record(body: bytes | None = BODY, **headers: bytes | None) -> Incoming:
    merged = {k: v for k, v in (GOOD | headers).items() if v is not None}
    return Incoming(Position(TOPIC, 0, 7), b"k", body, tuple(merged.items()))


DEAD = {
    "another type's topic": record(
        b'{"task":"t","low":0,"standard":0,"high":0}', ce_type=b"routeyard.precision.defined.v1"
    ),
    "no body": record(None),
    "no JSON": record(b"{"),
    "no object": record(b"[]"),
    "not UTF-8": record(b'{"provider":"\xff"}'),
    "too deep": record(b"[" * 10_000),
    "too long": record(b" " * (envelope.MAX_VALUE_BYTES + 1)),
    "no id": record(ce_id=None),
    "an empty source": record(ce_source=b""),
    "a control character in the id": record(ce_id=b"a\x00b"),
    "no time": record(ce_time=None),
    "a time without zone": record(ce_time=b"2026-06-01T12:00:00"),
    "prose for a time": record(ce_time=b"yesterday"),
    "a time ahead": record(ce_time=b"2026-06-01T12:05:01Z"),
    "a negative sequence": record(ce_sequence=b"-1"),
    "a missing field": record(b'{"provider":"openai"}'),
    "a wrong type": record(b'{"provider":"openai","native_id":"m","context":"256K tokens"}'),
    "a negative price": record(b'{"provider":"o","native_id":"m","price":{"input":"-1"}}'),
    "no number for a price": record(b'{"provider":"o","native_id":"m","price":{"input":"NaN"}}'),
    "an absurd price": record(b'{"provider":"o","native_id":"m","price":{"input":"1e9"}}'),
    "an empty name": record(b'{"provider":"","native_id":"m"}'),
    "no context": record(b'{"provider":"o","native_id":"m","context":0}'),
    "a level above one": record(b'{"provider":"o","native_id":"m","capabilities":{"x":2}}'),
}
PARKED = {
    "a newer type": record(ce_type=b"routeyard.model.merged.v1"),
    "a newer enum value": record(b'{"provider":"o","native_id":"m","mode":"telepathy"}'),
}


@pytest.mark.parametrize("bad", DEAD.values(), ids=DEAD.keys())
def test_what_is_wrong_is_dead_with_one_sentence(bad: Incoming) -> None:
    with pytest.raises(InvalidEvent) as caught:
        envelope.read(bad, at())

    assert caught.value.message.endswith((".", "…"))
    assert "\n" not in caught.value.message
    assert put_aside(bad, caught.value, "c", Topics()).topic == "routeyard.dead-letter.v1"


@pytest.mark.parametrize("newer", PARKED.values(), ids=PARKED.keys())
def test_what_is_not_understood_is_parked(newer: Incoming) -> None:
    with pytest.raises(NotUnderstood) as caught:
        envelope.read(newer, at())

    assert put_aside(newer, caught.value, "c", Topics()).topic == "routeyard.parked.v1"


def test_a_letter_keeps_the_original() -> None:
    bad = record(b"{")
    with pytest.raises(Invalid) as caught:
        envelope.read(bad, at())

    letter = put_aside(bad, caught.value, "registry", Topics())

    assert (letter.key, letter.value) == (bad.key, bad.value)
    assert set(bad.headers) <= set(letter.headers)
    assert dict(letter.headers)["ry_offset"] == b"7"


def test_five_minutes_ahead_is_within_what_clocks_differ_by() -> None:
    assert envelope.read(record(ce_time=b"2026-06-01T12:05:00Z"), at()).observed_at == at(300)


def test_unknown_fields_are_a_newer_publishers() -> None:
    body = b'{"provider":"o","native_id":"m","added_later":true}'

    assert envelope.read(record(body), at()).id == "1"
