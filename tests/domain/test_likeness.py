"""How well one model can stand in for another."""

from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from routeyard.domain.catalog import Model
from routeyard.domain.likeness import likeness

TAGS = st.dictionaries(st.sampled_from(["tool_use", "vision"]), st.sampled_from([0.0, 0.5, 1.0]))
MODELS = st.builds(
    Model,
    id=st.just("a/m"),
    provider=st.just("a"),
    context=st.none() | st.integers(1, 1_000_000),
    capabilities=TAGS,
    quality=st.dictionaries(st.just("general"), st.floats(0, 1)),
)


def model(**fields: Any) -> Model:
    return Model(id="a/m", provider="a", **fields)


def test_it_tells_where_another_falls_short() -> None:
    own = model(
        context=200_000, capabilities={"tool_use": 1.0, "vision": 1.0}, quality={"general": 0.8}
    )
    other = model(
        context=100_000, capabilities={"tool_use": 1.0, "vision": 0.0}, quality={"general": 0.5}
    )

    found = likeness(own, other)

    assert (found.missing, found.context) == (("vision",), 0.5)
    assert round(found.quality or 0, 9) == -0.3
    assert round(found.score, 9) == round(0.5 * 0.5 + 0.3 * 0.7 + 0.2 * 0.5, 9)


@given(MODELS, MODELS)
def test_a_score_is_a_share_and_nobody_is_more_like_it_than_itself(
    own: Model, other: Model
) -> None:
    assert 0 <= likeness(own, other).score <= 1
    assert likeness(own, own).score >= likeness(own, other).score - 1e-9
