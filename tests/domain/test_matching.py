"""What endpoints' own names stand for in the graph."""

from hypothesis import given
from hypothesis import strategies as st

from routeyard.domain.catalog import Mode, Variant
from routeyard.domain.matching import Listed, joined, match, mentioned, slug

LLAMA = "meta/llama-3.1-8b-instruct"
KNOWN = {LLAMA: [f"{LLAMA}@undated"], "openai/gpt-4o": ["openai/gpt-4o@20240806"]}


def matched(*listed: Listed, owner: str | None = "acme", dialect: str = "") -> list[str]:
    return [each.model for each in match(listed, owner, KNOWN, dialect)]


def test_a_name_that_tells_its_maker_stands_for_that_model_of_the_graph() -> None:
    (served,) = match(
        [Listed(native_id="meta-llama/Llama-3.1-8B-Instruct", context=8192, name="x")],
        "acme",
        KNOWN,
    )
    assert (served.model, served.release) == (LLAMA, f"{LLAMA}@undated")
    assert (served.is_private, served.context, served.name) == (False, 8192, None)


def test_a_name_that_the_graph_does_not_know_is_the_owners_own() -> None:
    (served,) = match([Listed(native_id="Contracts FT v2", mode=Mode.CHAT)], "acme", KNOWN)
    assert (served.model, served.is_private) == ("@acme/contracts-ft-v2", True)
    assert served.release == "@acme/contracts-ft-v2@undated"


def test_the_platforms_unknown_models_are_under_no_tenants_name() -> None:
    assert matched(Listed(native_id="inhouse"), owner=None) == ["@/inhouse"]


def test_a_name_is_not_taken_for_one_of_a_maker_that_is_only_guessed() -> None:
    known = {"acme/contracts": ["acme/contracts@undated"], "unknown/contracts": []}
    (served,) = match([Listed(native_id="contracts")], "acme", known)
    assert served.is_private


def test_a_servers_alias_is_known_by_its_root() -> None:
    listed = Listed(native_id="prod", also=("meta-llama/Llama-3.1-8B-Instruct",))
    assert matched(listed) == [LLAMA]


def test_an_adapter_is_the_owners_own_and_made_from_its_parent() -> None:
    listed = Listed(native_id="sql-lora", made_from="meta-llama/Llama-3.1-8B-Instruct")
    (served,) = match([listed], "acme", KNOWN)
    assert (served.model, served.variant_of) == ("@acme/sql-lora", LLAMA)
    assert served.variant is Variant.FINE_TUNED


def test_what_was_made_from_a_model_is_not_that_model_whatever_its_name_says() -> None:
    listed = Listed(native_id="meta-llama/Llama-3.1-8B-Instruct", variant_of="openai/gpt-4o")
    (served,) = match([listed], "acme", KNOWN)
    assert (served.is_private, served.variant_of) == (True, "openai/gpt-4o")


def test_the_owners_word_comes_before_the_servers() -> None:
    found = [Listed(native_id="a", context=1000, max_output=10, capabilities={"x": 1.0, "y": 0.0})]
    declared = [
        Listed(native_id="a", context=500, capabilities={"y": 1.0}),
        Listed(native_id="b", context=7),
    ]
    both = joined(found, declared)
    assert [each.native_id for each in both] == ["a", "b"]
    assert (both[0].context, both[0].max_output) == (500, 10)
    assert both[0].capabilities == {"x": 1.0, "y": 1.0}


def test_a_dated_name_stands_for_a_release_that_is_there() -> None:
    named = Listed(native_id="gpt-4o-2024-08-06")
    (served,) = match([named], "acme", KNOWN)
    assert served.release == "openai/gpt-4o@20240806"
    (served,) = match([Listed(native_id="gpt-4o-2024-01-01")], "acme", KNOWN)
    assert served.release == "openai/gpt-4o@20240806"


def test_what_may_be_meant_is_asked_for_before_it_is_matched() -> None:
    listed = [
        Listed(native_id="prod", also=("meta-llama/Llama-3.1-8B-Instruct",)),
        Listed(native_id="x", variant_of="openai/gpt-4o"),
    ]
    assert mentioned(listed) == {LLAMA, "openai/gpt-4o"}


@given(st.lists(st.text(min_size=1, max_size=300), unique=True, max_size=8))
def test_names_of_an_owners_own_never_leave_its_room_and_never_meet(names: list[str]) -> None:
    served = match([Listed(native_id=name) for name in names], "acme", {})
    assert all(each.model.startswith("@acme/") and each.is_private for each in served)
    assert len({each.model for each in served}) == len(names)


@given(st.text(max_size=400))
def test_a_slug_is_short_plain_and_never_empty(name: str) -> None:
    made = slug(name)
    assert 0 < len(made) <= 140
    assert set(made) <= set("abcdefghijklmnopqrstuvwxyz0123456789._-")
