"""Roll-outs: who is in stays in, and the shares are what they are said to be."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeyard.domain.cohort import BUCKETS, bucket, is_within, murmur3


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        # Published vectors of MurmurHash3 x86_32 with seed 0.
        (b"", 0),
        (b"\x00", 0x514E28B7),
        (b"\x00\x00", 0x30F4C306),
        (b"\x00\x00\x00", 0x85F0B427),
        (b"\x00\x00\x00\x00", 0x2362F9DE),
        (b"\xff\xff\xff\xff", 0x76293B50),
        (b"\x21\x43\x65\x87", 0xF55B516B),
        (b"\x21\x43\x65", 0x7E4A8634),
        (b"\x21\x43", 0xA0F7B07A),
        (b"\x21", 0x72661CF4),
        (b"hello", 0x248BFA47),
        (b"hello, world", 0x149BBB7F),
        (b"The quick brown fox jumps over the lazy dog", 0x2E4FF723),
    ],
)
def test_the_hash_is_the_published_one(data: bytes, expected: int) -> None:
    assert murmur3(data) == expected


@given(st.text(), st.text(), st.floats(0, 100), st.floats(0, 100))
def test_who_is_in_a_share_is_in_every_larger_one(salt: str, unit: str, a: float, b: float) -> None:
    less, more = sorted((a, b))
    assert is_within(more, salt, unit) or not is_within(less, salt, unit)


@given(st.text(), st.text())
def test_nobody_is_in_none_and_everybody_in_all(salt: str, unit: str) -> None:
    assert 0 <= bucket(salt, unit) < BUCKETS
    assert not is_within(0, salt, unit)
    assert is_within(100, salt, unit)


def test_the_edges_of_a_bucket_are_where_they_are_said_to_be() -> None:
    for number in range(200):
        unit = f"unit-{number}"
        edge = bucket("salt", unit) * 100 / BUCKETS
        assert not is_within(edge, "salt", unit)
        assert is_within(edge + 100 / BUCKETS, "salt", unit)


def test_a_tenth_is_a_tenth() -> None:
    inside = sum(is_within(10, "salt", f"tenant-{number}") for number in range(20_000))
    assert 1_900 < inside < 2_100
