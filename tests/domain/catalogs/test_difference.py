from datetime import UTC, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from routeyard.domain.catalog import Price
from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import (
    CapabilityUpdated,
    EndpointRegistered,
    EndpointRemoved,
    ModelDescribed,
    ModelPriced,
    ModelRelated,
    ModelReleased,
    ModelWithdrawn,
    Payload,
    ProviderDescribed,
)
from routeyard.domain.statements import statements_of
from services.registry.catalogs.difference import Changes, changes, key_of, withdrawal
from services.registry.catalogs.parsed import ParsedCatalog

NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)
LATER = datetime(2026, 11, 23, 13, tzinfo=UTC)


def release(number: int, price: str = "1", endpoint: str | None = None) -> ModelReleased:
    return ModelReleased(
        provider="acme",
        native_id=f"m {number}",
        endpoint=endpoint,
        complete=True,
        price=Price(input=Decimal(price)),
        capabilities={"vision": 1.0, "tool_use": 1.0},
    )


def catalog(*payloads: Payload) -> ParsedCatalog:
    return ParsedCatalog(source="test", payloads=payloads, refusals=(), rows=len(payloads))


def differ(
    previous: dict[str, str], *payloads: Payload, at: datetime = NOON, force: bool = False
) -> Changes:
    return changes(previous, catalog(*payloads), at, force=force)


HUNDRED = tuple(release(number) for number in range(100))


def test_a_first_run_states_everything_in_order() -> None:
    described = ProviderDescribed(provider="acme", name="Acme")
    done = differ({}, described, *HUNDRED)
    assert [event.data for event in done.events] == [described, *HUNDRED]
    assert {event.source for event in done.events} == {"test"}
    assert {event.observed_at for event in done.events} == {NOON}
    assert {event.sequence for event in done.events} == {0}


def test_an_unchanged_run_publishes_nothing() -> None:
    done = differ(differ({}, *HUNDRED).state, *HUNDRED, at=LATER)
    assert (done.events, done.unchanged, done.withdrawn) == ((), 100, 0)


def test_one_new_price_is_one_event() -> None:
    dearer = release(7, "2")
    done = differ(
        differ({}, *HUNDRED).state,
        *(dearer if each.native_id == "m 7" else each for each in HUNDRED),
    )
    assert [event.data for event in done.events] == [dearer]
    assert done.unchanged == 99


def test_the_order_of_capabilities_is_no_change() -> None:
    turned = ModelReleased(
        provider="acme", native_id="m", capabilities={"tool_use": 1.0, "vision": 1.0}
    )
    straight = ModelReleased(
        provider="acme", native_id="m", capabilities={"vision": 1.0, "tool_use": 1.0}
    )
    assert differ(differ({}, turned).state, straight).events == ()


def test_a_row_that_is_gone_is_withdrawn() -> None:
    done = differ(differ({}, *HUNDRED).state, *HUNDRED[1:])
    assert [event.data for event in done.events] == [
        ModelWithdrawn(provider="acme", native_id="m 0", reason="no longer listed")
    ]
    assert done.withdrawn == 1
    assert key_of(HUNDRED[0]) not in done.state


def test_a_tenth_may_go_and_no_more() -> None:
    known = differ({}, *HUNDRED).state
    assert differ(known, *HUNDRED[10:]).withdrawn == 10
    with pytest.raises(InvalidCatalog, match=r"11 of 100 .*--force"):
        differ(known, *HUNDRED[11:])
    assert differ(known, *HUNDRED[11:], force=True).withdrawn == 11


def test_an_endpoint_that_is_gone_is_removed_and_its_model_withdrawn_there() -> None:
    registered = EndpointRegistered(endpoint="box", provider="acme")
    served = release(500, endpoint="box")
    done = differ(differ({}, *HUNDRED, registered, served).state, *HUNDRED)
    assert {event.data for event in done.events} == {
        EndpointRemoved(endpoint="box"),
        ModelWithdrawn(
            provider="acme", native_id="m 500", endpoint="box", reason="no longer listed"
        ),
    }


def test_a_fact_that_nothing_takes_back_lapses() -> None:
    described = ProviderDescribed(provider="acme", name="Acme")
    done = differ(differ({}, *HUNDRED, described).state, *HUNDRED)
    assert (done.events, done.lapsed) == ((), 1)


def test_scores_that_are_gone_are_taken_back() -> None:
    scored = CapabilityUpdated(model="a/b", quality={"general": 0.5}, complete=True)
    done = differ(differ({}, *HUNDRED, scored).state, *HUNDRED)
    assert [event.data for event in done.events] == [
        CapabilityUpdated(model="a/b", evidence="no longer listed", complete=True)
    ]
    assert (done.withdrawn, done.lapsed) == (1, 0)


@pytest.mark.parametrize(
    "stated",
    [
        ModelDescribed(provider="helm", native_id="a b/c", complete=True, parameters=7),
        ModelPriced(provider="acme", native_id="a b", endpoint="x", price=Price(input=Decimal(1))),
        ModelRelated(model="a/b", variant_of="a/c", complete=True),
    ],
)
def test_what_is_said_of_others_models_is_taken_back_by_silence(stated: Payload) -> None:
    done = differ(differ({}, *HUNDRED, stated).state, *HUNDRED)
    (event,) = done.events
    assert type(event.data) is type(stated)
    assert key_of(event.data) == key_of(stated)
    silent = statements_of(event)[0]
    assert (silent.fields, silent.floor.observed_us > 0) == ({}, True)
    assert (done.withdrawn, done.lapsed) == (1, 0)


def test_event_ids_are_stable_and_tell_everything_apart() -> None:
    once, again = differ({}, *HUNDRED), differ({}, *HUNDRED)
    assert [event.id for event in once.events] == [event.id for event in again.events]
    ids = {event.id for event in once.events}
    assert len(ids) == 100
    assert ids.isdisjoint(event.id for event in differ({}, *HUNDRED, at=LATER).events)
    assert ids.isdisjoint(
        event.id for event in differ({}, *(release(n, "3") for n in range(100))).events
    )
    assert all(len(each) == 32 for each in ids)


@given(
    st.text(min_size=1),
    st.none() | st.from_regex(r"[a-z0-9.-]{2,9}", fullmatch=True),
)
def test_a_key_leads_back_to_what_it_stands_for(native_id: str, endpoint: str | None) -> None:
    released = ModelReleased(provider="acme", native_id=native_id, endpoint=endpoint)
    withdrawn = withdrawal(key_of(released))
    assert isinstance(withdrawn, ModelWithdrawn)
    assert (withdrawn.provider, withdrawn.native_id) == ("acme", native_id)
    assert withdrawn.endpoint == endpoint


numbered = st.lists(st.tuples(st.integers(0, 30), st.sampled_from(["1", "2"])), max_size=30)


@given(numbered, numbered)
def test_after_any_run_the_same_run_is_empty(
    first: list[tuple[int, str]], second: list[tuple[int, str]]
) -> None:
    before = differ({}, *(release(*each) for each in first)).state
    payloads = [release(*each) for each in second]
    state = differ(before, *payloads, force=True).state
    again = differ(state, *payloads, at=LATER)
    assert again.events == ()
    assert again.state == state
