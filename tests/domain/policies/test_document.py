"""Documents as they are written: what may stand in one, and everything that is wrong at once."""

import json
from typing import Any

import jsonschema
import pytest
import yaml

from infra.contract import FOLDER
from routeyard.domain.policies.document import Draft, read
from routeyard.domain.policies.policy import MAX_WEIGHT, Missing
from routeyard.domain.policies.shape import Fault
from routeyard.domain.tenancy import TargetKind
from tests.domain.policies.legal import EXAMPLES, drafted, policy

SCHEMA = json.loads((FOLDER / "policy.schema.json").read_text(encoding="utf-8"))


def faults(*rules: Any, tenant: str | None = None, **spec: Any) -> list[Fault]:
    found = read(policy(*rules, **spec), tenant)
    return found if isinstance(found, list) else []


def said(*rules: Any, tenant: str | None = None, **spec: Any) -> list[str]:
    return [
        f"{'.'.join(map(str, each.path))}: {each.message}"
        for each in faults(*rules, tenant=tenant, **spec)
    ]


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.yaml")), ids=lambda path: path.stem)
def test_an_example_satisfies_the_schema_and_is_a_draft(path: Any) -> None:
    plain = yaml.safe_load(path.read_text(encoding="utf-8"))

    jsonschema.Draft202012Validator(SCHEMA).validate(plain)
    assert isinstance(read(plain), Draft)


def test_a_draft_holds_all_that_is_written() -> None:
    draft = drafted(
        policy(
            {
                "when": "now.hour >= 22",
                "deny": [{"kind": "provider", "id": "openai"}],
                "prefer": {"hosting": ["self_hosted"], "weight": -2},
                "missing": "apply",
            },
            match='tenant.tier == "gold"',
            objective={"cost": 1},
            tests=[{"given": {}, "expect": {"none": True}}],
        )
    )
    (rule,) = draft.rules

    assert rule.when is not None
    assert (rule.when.text, rule.missing) == ("now.hour >= 22", Missing.APPLY)
    assert (rule.deny[0].kind, rule.prefer and rule.prefer.weight) == (TargetKind.PROVIDER, -2)
    assert draft.match is not None
    assert draft.objective is not None
    assert (draft.objective.cost, draft.objective.quality) == (1, 0)
    assert len(draft.tests) == 1


def test_everything_wrong_is_told_at_once_and_in_order() -> None:
    plain: dict[str, Any] = {
        "apiVersion": "v1",
        "kind": "RoutingPolicy",
        "meta": {},
        "metadata": {"name": "a b"},
        "spec": {
            "match": 'request.step == "x"',
            "rules": [
                {"name": "a", "when": "tenant.clas == 3", "require": {"residency": "EU"}},
                {"name": "a", "when": "primary.latency_ms > 1", "deny": [{"kind": "modle"}]},
                {"name": "z"},
                3,
            ],
            "tests": [
                {"given": {}, "expect": {}},
                {"given": {"now": "x"}, "expect": {"rule": "n"}},
            ],
        },
    }
    found = read(plain)

    assert isinstance(found, list)
    assert [each.path for each in found] == [
        ("apiVersion",),
        ("meta",),
        ("metadata", "name"),
        ("spec", "match"),
        ("spec", "rules", 0, "require", "residency"),
        ("spec", "rules", 0, "when"),
        ("spec", "rules", 1, "deny", 0),
        ("spec", "rules", 1, "deny", 0, "kind"),
        ("spec", "rules", 1, "name"),
        ("spec", "rules", 2),
        ("spec", "rules", 3),
        ("spec", "tests", 0, "expect"),
        ("spec", "tests", 1, "given", "now"),
    ]


@pytest.mark.parametrize(
    ("rule", "path", "sentence"),
    [
        ({}, "spec.rules.0", "does nothing"),
        ({"requires": {}}, "spec.rules.0.requires", "did you mean require?"),
        ({"require": {}}, "spec.rules.0.require", "nothing is required"),
        ({"require": {"mode": "embedding"}}, "spec.rules.0.require.mode", "leave it out"),
        ({"require": {"min_context": -1}}, "spec.rules.0.require.min_context", "outside 0.."),
        ({"require": {"min_context": 10**400}}, "spec.rules.0.require.min_context", "more than"),
        ({"require": {"min_context": "1"}}, "spec.rules.0.require.min_context", "whole number"),
        ({"require": {"min_context": True}}, "spec.rules.0.require.min_context", "whole number"),
        ({"require": {"hosting": ["self"]}}, "spec.rules.0.require.hosting.0", "self_hosted"),
        (
            {"require": {"capabilities": [{"name": "x", "min_level": 2}]}},
            "spec.rules.0.require.capabilities.0.min_level",
            "outside 0..1",
        ),
        (
            {"require": {"capabilities": [{"name": "x", "nam": "y"}]}},
            "spec.rules.0.require.capabilities.0.nam",
            "did you mean name?",
        ),
        (
            {"require": {"max_price_per_mtok": {"input": "1e999"}}},
            "spec.rules.0.require.max_price_per_mtok.input",
            "more than anything",
        ),
        (
            {"require": {"max_price_per_mtok": {"input": 200_000}}},
            "spec.rules.0.require.max_price_per_mtok.input",
            "outside 0..100000",
        ),
        (
            {"prefer": {"model": "a/b", "weight": 10**400}},
            "spec.rules.0.prefer.weight",
            "more than anything",
        ),
        ({"deny": [{"kind": "model", "id": "a\nb"}]}, "spec.rules.0.deny.0.id", "one line"),
        ({"prefer": {"weight": 1}}, "spec.rules.0.prefer", "nothing is preferred"),
        ({"prefer": {"model": "a/b", "weight": 0}}, "spec.rules.0.prefer.weight", "but at 0"),
        (
            {"prefer": {"model": "a/b", "weight": MAX_WEIGHT + 1}},
            "spec.rules.0.prefer.weight",
            "1001",
        ),
        (
            {"prefer": {"model": "a/b", "weight": float("inf")}},
            "spec.rules.0.prefer.weight",
            "a number",
        ),
        ({"fallback": ["a/b", "a/b"]}, "spec.rules.0.fallback.1", "is there before"),
        ({"fallback": [f"a/{n}" for n in range(9)]}, "spec.rules.0.fallback", "may be 8"),
        (
            {"when": "primary.latency_ms > 3", "require": {"min_context": 1}},
            "spec.rules.0.when",
            "only a fallback's condition may read primary.latency_ms",
        ),
        (
            {"when": "primary.latency_ms > 3", "prefer": {"model": "a/b"}, "fallback": ["a/b"]},
            "spec.rules.0.when",
            "a rule of its own",
        ),
        ({"when": "tenant.id", "fallback": ["a/b"]}, "spec.rules.0.when", "not bool"),
        ({"when": "x" * 2001, "fallback": ["a/b"]}, "spec.rules.0.when", "2001 characters"),
        ({"when": "(" * 500, "fallback": ["a/b"]}, "spec.rules.0.when", ""),
        ({"when": 'now.hour > "3"', "fallback": ["a/b"]}, "spec.rules.0.when", "does not take"),
        ({"when": "now.hour > 3.0", "fallback": ["a/b"]}, "spec.rules.0.when", "whole numbers"),
    ],
)
def test_a_rule_that_cannot_be_is_refused_where_it_is_wrong(
    rule: dict[str, Any], path: str, sentence: str
) -> None:
    (first, *more) = said(rule)

    assert first.startswith(f"{path}: ")
    assert sentence in first
    assert more == []


@pytest.mark.parametrize(
    ("spec", "path", "sentence"),
    [
        ({"match": "now.hour > 3"}, "spec.match", "match reads now.hour"),
        ({"match": "true || nothing"}, "spec.match", "nothing is called nothing"),
        ({"objective": {"cost": -1}}, "spec.objective.cost", "lies in 0.."),
        ({"objective": {"cost": 0}}, "spec.objective", "nothing counts"),
        (
            {"tests": [{"given": {}, "expect": {"rule": "r9"}}]},
            "spec.tests.0.expect.rule",
            "no rule is called 'r9'",
        ),
        (
            {"tests": [{"given": {"project": "web"}, "expect": {"none": True}}]},
            "spec.tests.0.given",
            "name the tenant",
        ),
        (
            {"tests": [{"given": {}, "expect": {"none": True, "model": "a/b"}}]},
            "spec.tests.0.expect.none",
            "leave one of them out",
        ),
    ],
)
def test_what_is_said_of_the_policy_has_to_make_sense(
    spec: dict[str, Any], path: str, sentence: str
) -> None:
    (first,) = said({"fallback": ["a/b"]}, **spec)

    assert first.startswith(f"{path}: ")
    assert sentence in first


def test_a_policy_that_says_nothing_is_none() -> None:
    assert said() == ["spec: it says nothing; give it rules or an objective."]
    assert said(objective={"cost": 1}) == []


def test_a_tenants_own_test_is_asked_as_the_tenant() -> None:
    tests = [{"given": {"tenant": {"id": "lex", "class": "X"}}, "expect": {"none": True}}]
    own = [{"given": {"project": "web"}, "expect": {"none": True}}]

    assert len(said({"fallback": ["a/b"]}, tenant="acme", tests=tests)) == 2
    assert said({"fallback": ["a/b"]}, tenant="acme", tests=own) == []


@pytest.mark.parametrize("plain", [None, 3, "x", [], {}, {"spec": None}, {"spec": {"rules": 3}}])
def test_what_is_no_document_at_all_is_told_so(plain: Any) -> None:
    found = read(plain)

    assert isinstance(found, list)
    assert found
