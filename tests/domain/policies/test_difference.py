"""What lies between two versions of a policy, and which decisions move."""

from typing import Any

from routeyard.domain.difference import Change
from routeyard.domain.review.difference import Side, VersionDifference, difference
from tests.builders import at
from tests.domain.policies.legal import drafted, policy, world

FAST = {"when": "primary.latency_ms > 2000", "fallback": ["mistral/mistral-large-3"]}
HOME = {"when": 'tenant.data_residency == "EU"', "require": {"hosting": ["self_hosted"]}}


def between(old: dict[str, Any], new: dict[str, Any]) -> VersionDifference:
    made = world()
    one, other = drafted(old), drafted(new)
    before = Side(one.policy(1, ""), one.tests)
    after = Side(other.policy(2, ""), other.tests)
    return difference(made.graph, made.snapshot, before, after, at())


def test_the_same_policy_moves_nothing() -> None:
    told = between(policy(FAST, HOME), policy(FAST, HOME))

    assert (told.parts, told.rules, told.comparison.moves) == ((), (), ())
    # Four callers, short and long, at ease and slow.
    assert told.comparison.cases == 16


def test_rules_that_came_went_and_changed_are_told_field_by_field() -> None:
    later = {**FAST, "when": "primary.latency_ms > 3000"}
    told = between(
        policy(FAST, HOME), policy(later, {**HOME, "name": "new"}, objective={"cost": 1})
    )

    assert [(each.rule, each.change) for each in told.rules] == [
        ("r0", Change.CHANGED),
        ("r1", Change.REMOVED),
        ("new", Change.ADDED),
    ]
    assert told.rules[0].parts == (
        ("when", "primary.latency_ms > 2000", "primary.latency_ms > 3000"),
    )
    assert [part.field for part in told.rules[2].parts] == ["when", "require"]
    assert [part.field for part in told.parts] == ["objective"]


def test_decisions_that_move_are_told_by_who_asks() -> None:
    told = between(policy(HOME), policy(HOME, {"prefer": {"endpoint": "rack"}}))
    moved = {each.case.name: each for each in told.comparison.moves if each.is_elsewhere}

    one = moved["tenants of class ENTERPRISE_LEGAL in EU (1, e.g. lex): request"]
    assert one.before.chosen == "cloud/mistral/mistral-large-3"
    assert one.after.chosen == "rack/meta-llama/llama-4"


def test_a_bound_that_is_another_shows_when_everybody_is_slow() -> None:
    told = between(policy(FAST), policy({**FAST, "fallback": ["meta-llama/llama-4"]}))

    slow = [each for each in told.comparison.moves if each.is_elsewhere]
    assert slow
    assert all(each.case.name.endswith(", slow") for each in slow)


def test_the_tests_of_both_versions_are_asked() -> None:
    tests = [
        {
            "name": "long on paper",
            "given": {"tenant": {"class": "GOV"}, "models": ["openai/gpt-5"]},
            "expect": {"model": "openai/gpt-5"},
        }
    ]
    told = between(policy(FAST, tests=tests), policy({"require": {"hosting": ["edge"]}}))

    moved = {each.case.name: each for each in told.comparison.moves}
    assert moved["long on paper"].before.chosen == "openai/openai/gpt-5"
    assert moved["long on paper"].after.chosen is None
