from decimal import Decimal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeyard.domain.catalog import Endpoint, Lifecycle, Model, Offering, Price, PriceTier
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.difference import Change, FieldChange, difference, flat
from routeyard.domain.graph import canonical

MODEL = EntityRef(Kind.MODEL, "a/b")
OFFERING = EntityRef(Kind.OFFERING, "e/b")


def model(**fields: object) -> bytes:
    return canonical(msgspec.convert({"id": "a/b", "provider": "a", **fields}, Model))


def offering(price: Price | None) -> bytes:
    return canonical(
        Offering(id="e/b", endpoint="e", model="a/b", release="a/b@x", native_id="b", price=price)
    )


def test_the_same_bodies_differ_in_nothing() -> None:
    assert difference(MODEL, model(), model()) is None
    assert difference(MODEL, None, None) is None


def test_maps_and_prices_change_by_member() -> None:
    found = difference(
        MODEL,
        model(capabilities={"tool_use": 0.5, "vision": 1.0}),
        model(capabilities={"tool_use": 0.9, "vision": 1.0, "ocr": 1.0}),
    )
    assert found is not None
    assert found.fields == (
        FieldChange(name="capabilities.ocr", after=1.0),
        FieldChange(name="capabilities.tool_use", before=0.5, after=0.9),
    )
    tiers = (PriceTier(above_input_tokens=200_000, input=Decimal(6)),)
    found = difference(
        OFFERING,
        offering(Price(input=Decimal("2.5"))),
        offering(Price(input=Decimal("0.0000001"), tiers=tiers)),
    )
    assert found is not None
    assert found.fields == (
        FieldChange(name="price.input", before="2.5", after="0.0000001"),
        FieldChange(name="price.tiers", after=[{"above_input_tokens": 200_000, "input": "6"}]),
    )


def test_what_is_left_out_as_a_default_is_told() -> None:
    found = difference(MODEL, model(), model(lifecycle=Lifecycle.RETIRED))
    assert found is not None
    assert found.fields == (FieldChange(name="lifecycle", before="ga", after="retired"),)


def test_all_fields_come_and_go_with_the_entity() -> None:
    come, gone = difference(MODEL, None, model()), difference(MODEL, model(), None)
    assert come is not None
    assert gone is not None
    assert (come.change, gone.change) == (Change.ADDED, Change.REMOVED)
    assert [f.name for f in come.fields] == ["id", "lifecycle", "provider"]
    assert [f.after for f in come.fields] == [f.before for f in gone.fields]


def test_a_credentials_name_is_not_told() -> None:
    ref = EntityRef(Kind.ENDPOINT, "e")
    plain = canonical(Endpoint(id="e", provider="p"))
    found = difference(ref, plain, canonical(Endpoint(id="e", provider="p", credential="vault/x")))
    assert found is not None
    assert (found.change, found.fields) == (Change.CHANGED, ())


@pytest.mark.parametrize(("before", "after"), [(None, "1"), ("1", "2"), ("2", None)])
def test_which_version_of_a_secret_there_is_is_told(before: str | None, after: str | None) -> None:
    bodies = [canonical(Endpoint(id="e", provider="p", credential=c)) for c in (before, after)]
    found = difference(EntityRef(Kind.ENDPOINT, "e"), *bodies)
    assert found is not None
    versions = [None if each is None else int(each) for each in (before, after)]
    (field,) = found.fields
    assert (field.name, [field.before, field.after]) == ("secret_version", versions)


LEVELS = st.dictionaries(st.sampled_from(["a", "b", "c"]), st.floats(0, 1))
BODIES = st.one_of(
    st.none(),
    st.builds(
        lambda caps, context, life: model(capabilities=caps, context=context, lifecycle=life),
        LEVELS,
        st.none() | st.integers(1, 9),
        st.sampled_from([Lifecycle.GA, Lifecycle.RETIRED]),
    ),
)


@given(BODIES, BODIES)
def test_a_difference_leads_from_one_body_to_the_other(
    before: bytes | None, after: bytes | None
) -> None:
    found = difference(MODEL, before, after)
    fields = flat(Kind.MODEL, before)
    for field in found.fields if found else ():
        assert fields.pop(field.name, None) == field.before
        if field.after is not None:
            fields[field.name] = field.after
    assert fields == flat(Kind.MODEL, after)
