"""A graph in which a version of a policy decides, beside the same one without the policy."""

from __future__ import annotations

from typing import NamedTuple

from msgspec import structs

from routeyard.domain import graph as graphs
from routeyard.domain import snapshot as snapshots
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.graph import Entity, Graph, Op
from routeyard.domain.policies.policy import Policy, PolicyState
from routeyard.domain.snapshot import Snapshot


class Stage(NamedTuple):
    """`after`: as it would be; `without`: as if the policy had never been; `now`: as it is."""

    policy: Policy
    graph: Graph
    now: Snapshot
    without: Snapshot
    after: Snapshot


def stage(graph: Graph, snapshot: Snapshot, policy: Policy) -> Stage:
    """Both sides of a version, from the graph as it is and its snapshot."""
    others = [
        each
        for each in graph.policies.values()
        if (each.tenant, each.name) == (policy.tenant, policy.name)
        and each.id != policy.id
        and each.state is PolicyState.ACTIVE
    ]
    out = [put(Kind.POLICY, _moved(each, PolicyState.RETIRED)) for each in others]
    gone = [graphs.remove(EntityRef(Kind.POLICY, policy.id))] if policy.id in graph.policies else []
    here = put(Kind.POLICY, _moved(policy, PolicyState.ACTIVE))
    _, without = staged(graph, snapshot, [*out, *gone])
    after_graph, after = staged(graph, snapshot, [*out, here])
    return Stage(_moved(policy, PolicyState.ACTIVE), after_graph, snapshot, without, after)


def staged(graph: Graph, snapshot: Snapshot, ops: list[Op]) -> tuple[Graph, Snapshot]:
    """The graph and its snapshot after ops, one revision on; the same without any."""
    if not ops:
        return graph, snapshot
    new = graphs.after(graph, graph.revision + 1, ops)
    # What is worked out for a graph that is only looked at is not kept with the one that is real.
    alone = snapshot._replace(memo=dict(snapshot.memo), terms={}, shadow_terms={})
    return new, snapshots.advance(alone, new, ops)


def seen(stage: Stage) -> int:
    """The slots that the policy's author may know of: others' own are not there."""
    snapshot, tenant = stage.after, stage.policy.tenant
    if tenant is None:
        return snapshot.all
    return snapshot.mask("owner", "") | snapshot.mask("owner", tenant)


def put(kind: Kind, entity: Entity) -> Op:
    """The op that puts an entity."""
    return graphs.put(EntityRef(kind, entity.id), graphs.canonical(entity))


def _moved(policy: Policy, state: PolicyState) -> Policy:
    return structs.replace(policy, state=state)
