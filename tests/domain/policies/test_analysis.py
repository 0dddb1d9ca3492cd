"""What is found out about a policy before it takes part."""

from typing import Any

import pytest

from routeyard.domain.catalog import Endpoint, Hosting
from routeyard.domain.claims import Kind
from routeyard.domain.overrides import Author, Override, OverrideKind
from routeyard.domain.policies.policy import PolicyState
from routeyard.domain.review.note import Note
from routeyard.domain.tenancy import TargetKind, Tenant, TenantClass
from tests.domain.policies.legal import LEGAL, World, drafted, model, offering, policy, world

HOME = {"require": {"residency": ["EU"], "hosting": ["self_hosted"]}}


def found(*rules: dict[str, Any], made: World | None = None, **spec: Any) -> list[Note]:
    return (made or world()).review(policy(*rules, **spec))


def only(notes: list[Note], *path: str | int, is_error: bool) -> str:
    """The sentence of the one note."""
    (note,) = notes
    assert (note.path, note.is_error) == (("spec", *path), is_error), note
    return note.message


def test_a_rule_whose_condition_is_never_so_is_an_error() -> None:
    rule = {"when": 'request.step == "sythesis"', "prefer": {"hosting": ["edge"]}}

    said = only(found(rule), "rules", 0, "when", is_error=True)
    assert said == "the rule never applies: this is never so; did you mean synthesis?"


def test_a_rule_that_contradicts_match_is_an_error() -> None:
    rule = {"when": 'tenant.class == "STANDARD"', "prefer": {"hosting": ["edge"]}}

    said = only(found(rule, match=f'tenant.class == "{LEGAL}"'), "rules", 0, "when", is_error=True)
    assert "contradicts match" in said


def test_a_match_that_is_never_so_is_an_error_and_one_for_nobody_yet_is_told() -> None:
    never = found(HOME, match='tenant.id == "a" && tenant.id == "b"')
    assert any(note.is_error and note.path == ("spec", "match") for note in never)

    said = only(found(HOME, match='tenant.class == "GOV"'), "match", is_error=False)
    assert said == (
        "nobody is meant as of now; there are tenants of class ENTERPRISE_LEGAL, STANDARD."
    )


def test_a_rule_for_nobody_there_is_is_told() -> None:
    rule = {"when": 'tenant.tier == "gold"', "prefer": {"hosting": ["on_prem"]}}

    assert "nobody as of now" in only(found(rule), "rules", 0, "when", is_error=False)


def test_a_rule_that_says_what_an_earlier_one_says_is_told() -> None:
    prefer = {"prefer": {"hosting": ["on_prem"]}}
    when = 'tenant.class == "ENTERPRISE_LEGAL"'

    assert "'r0' says all of this" in only(
        found(prefer, {"when": when, **prefer}), "rules", 1, is_error=False
    )
    assert "leave one" in only(
        found({"when": when, **prefer}, {"when": f" {when}", **prefer}), "rules", 1, is_error=False
    )
    assert found({"when": when, **prefer}, prefer) == []
    assert found({"when": when, **prefer}, {"when": 'tenant.id == "jus"', **prefer}) == []


def test_a_denial_of_what_is_excluded_anyway_is_told() -> None:
    denial = {"deny": [{"kind": "provider", "id": "openai"}]}
    when = 'tenant.class == "ENTERPRISE_LEGAL"'
    path = ("rules", 1, "deny", 0)

    said = only(found(HOME, denial), *path, is_error=False)
    assert said == (
        "provider 'openai' is left out anyway, as of now, by what the rule 'r0' asks for; "
        "leave it out here, unless that changes."
    )
    assert only(found(HOME, {"when": when, **denial}), *path, is_error=False) == said
    together = {"when": when, **HOME, **denial}
    assert "the rule itself" in only(found(together), "rules", 0, "deny", 0, is_error=False)
    # Where it applies, and what is required does not, it says something.
    assert found({"when": when, **HOME}, denial) == []
    assert found({"when": when, **HOME}, {"when": 'tenant.id == "jus"', **denial}) == []


def test_a_denial_of_some_that_would_do_is_not_told() -> None:
    denial = {"deny": [{"kind": "endpoint", "id": "rack"}]}

    assert found(HOME, denial) == []
    assert found(denial) == []


def test_what_a_tenant_may_not_know_of_is_not_told_by_what_is_said_of_denials() -> None:
    def notes(name: str) -> list[str]:
        rule = policy(HOME, {"deny": [{"kind": "endpoint", "id": name}]})
        return [note.message.replace(name, "NAME") for note in world().review(rule, "lex")]

    assert notes("hidden") == notes("hiddem")


@pytest.mark.parametrize(
    ("rule", "path", "kind", "sentence"),
    [
        ({"fallback": ["mistral/mistral-larg-3"]}, ("fallback", 0), "error", "mistral-large-3"),
        (
            {"require": {"capabilities": ["long_contxt"]}},
            ("require", "capabilities", 0),
            "error",
            "did you mean long_context?",
        ),
        ({"prefer": {"provider": "opnai"}}, ("prefer", "provider"), "warning", "openai"),
        ({"deny": [{"kind": "endpoint", "id": "rock"}]}, ("deny", 0, "id"), "warning", "rack"),
    ],
)
def test_names_of_nothing_are_found(
    rule: dict[str, Any], path: tuple[str | int, ...], kind: str, sentence: str
) -> None:
    notes = [note for note in found(rule) if note.path == ("spec", "rules", 0, *path)]

    assert [note.is_error for note in notes] == [kind == "error"]
    assert sentence in notes[0].message


def test_a_release_may_be_fallen_back_to() -> None:
    assert found({"fallback": ["openai/gpt-5@undated"]}, match='tenant.id == "jus"') == []


def test_others_private_models_are_unknown_to_a_tenant() -> None:
    def notes(name: str) -> list[str]:
        rule = policy({"fallback": [name]})
        told = world().review(rule, "lex")
        return [note.message.replace(name, "NAME") for note in told]

    assert notes("acme/private") == notes("acme/nothing")
    assert world().review(policy({"fallback": ["acme/private"]}), "acme") == []


def test_callers_who_would_be_left_with_nothing_are_named() -> None:
    notes = found({"require": {"hosting": ["edge"]}})

    assert all(note.is_error for note in notes)
    assert {note.path for note in notes} == {("spec", "rules", 0)}
    assert any(
        "tenants of class ENTERPRISE_LEGAL in EU (1, e.g. lex) would be left with nothing"
        in note.message
        for note in notes
    )
    assert "hosting differs" in notes[0].message


def test_who_had_nothing_before_is_not_the_policys_fault() -> None:
    deny = Override(
        id="jus/all",
        kind=OverrideKind.ALLOW,
        reason="r",
        actor="a",
        author=Author.TENANT,
        tenant="jus",
        target_kind=TargetKind.MODEL,
        target="nothing/nowhere",
    )
    made = world((Kind.OVERRIDE, deny))

    assert found({"require": {"hosting": ["edge"]}}, match='tenant.id == "jus"', made=made) == []


def test_nothing_for_one_step_alone_is_found() -> None:
    rule = {"when": 'request.step == "judging"', "require": {"hosting": ["edge"]}}
    notes = found(rule, match='tenant.id == "lex"')

    assert "left with nothing for judging" in only(notes, "rules", 0, is_error=True)


def test_what_is_reached_from_a_zone_of_its_own_is_something() -> None:
    edge = Endpoint(id="edge", provider="lex", hosting=Hosting.EDGE, zones=("court",))
    made = world((Kind.ENDPOINT, edge), (Kind.OFFERING, offering("edge", "openai/gpt-5")))

    rule = {"require": {"hosting": ["edge"]}}
    assert found(rule, match='tenant.id == "jus"', made=made) == []
    assert found(rule, match='tenant.id == "jus"') != []


def test_a_residency_wider_than_what_binds_the_callers_is_told() -> None:
    rule = {"require": {"residency": ["EU", "US"]}}

    said = only(
        found(rule, match='tenant.id == "lex"'),
        "rules",
        0,
        "require",
        "residency",
        is_error=False,
    )
    assert said.startswith("US lies outside of EU, which binds")
    assert found(rule, match='tenant.id == "jus"') == []
    assert found({"require": {"residency": ["DE", "FR"]}}, match='tenant.id == "lex"') == []


def test_a_fallback_outside_of_what_binds_the_callers_is_an_error() -> None:
    rule = {"fallback": ["openai/gpt-5"]}

    said = only(found(rule, match='tenant.id == "lex"'), "rules", 0, "fallback", 0, is_error=True)
    assert said == (
        "openai/gpt-5 cannot be fallen back to for anybody that it is for "
        "(residency_outside: EU, tenant:lex)."
    )
    wider = only(
        found(rule, match=f'tenant.class == "{LEGAL}"'), "rules", 0, "fallback", 0, is_error=False
    )
    assert "for tenants of class ENTERPRISE_LEGAL in EU (1, e.g. lex)" in wider


def about(source: str, *fallbacks: str) -> dict[str, Any]:
    return {"when": f'primary.model == "{source}"', "fallback": list(fallbacks)}


def test_fallbacks_that_lead_round_in_a_circle_are_errors() -> None:
    one, two, three = "openai/gpt-5", "mistral/mistral-large-3", "meta-llama/llama-4"
    whom: Any = {"match": 'tenant.id == "jus"'}

    alone = only(found(about(one, one), **whom), "rules", 0, "fallback", 0, is_error=True)
    assert f"{one} -> {one}" in alone
    pair = found(about(one, two), about(two, one), **whom)
    assert [note.path[2] for note in pair] == [0, 1]
    assert f"{one} -> {two} -> {one}" in pair[0].message
    assert found(about(one, two, three), about(two, three), **whom) == []


def test_a_circle_through_another_policy_or_the_graph_is_found() -> None:
    one, two, three = "openai/gpt-5", "mistral/mistral-large-3", "meta-llama/llama-4"
    whom: Any = {"match": 'tenant.id == "jus"'}
    other = drafted(policy(about(two, three), name="other", **whom)).policy(
        1, "", state=PolicyState.ACTIVE
    )
    leads = model(three, falls_back_to=one)
    made = world((Kind.POLICY, other), (Kind.MODEL, leads))

    (note,) = found(about(one, two), made=made, **whom)
    assert f"{one} -> {two} -> {three} -> {one}" in note.message
    draft = drafted(policy(about(two, three), name="other", **whom)).policy(1, "")
    assert found(about(one, two), made=world((Kind.POLICY, draft)), **whom) == []


def test_a_tenants_own_policy_is_looked_at_for_that_tenant_alone() -> None:
    rule = policy({"require": {"residency": ["US"]}})

    assert {note.message.split(" (")[0] for note in world().review(rule, "lex")} == {
        "tenants of class ENTERPRISE_LEGAL in EU",
        "US lies outside of EU, which binds tenants of class ENTERPRISE_LEGAL in EU",
    }
    assert world().review(rule, "jus") == []


def test_many_tenants_that_are_alike_are_looked_at_once() -> None:
    more: list[tuple[Kind, Any]] = [
        (Kind.TENANT, Tenant(id=f"t{n}", name="T", tenant_class="GOV")) for n in range(3_000)
    ]
    made = world((Kind.TENANT_CLASS, TenantClass(id="GOV", name="Gov")), *more)

    notes = found({"require": {"hosting": ["edge"]}}, match='tenant.class == "GOV"', made=made)
    assert "tenants of class GOV (3000, e.g. t0)" in only(notes, "rules", 0, is_error=True)


def test_fallbacks_of_callers_who_have_nothing_anyway_are_not_looked_at() -> None:
    nothing = Override(
        id="jus/all",
        kind=OverrideKind.ALLOW,
        reason="r",
        actor="a",
        author=Author.TENANT,
        tenant="jus",
        target_kind=TargetKind.MODEL,
        target="nothing/nowhere",
    )
    rule = {"fallback": ["openai/gpt-5"]}

    assert found(rule, match='tenant.id == "jus"', made=world((Kind.OVERRIDE, nothing))) == []


def test_a_tenant_is_not_told_of_circles_through_what_it_may_not_know() -> None:
    one, two, three = "openai/gpt-5", "mistral/mistral-large-3", "meta-llama/llama-4"
    platforms = drafted(policy(about(two, three), name="other")).policy(
        1, "", state=PolicyState.ACTIVE
    )
    made = world((Kind.POLICY, platforms), (Kind.MODEL, model(three, falls_back_to=one)))

    assert made.review(policy(about(one, two)), "jus") == []
    assert made.review(policy(about(one, two), match='tenant.id == "jus"')) != []
    own = policy(about(one, two), about(two, one))
    assert len(made.review(own, "jus")) == 2
