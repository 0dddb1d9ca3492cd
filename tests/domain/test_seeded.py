"""The differential test is worth something: it finds every bug that is put in."""

import pytest

from tests.domain.seeded import BUGS, first_caught
from tests.domain.test_differential import WORLDS


@pytest.mark.parametrize("name", BUGS)
def test_a_seeded_bug_is_found(name: str) -> None:
    assert first_caught(name, WORLDS) is not None


def test_there_are_enough_of_them() -> None:
    assert len(BUGS) >= 20
