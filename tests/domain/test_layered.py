"""A layered mapping is the dictionary that the same changes would have made."""

from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeyard.domain import layered as module
from routeyard.domain.layered import Layered, layered

KEYS = st.integers(0, 12)
CHANGES = st.lists(st.dictionaries(KEYS, st.none() | st.integers(), max_size=6), max_size=12)


def changed(held: Mapping[int, int], changes: Mapping[int, int | None]) -> dict[int, int]:
    after: dict[int, int | None] = {**held, **changes}
    return {key: value for key, value in after.items() if value is not None}


@given(st.dictionaries(KEYS, st.integers()), CHANGES, st.integers(0, 8))
def test_it_is_what_a_dictionary_would_be(
    base: dict[int, int], all_changes: list[dict[int, int | None]], most_over: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(module, "MOST_OVER", most_over)
        found: Layered[int, int] = layered(base)
        expected = dict(base)
        for changes in all_changes:
            before, copy = found, dict(found)
            found, expected = found.changed(changes), changed(expected, changes)
            assert dict(before) == copy
            assert (found == expected, len(found)) == (True, len(expected))
            assert sorted(found) == sorted(expected)
            assert dict(found.items()) == expected
            assert sorted(found.values()) == sorted(expected.values())
            for key in range(13):
                assert (key in found) is (key in expected)
                assert found.get(key, "none") == expected.get(key, "none")
                assert found.get(key) == expected.get(key)
        assert base == dict(layered(base))


def test_a_key_that_is_not_there_is_said() -> None:
    held = layered({1: 1}).changed({1: None})
    for key in (1, 2):
        with pytest.raises(KeyError):
            held[key]


def test_a_large_overlay_becomes_the_base() -> None:
    held = layered(dict.fromkeys(range(10), 0))
    for key in range(module.MOST_OVER + 1):
        held = held.changed({key: 1})
    assert (held._over, len(held)) == ({}, module.MOST_OVER + 1)
