"""What an operator may correct, and how it is written."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeyard.domain.claims import Kind
from routeyard.domain.correction import FIXED, checked, correctable
from routeyard.domain.errors import InvalidRequest

GOOD = [
    (Kind.MODEL, {"context": 200_000}, {"context": 200_000}),
    (Kind.MODEL, {"capabilities.tool_use": 1}, {"capabilities.tool_use": 1.0}),
    (Kind.MODEL, {"retires_on": "2027-01-31"}, {"retires_on": "2027-01-31"}),
    (Kind.MODEL, {"context": None}, {"context": None}),
    (Kind.MODEL, {"succeeded_by": "openai/gpt-5"}, {"succeeded_by": "openai/gpt-5"}),
    (Kind.OFFERING, {"price": {"input": "2.5"}}, {"price": {"input": "2.5"}}),
    (Kind.ENDPOINT, {"residency": ["EU"]}, {"residency": ["EU"]}),
]
BAD = [
    (Kind.MODEL, {}, "at least one field"),
    (Kind.MODEL, {"contxt": 1}, "no field 'contxt'"),
    (Kind.MODEL, {"id": "x"}, "no field 'id'"),
    (Kind.MODEL, {"context": -1}, "context is -1 tokens"),
    (Kind.MODEL, {"context": "many"}, "cannot be the context"),
    (Kind.MODEL, {"capabilities": {"tool_use": 1}}, "no field 'capabilities'"),
    (Kind.MODEL, {"capabilities.tool_use": 7}, "outside 0..1"),
    (Kind.MODEL, {"quality.general": 2}, "outside 0..1"),
    (Kind.MODEL, {"context.x": 1}, "no field 'context.x'"),
    (Kind.MODEL, {"lifecycle": None}, "cannot be the lifecycle"),
    (Kind.MODEL, {"retires_on": "next year"}, "cannot be the retires_on"),
    (Kind.OFFERING, {"price": {"input": "3", "currency": "EUR"}}, "prices are in USD"),
    (Kind.ENDPOINT, {"url": "http://10.0.0.1"}, "no field 'url'"),
    (Kind.ENDPOINT, {"owner": "acme"}, "no field 'owner'"),
]


@pytest.mark.parametrize(("kind", "fields", "kept"), GOOD)
def test_a_correction_is_kept_in_plain_values(
    kind: Kind, fields: dict[str, Any], kept: dict[str, Any]
) -> None:
    assert checked(kind, fields) == kept


@pytest.mark.parametrize(("kind", "fields", "reason"), BAD)
def test_a_correction_that_cannot_be_is_refused(
    kind: Kind, fields: dict[str, Any], reason: str
) -> None:
    with pytest.raises(InvalidRequest, match=reason):
        checked(kind, fields)


KINDS = st.sampled_from([Kind.PROVIDER, Kind.MODEL, Kind.RELEASE, Kind.ENDPOINT, Kind.OFFERING])
SCALARS = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text()
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner), max_leaves=5
)


@given(KINDS, st.data())
def test_any_value_is_kept_or_refused_with_a_sentence(kind: Kind, data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(sorted(correctable(kind))) | st.text())
    member = data.draw(st.sampled_from(["", ".x", ".tool_use"]))

    try:
        kept = checked(kind, {name + member: data.draw(VALUES)})
    except InvalidRequest:
        return
    assert json.loads(json.dumps(kept)) == kept


def test_keys_are_never_correctable() -> None:
    assert not FIXED & {field for kind in Kind for field in correctable(kind)}


def test_money_stays_exact() -> None:
    kept = checked(Kind.OFFERING, {"price": {"input": "0.1000000000000000000001"}})

    assert Decimal(kept["price"]["input"]) == Decimal("0.1000000000000000000001")
