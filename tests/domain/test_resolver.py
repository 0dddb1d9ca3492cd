"""The resolver against the plain loop, and the snapshot that is patched against one made new."""

from collections import Counter

import msgspec
import numpy as np
import pytest

from routeyard.domain import snapshot as snapshots
from routeyard.domain.constraints import visible
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.pricing import cost_estimate
from routeyard.domain.resolution import Inputs, Reason, Require, Requirement
from routeyard.domain.resolver import resolve
from routeyard.domain.snapshot import Snapshot
from routeyard.domain.tenancy import Scope
from tests.builders import at
from tests.domain.reference import Reference
from tests.domain.worlds import World, after

WORLDS, REQUESTS = 400, 5


def tags_of(snapshot: Snapshot) -> set[str]:
    return {feature[1] for feature in snapshot.masks if feature[0] == "capability"}


@pytest.mark.parametrize("seed", range(0, WORLDS, 20))
def test_the_same_candidates_are_eligible_for_the_same_reasons(seed: int) -> None:
    for world in map(World, range(seed, seed + 20)):
        graph = world.graph()
        snapshot = snapshots.compile(graph)
        for _ in range(REQUESTS):
            inputs = inputs_for(world, snapshot)
            expected = Reference(graph, inputs).verdicts()
            answer = resolve(snapshot, inputs)

            assert answer.considered == len(expected)
            assert answer.eligible == sum(not reasons for reasons in expected.values())
            counted = Counter(r for reasons in expected.values() for r in reasons)
            # A bound of the request and one of the tenant count twice for one candidate.
            assert set(answer.rejected_for) == set(counted)
            chain = [c for c in (answer.chosen, *answer.fallbacks) if c]
            assert all(not expected[c.offering] for c in chain)
            assert bool(answer.chosen) == any(not reasons for reasons in expected.values())
            if inputs.requirement.explain:
                told = {
                    r.offering: {reason.partition(":")[0] for reason in r.reasons}
                    for r in answer.rejections
                }
                assert told == {name: set(r) for name, r in expected.items() if r}


@pytest.mark.parametrize("seed", range(0, WORLDS, 20))
def test_a_patched_snapshot_answers_as_a_new_one(seed: int) -> None:
    for world in map(World, range(seed, seed + 20)):
        graph = world.graph()
        patched = snapshots.compile(graph)
        for _ in range(4):
            ops = world.change()
            graph = after(graph, ops)
            patched = snapshots.advance(patched, graph, ops)
            fresh = snapshots.compile(graph)

            assert set(patched.slot_of) == set(fresh.slot_of)
            assert by_offering(patched) == by_offering(fresh)
            assert grouped(patched) == grouped(fresh)
            for _ in range(3):
                inputs = inputs_for(world, fresh)
                assert resolve(patched, inputs) == resolve(fresh, inputs)


def grouped(snapshot: Snapshot) -> dict[tuple[str, ...], set[tuple[str, ...]]]:
    return {group: set(features) for group, features in snapshot.groups.items()}


def inputs_for(world: World, snapshot: Snapshot) -> Inputs:
    heard_of = tuple(sorted(f[1] for f in snapshot.masks if f[0] == "model"))
    inputs = world.inputs(tags_of(snapshot), heard_of)
    seen, asked = visible(snapshot, inputs), inputs.requirement
    models = tuple(m for m in asked.models if snapshot.mask("model", m) & seen)
    known = {f[1] for f, mask in snapshot.masks.items() if f[0] == "capability" and mask & seen}
    wanted = asked.require.capabilities
    capabilities = tuple(w for w in wanted if (w if isinstance(w, str) else w.name) in known)
    require = msgspec.structs.replace(asked.require, capabilities=capabilities)
    requirement = msgspec.structs.replace(asked, models=models, require=require)
    return msgspec.structs.replace(inputs, requirement=requirement)


def by_offering(snapshot: Snapshot) -> dict[str, object]:
    found: dict[str, object] = {}
    for offering, index in snapshot.slot_of.items():
        features = {f for f, mask in snapshot.masks.items() if mask >> index & 1}
        numbers = {n: c[index] for n, c in snapshot.columns.items() if not np.isnan(c[index])}
        found[offering] = (features, numbers)
    return found


def test_the_worlds_exercise_every_way_of_answering() -> None:
    """A differential test is worth what its cases are worth."""
    reasons: Counter[str] = Counter()
    chosen = several = 0
    for world in map(World, range(WORLDS)):
        snapshot = snapshots.compile(world.graph())
        for _ in range(REQUESTS):
            answer = resolve(snapshot, inputs_for(world, snapshot))
            reasons.update(answer.rejected_for)
            chosen += answer.chosen is not None
            several += answer.eligible >= 2

    assert chosen > WORLDS * REQUESTS // 4
    assert several > WORLDS * REQUESTS // 8
    assert min(reasons.values()) >= 20, reasons
    assert set(Reason) - set(reasons) == set()


def test_the_best_is_chosen_and_money_is_exact() -> None:
    for world in map(World, range(60)):
        snapshot = snapshots.compile(world.graph())
        inputs = inputs_for(world, snapshot)
        answer = resolve(snapshot, inputs)
        chain = [c for c in (answer.chosen, *answer.fallbacks) if c]
        totals = [c.score.total for c in chain if c.score]
        assert len({c.endpoint for c in chain}) == len(chain)
        if not inputs.health:
            assert totals == sorted(totals, reverse=True)
        for candidate in chain:
            index = snapshot.slot_of[candidate.offering]
            slot = snapshot.slots[index]
            assert slot is not None
            assert candidate.price == slot.offering.price


def test_an_unheard_of_capability_is_refused_with_a_suggestion() -> None:
    worlds = (snapshots.compile(World(seed).graph()) for seed in range(50))
    snapshot = next(s for s in worlds if "tool_use" in tags_of(s))
    inputs = Inputs(
        now=at(),
        scope=Scope(),
        requirement=Requirement(require=Require(capabilities=("tool_ues",))),
        zone="here",
    )

    with pytest.raises(InvalidRequest, match="did you mean tool_use"):
        resolve(snapshot, inputs)


def test_an_unknown_price_has_no_estimate() -> None:
    assert cost_estimate(None, Requirement()) is None
