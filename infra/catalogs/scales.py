"""Putting results of unlike tests on one scale, when few models took all of them."""

import math
from collections.abc import Mapping

ROUNDS = 400
_LEAST, _MOST = 0.01, 0.99

Results = Mapping[str, Mapping[str, float]]


def completed(results: Results) -> dict[str, dict[str, float]]:
    """Every model's share of tasks solved in every test; measured where it was, else expected.

    The expectation is that of the Rasch model, in which the odds of solving a task are a
    model's ability over a test's difficulty. Both are fitted to the measured shares, so that a
    model that took only the hardest test is not ranked below those that took only easy ones.
    """
    tests = sorted({test for shares in results.values() for test in shares})
    ability = dict.fromkeys(sorted(results), 0.0)
    difficulty = dict.fromkeys(tests, 0.0)
    for _ in range(ROUNDS):
        for model, shares in results.items():
            ability[model] += _step(
                [
                    (_clamp(share), ability[model] - difficulty[test])
                    for test, share in shares.items()
                ]
            )
        for test in tests:
            taken = [(model, shares[test]) for model, shares in results.items() if test in shares]
            difficulty[test] -= _step(
                [(_clamp(share), ability[model] - difficulty[test]) for model, share in taken]
            )
    return {
        model: {test: shares.get(test, _odds(ability[model] - difficulty[test])) for test in tests}
        for model, shares in results.items()
    }


def _step(pairs: list[tuple[float, float]]) -> float:
    """One Newton step towards the value under which the shares are most likely."""
    expected = [_odds(advantage) for _, advantage in pairs]
    surplus = sum(share for share, _ in pairs) - sum(expected)
    return surplus / max(sum(each * (1 - each) for each in expected), 0.01)


def _odds(advantage: float) -> float:
    return 1 / (1 + math.exp(-advantage))


def _clamp(share: float) -> float:
    return min(max(share, _LEAST), _MOST)
