"""What comes out of requests, as data that any implementation could be held to."""

import json
from typing import Any

import msgspec
import pytest
from jsonschema import Draft202012Validator

from routeyard.domain import snapshot as snapshots
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.policies.policy import Policy
from routeyard.domain.resolution import Resolution
from routeyard.domain.resolver import resolve
from tests.domain.cases import FOLDER, Case, all_cases, files
from tests.domain.differential import in_order
from tests.domain.reference import Refused, refuse_or_answer

CASES = list(all_cases())


def policies(case: Case) -> list[Policy]:
    return list(case.graph.policies.values())


def has_conditions(policy: Policy) -> bool:
    return any(rule.when is not None for rule in policy.rules)


@pytest.mark.parametrize("case", CASES, ids=[f"{each.file}: {each.name}" for each in CASES])
def test_a_case_comes_out_as_it_says(case: Case) -> None:
    snapshot = snapshots.compile(case.graph)
    if "refused" in case.expect:
        with pytest.raises(InvalidRequest) as refusal:
            resolve(snapshot, case.inputs)
        assert refusal.value.fields["field"] == case.expect["refused"]
        return
    found = told(resolve(snapshot, case.inputs), case.expect)
    assert found == case.expect


PLAIN = [each for each in CASES if not any(p.match or has_conditions(p) for p in policies(each))]


@pytest.mark.parametrize("case", PLAIN, ids=[f"{each.file}: {each.name}" for each in PLAIN])
def test_the_specification_says_the_same(case: Case) -> None:
    """Of what needs no CEL: its conditions are given to it as functions."""
    expected = refuse_or_answer(case.graph, case.inputs, {})
    if isinstance(expected, Refused):
        assert case.expect == {"refused": expected.field}
        return
    found = resolve(snapshots.compile(case.graph), case.inputs)
    assert msgspec.structs.replace(found, rejections=in_order(found), overrides=()) == expected


def told(answer: Resolution, expect: dict[str, Any]) -> dict[str, Any]:
    """Of the answer, what a case speaks of."""
    chosen, fallbacks = answer.chosen, answer.fallbacks
    reasons = {each.offering: each.reasons for each in answer.rejections}
    codes = {name: sorted({r.partition(":")[0] for r in said}) for name, said in reasons.items()}
    score = None if chosen is None else chosen.score
    cost = None if chosen is None else chosen.cost_estimate
    found: dict[str, Any] = {
        "chosen": None if chosen is None else chosen.offering,
        "because": None if chosen is None else chosen.because,
        "fallbacks": [each.offering for each in fallbacks],
        "fallbacks_because": [each.because for each in fallbacks],
        "rejected": {name: codes.get(name) for name in expect.get("rejected", ())},
        "told": {name: sorted(reasons.get(name, ())) for name in expect.get("told", ())},
        "rejected_for": answer.rejected_for,
        "cost": None if cost is None else format(cost.normalize(), "f"),
        "score": {name: getattr(score, name) for name in expect.get("score", ())},
        "policies": list(answer.policies),
        "rules": {
            name: next((r.outcome for r in answer.rules if f"{r.policy}/{r.rule}" == name), None)
            for name in expect.get("rules", ())
        },
    }
    said = {
        f"{each.origin} {each.kind.partition(' ')[0]}": each.outcome for each in answer.overrides
    }
    found["overrides"] = {name: said.get(name) for name in expect.get("overrides", ())}
    numbers = ("eligible", "considered", "not_evaluated", "first_attempt_ms")
    found |= {name: getattr(answer, name) for name in numbers}
    return {name: found[name] for name in expect}


def test_every_file_is_as_its_schema_says() -> None:
    schema = json.loads((FOLDER / "schema.json").read_text())
    Draft202012Validator.check_schema(schema)
    for name, written in files():
        assert not list(Draft202012Validator(schema).iter_errors(written)), name


def test_there_are_many_and_each_name_says_something_else() -> None:
    names = [(each.file, each.name) for each in CASES]
    assert len(set(names)) == len(names) >= 150
