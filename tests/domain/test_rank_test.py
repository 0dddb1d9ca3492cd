"""The rank test that timings are compared with."""

import random

import pytest

from tests.experiments.rank_test import mann_whitney


def test_equal_samples_do_not_differ() -> None:
    assert mann_whitney([1.0] * 30, [1.0] * 30) == 1.0
    assert mann_whitney(range(30), range(30)) == 1.0


def test_separate_samples_differ() -> None:
    assert mann_whitney(range(30), range(100, 130)) < 1e-9


def test_it_agrees_with_a_published_example() -> None:
    # The example of R's wilcox.test: exactly, and on one side, p = 0.1272.
    a = [0.80, 0.83, 1.89, 1.04, 1.45, 1.38, 1.91, 1.64, 0.73, 1.46]
    b = [1.15, 0.88, 0.90, 0.74, 1.21]
    assert mann_whitney(a, b) == pytest.approx(2 * 0.1272, abs=0.02)


def test_it_is_wrong_as_seldom_as_it_says() -> None:
    draw = random.Random(1)  # noqa: S311 - the same every time
    ps = [
        mann_whitney([draw.gauss(0, 1) for _ in range(40)], [draw.gauss(0, 1) for _ in range(40)])
        for _ in range(400)
    ]
    assert sum(p < 0.05 for p in ps) / len(ps) < 0.09
