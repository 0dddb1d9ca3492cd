"""The common scale: what holds of every place on it, and how lines are drawn."""

import math
import random
from statistics import pstdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from infra.catalogs.equating import Anchor, Line, by_board, equate
from services.registry.catalogs.leaderboards.results import Reading
from services.registry.catalogs.leaderboards.scale import Ability, Evidence, combined, equated
from services.registry.catalogs.leaderboards.table import Prior, Scale, Unit

PRIOR = Prior(mean=0.0, deviation=1.0)
RANGES = {Unit.PERCENT: (0.0, 100.0), Unit.RATING: (500.0, 2500.0), Unit.POINTS: (-100.0, 100.0)}
scales = st.builds(
    Scale,
    middle=st.floats(-10, 10),
    spread=st.floats(0.1, 5),
    error=st.floats(0.05, 2),
    models=st.just(20),
)


@st.composite
def two_readings(draw: st.DrawFn) -> tuple[Unit, float, float]:
    unit = draw(st.sampled_from(list(Unit)))
    low, high = RANGES[unit]
    first, second = draw(st.floats(low, high)), draw(st.floats(low, high))
    return unit, min(first, second), max(first, second)


@given(two_readings(), scales)
def test_a_better_result_never_scores_less_and_scores_lie_in_0_to_1(
    readings: tuple[Unit, float, float], scale: Scale
) -> None:
    unit, less, more = readings
    low = equated(unit, scale, Reading(value=less))
    high = equated(unit, scale, Reading(value=more))
    assert 0.0 <= low.score <= high.score <= 1.0
    assert low.error >= scale.error
    assert low.score_error >= 0.0


abilities = st.builds(Ability, st.floats(-5, 5), st.floats(0.05, 0.7))
words = st.lists(
    st.builds(Evidence, st.sampled_from(["one", "two", "three"]), abilities, st.floats(0.5, 1)),
    min_size=1,
    max_size=8,
)


@given(words, st.floats(0, 3))
def test_all_tests_together_follow_each_test(evidence: list[Evidence], more: float) -> None:
    before = combined(evidence, PRIOR)
    first = evidence[0]
    raised = first._replace(ability=first.ability._replace(value=first.ability.value + more))
    after = combined([raised, *evidence[1:]], PRIOR)
    if before is not None and after is not None:
        assert after.value >= before.value - 1e-9
        assert after.error < PRIOR.deviation


def test_what_rests_on_the_prior_more_than_on_results_is_left_out() -> None:
    vague = Evidence("one", Ability(1.0, 2.0), 1.0)
    assert combined([vague], PRIOR) is None
    assert combined([], PRIOR) is None
    exact = combined([Evidence("one", Ability(1.0, 0.1), 1.0)], PRIOR)
    assert exact is not None
    assert exact.value == pytest.approx(1.0, abs=0.02)


def test_a_board_counts_once_however_many_categories_it_has() -> None:
    one = Evidence("one", Ability(1.0, 0.3), 1.0)
    two = Evidence("two", Ability(-1.0, 0.3), 1.0)
    crowd = [Evidence("one", Ability(1.0 + step / 10, 0.3), 1.0) for step in range(-4, 5)]
    even, crowded = combined([one, two], PRIOR), combined([*crowd, two], PRIOR)
    assert even is not None
    assert crowded == pytest.approx(even)


def test_doubts_published_with_a_result_are_added() -> None:
    scale = Scale(middle=7.5, spread=0.5, error=0.1, models=20)
    sure = equated(Unit.RATING, scale, Reading(value=1400))
    unsure = equated(Unit.RATING, scale, Reading(value=1400, error=50))
    assert sure.value == unsure.value
    assert sure.error == pytest.approx(0.1)
    assert unsure.error > 0.5


ANCHOR = Anchor("arena/overall", Line(7.0, 0.5))
TRUE = {
    "arena/overall": ANCHOR.line,
    "exam@1/maths": Line(-1.0, 2.0),
    "exam@2/maths": Line(-3.0, 0.7),
    "code/repair": Line(0.4, 3.0),
}


def taken(seed: int, noise: float) -> dict[str, dict[str, float]]:
    """Forty models of known ability, each with some of the tests."""
    draw = random.Random(seed)  # noqa: S311 - no secret hangs on it
    found: dict[str, dict[str, float]] = {}
    for number in range(40):
        ability = draw.gauss(0, 1)
        found[f"model-{number}"] = {
            test: line.middle + line.spread * (ability + draw.gauss(0, noise))
            for test, line in TRUE.items()
            if draw.random() < 0.8
        }
    return found


def test_lines_are_found_again_where_there_is_no_noise() -> None:
    lines = equate(taken(seed=1, noise=0.0), ANCHOR)
    for test, line in TRUE.items():
        assert lines[test].middle == pytest.approx(line.middle, abs=1e-6)
        assert lines[test].spread == pytest.approx(line.spread, abs=1e-6)
        assert lines[test].error == pytest.approx(0.0, abs=1e-6)


def test_noise_is_told_as_error_and_does_not_pull_the_line_together() -> None:
    noise = 0.3
    lines = equate(taken(seed=2, noise=noise), ANCHOR)
    for test, line in TRUE.items():
        assert lines[test].spread == pytest.approx(line.spread, rel=0.25)
        assert 0.5 * noise < lines[test].error < 2 * noise


def test_a_board_of_noisy_tests_is_not_pulled_together_by_their_mean() -> None:
    draw = random.Random(5)  # noqa: S311 - no secret hangs on it
    measures: dict[str, dict[str, float]] = {}
    for number in range(60):
        ability = draw.gauss(0, 1)
        measures[f"model-{number}"] = {"arena/overall": 7.0 + 0.5 * ability} | {
            f"exam/{part}": ability + draw.gauss(0, 1) for part in range(6)
        }
    lines = equate(measures, ANCHOR)
    wholes = [by_board(results, lines) for results in measures.values()]
    assert pstdev(each["exam"] for each in wholes) == pytest.approx(
        pstdev(each["arena"] for each in wholes), rel=1e-6
    )


def test_the_order_of_models_and_tests_is_no_matter() -> None:
    measures = taken(seed=3, noise=0.2)
    turned = {model: dict(reversed(measures[model].items())) for model in reversed(measures)}
    assert equate(turned, ANCHOR) == equate(measures, ANCHOR)


def test_a_test_with_too_few_common_models_has_no_line() -> None:
    measures = taken(seed=4, noise=0.1)
    for number in range(5):
        measures[f"model-{number}"]["rare/test"] = float(number)
    assert "rare/test" not in equate(measures, ANCHOR)


def test_a_score_of_a_half_is_ability_zero() -> None:
    assert Ability(0.0, 0.1).score == 0.5
    assert Ability(math.log(3), 0.1).score == pytest.approx(0.75)
