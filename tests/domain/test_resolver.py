"""The snapshot that is patched against one made new, and what every answer keeps to."""

import msgspec
import numpy as np
import pytest

from routeyard.domain import snapshot as snapshots
from routeyard.domain.constraints import visible
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.pricing import cost_estimate
from routeyard.domain.resolution import Inputs, Require, Requirement
from routeyard.domain.resolver import resolve
from routeyard.domain.snapshot import Snapshot
from routeyard.domain.tenancy import Scope
from tests.builders import at
from tests.domain.worlds import World, after

WORLDS = 400


def tags_of(snapshot: Snapshot) -> set[str]:
    return {feature[1] for feature in snapshot.masks if feature[0] == "capability"}


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
        numbers = {
            name: column[index]
            for name, column in snapshot.columns.items()
            # Endpoints are numbered as they come.
            if name != "endpoint" and not np.isnan(column[index])
        }
        found[offering] = (features, numbers)
    return found


def test_endpoints_are_tried_once_and_money_is_exact() -> None:
    for world in map(World, range(60)):
        snapshot = snapshots.compile(world.graph())
        inputs = inputs_for(world, snapshot)
        answer = resolve(snapshot, inputs)
        chain = [c for c in (answer.chosen, *answer.fallbacks) if c]
        assert len({c.endpoint for c in chain}) == len(chain)
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
    inputs = Inputs(now=at(), scope=Scope(), requirement=Requirement(), zone="here")
    assert cost_estimate(None, inputs, "e1") is None
