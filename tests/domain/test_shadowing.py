"""What shadow policies would have answered is what they answer once they decide."""

import random
from collections import Counter
from typing import Any

import pytest
from msgspec import structs

from routeyard.domain import graph as graphs
from routeyard.domain import snapshot as snapshots
from routeyard.domain.claims import Kind
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.graph import Graph
from routeyard.domain.policies.policy import Policy, PolicyState
from routeyard.domain.replay import Shift
from routeyard.domain.resolution import Inputs, Requirement, Step
from routeyard.domain.resolver import resolve
from routeyard.domain.shadowing import Answered, Beside, beside, concerning, reasons
from routeyard.domain.snapshot import Snapshot, shadowed
from routeyard.domain.tenancy import Scope
from tests.builders import at
from tests.domain.policies.legal import drafted, policy, world
from tests.domain.worlds import World, after
from tests.domain.worlds.changes import put

SEEDS = range(150)
DENY: dict[str, Any] = {"deny": [{"kind": "provider", "id": "openai"}]}


def version(document: dict[str, Any], number: int, state: PolicyState) -> tuple[Kind, Policy]:
    return Kind.POLICY, structs.replace(drafted(document).policy(number, ""), state=state)


def active(*rules: dict[str, Any], number: int = 1, **more: Any) -> tuple[Kind, Policy]:
    return version(policy(*rules, **more), number, PolicyState.ACTIVE)


def shadow(*rules: dict[str, Any], number: int = 2, **more: Any) -> tuple[Kind, Policy]:
    return version(policy(*rules, **more), number, PolicyState.SHADOW)


def asked(snapshot: Snapshot, tenant: str | None = "jus", **wanted: Any) -> Answered:
    inputs = Inputs(
        now=at(), scope=Scope(tenant=tenant), requirement=Requirement(**wanted), zone="here"
    )
    return Answered(snapshot, inputs, resolve(snapshot, inputs))


def compared(answered: Answered) -> Beside:
    found = beside(answered)
    assert found is not None
    return found


def with_shadows(made: World, graph: Graph) -> tuple[Graph, Graph]:
    """A world with some versions in shadow, and the same once they are activated."""
    shadows = [made.policy(tenant, "p", PolicyState.SHADOW) for tenant in (None, "acme")]
    shadows += [
        structs.replace(
            made.policy(each.tenant, each.name, state=PolicyState.SHADOW),
            id=each.id.replace(f"@{each.version}", "@9"),
            version=9,
        )
        for each in graph.policies.values()
        if made.chance.random() < 0.7
    ]
    beside = after(graph, [put(Kind.POLICY, each) for each in shadows])
    replaced = {(each.tenant, each.name) for each in shadows}
    moved = [
        structs.replace(each, state=PolicyState.RETIRED)
        for each in graph.policies.values()
        if (each.tenant, each.name) in replaced
    ]
    moved += [structs.replace(each, state=PolicyState.ACTIVE) for each in shadows]
    return beside, after(beside, [put(Kind.POLICY, each) for each in moved])


def test_what_a_shadow_would_answer_it_answers_once_it_decides() -> None:
    shifts: Counter[Shift] = Counter()
    for seed in SEEDS:
        made = World(seed)
        graphs_of = with_shadows(made, made.graph())
        now, then = (snapshots.compile(each) for each in graphs_of)
        for _ in range(6):
            inputs = made.inputs({"tool_use"})
            try:
                answered = Answered(now, inputs, resolve(now, inputs))
            except InvalidRequest:
                continue
            found, expected = compared(answered), resolve(then, inputs)
            assert _short(found.after) == _short(expected)
            shifts[found.shift] += 1
            if found.shift is not Shift.SAME:
                assert concerning(answered), (seed, inputs)
    assert shifts.keys() == set(Shift)


def _short(resolution: Any) -> Any:
    first = resolution.chosen
    return (
        first and (first.offering, first.because, first.cost_estimate),
        [(each.offering, each.because) for each in resolution.fallbacks],
        resolution.policies,
        resolution.eligible,
        resolution.not_evaluated,
        resolution.first_attempt_ms,
    )


@pytest.mark.parametrize(
    ("now", "then", "wanted", "expected"),
    [
        ({}, {"prefer": {"provider": "mistral", "weight": 9}}, {}, Shift.OTHER_MODEL),
        (
            {"prefer": {"endpoint": "mistral", "weight": 9}},
            {"prefer": {"endpoint": "cloud", "weight": 9}},
            {},
            Shift.OTHER_ENDPOINT,
        ),
        (
            {},
            {"fallback": ["meta-llama/llama-4"]},
            {"models": ("openai/gpt-5",)},
            Shift.OTHER_FALLBACKS,
        ),
        ({}, DENY, {"models": ("openai/gpt-5",)}, Shift.NOW_NOBODY),
        (DENY, {}, {"models": ("openai/gpt-5",)}, Shift.NOW_SOMEBODY),
        (DENY, {}, {"models": ("meta-llama/llama-4",)}, Shift.SAME),
    ],
)
def test_a_request_shifts_where_the_shadow_leads_it(
    now: dict[str, Any], then: dict[str, Any], wanted: dict[str, Any], expected: Shift
) -> None:
    nothing = {"prefer": {"endpoint": "hidden"}}
    answered = asked(world(active(now or nothing), shadow(then or nothing)).snapshot, **wanted)

    assert compared(answered).shift is expected
    assert concerning(answered) == ("legal@2",)


def test_a_version_concerns_whom_it_comes_in_for_and_whom_it_leaves() -> None:
    narrow: dict[str, Any] = {"match": 'tenant.id == "lex"'}
    made = world(
        active(DENY), shadow(DENY, **narrow), shadow(DENY, name="apart", match='tenant.id == "jus"')
    ).snapshot

    assert concerning(asked(made, "lex")) == ("legal@2",)
    assert concerning(asked(made, "acme")) == ("legal@2",)
    assert concerning(asked(made, "jus")) == ("apart@2", "legal@2")
    alone = world(active(DENY), shadow(DENY, name="apart", **narrow)).snapshot
    assert concerning(asked(alone, "jus")) == ()
    assert concerning(asked(alone, "lex")) == ("apart@2",)


def test_without_a_shadow_there_is_nothing_beside_an_answer() -> None:
    answered = asked(world(active(DENY)).snapshot)

    assert shadowed(answered.snapshot) is None
    assert beside(answered) is None
    assert concerning(answered) == ()


def test_the_rules_in_which_both_differ_are_told() -> None:
    other = {"name": "no-gpt", **DENY}
    slow = {"when": "primary.latency_ms > 5", "fallback": ["meta-llama/llama-4"]}
    step = {"when": 'request.step == "triage"', "prefer": {"provider": "lex"}}
    idle = {"when": 'request.step == "judging"', "prefer": {"provider": "openai"}}
    made = world(
        active({"prefer": {"provider": "openai"}}),
        active(DENY, name="as-before"),
        shadow(other, slow, step, idle),
    ).snapshot
    answered = asked(made, step=Step.TRIAGE)
    told = reasons(answered, compared(answered).after)

    assert [(each.policy, each.rule, each.outcome, each.did) for each in told] == [
        ("legal@1", "r0", "applies", "prefers provider openai, weight 1"),
        ("legal@2", "no-gpt", "applies", "denies provider openai"),
        ("legal@2", "r2", "applies", "prefers provider lex, weight 1"),
        ("legal@2", "r1", "not_evaluated", ""),
    ]


def test_what_applies_under_the_shadow_is_kept_over_deltas_and_apart() -> None:
    made = world(active({"prefer": {"provider": "openai"}}), shadow(DENY))
    answered = asked(made.snapshot)
    compared(answered)
    scope = answered.inputs.scope
    held = made.snapshot.shadow_terms[scope]
    assert made.snapshot.terms[scope] is not held
    changed = graphs.after(made.graph, 2, [put(Kind.MODEL, made.graph.models["openai/gpt-5"])])
    new = snapshots.advance(
        made.snapshot, changed, [put(Kind.MODEL, changed.models["openai/gpt-5"])]
    )
    compared(asked(new))
    assert new.shadow_terms[scope] is held

    ops = [put(*shadow({"prefer": {"provider": "lex"}}))]
    other = snapshots.advance(new, graphs.after(changed, 3, ops), ops)
    assert concerning(asked(other)) == ("legal@2",)
    assert other.shadow_terms[scope] is not held


def test_many_scopes_are_asked_in_turn_and_neither_side_sees_the_other() -> None:
    made = world(active(DENY), shadow({"require": {"residency": ["US"]}})).snapshot
    for tenant in random.Random(1).choices(["jus", "acme", None], k=30):  # noqa: S311 - a seed
        answered = asked(made, tenant)
        after_it = compared(answered).after
        assert answered.resolution.policies == ("legal@1",)
        assert after_it.policies == ("legal@2",)
        assert after_it.chosen is not None
        assert after_it.chosen.endpoint == "openai"
        assert answered.resolution.chosen is not None
        assert answered.resolution.chosen.endpoint != "openai"
