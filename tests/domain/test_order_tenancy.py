"""Whatever order tenants, rules and endpoints of their own arrive in, the graph ends the same."""

import asyncio
import random
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from routeyard.domain import events as e
from routeyard.domain.events import Event, Payload
from routeyard.domain.graph import Graph, load
from routeyard.domain.overrides import OverrideKind, ScopeLevel
from routeyard.domain.policies.policy import PolicyState, Rule
from routeyard.domain.tenancy import TargetKind
from services.registry.ledger import Batch
from tests.builders import event
from tests.fakes.ledger import MemoryLedger

TENANTS = st.sampled_from(["acme", "beta"])
SERVED = st.builds(
    e.Served,
    native_id=st.sampled_from(["ft", "llama"]),
    model=st.sampled_from(["@acme/ft", "meta/llama"]),
    release=st.just("@acme/ft@undated"),
    is_private=st.booleans(),
    context=st.none() | st.integers(1, 2),
)
AIM: dict[str, Any] = {
    "kind": OverrideKind.DENY,
    "reason": "r",
    "actor": "a",
    "target_kind": TargetKind.MODEL,
}
VERSION: dict[str, st.SearchStrategy[Any]] = {
    "name": st.just("home"),
    "version": st.integers(1, 2),
    "tenant": st.none() | st.just("acme"),
    "reason": st.sampled_from(["r", "s"]),
    "actor": st.just("a"),
}
PAYLOADS: st.SearchStrategy[Payload] = st.one_of(
    st.builds(e.TenantRegistered, tenant=TENANTS, name=st.sampled_from(["A", "B"])),
    st.builds(e.TenantOffboarded, tenant=TENANTS, reason=st.just("r"), actor=st.just("a")),
    st.builds(e.TenantClassDefined, tenant_class=st.just("LEGAL"), name=st.just("Law")),
    st.builds(e.TenantClassRemoved, tenant_class=st.just("LEGAL")),
    st.builds(e.ProjectRegistered, tenant=TENANTS, project=st.just("web"), name=st.just("W")),
    st.builds(e.ProjectRemoved, tenant=TENANTS, project=st.just("web")),
    TENANTS.map(lambda t: e.TenantOverridden(tenant=t, name="x", target="a/b", **AIM)),
    TENANTS.map(
        lambda t: e.TenantOverridden(tenant=t, name="x", project="web", target="a/b", **AIM)
    ),
    st.builds(
        e.PlatformOverridden,
        name=st.just("x"),
        tenant=TENANTS,
        project=st.just("web"),
        key=st.none() | st.just("k"),
        target=st.just("a/b"),
        **{name: st.just(value) for name, value in AIM.items()},
    ),
    st.builds(
        e.TenantOverrideRemoved,
        tenant=TENANTS,
        name=st.just("x"),
        project=st.none() | st.just("web"),
        reason=st.just("r"),
        actor=st.just("a"),
    ),
    st.just(e.PlatformOverridden(name="x", tenant_class="LEGAL", target="a/b", **AIM)),
    st.builds(
        e.EndpointConnected,
        endpoint=st.sampled_from(["acme/one", "acme/two"]),
        provider=st.just("acme"),
        url=st.sampled_from(["https://a.example", "https://b.example"]),
        owner=st.just("acme"),
    ),
    st.builds(
        e.EndpointDisconnected,
        endpoint=st.sampled_from(["acme/one", "acme/two"]),
        reason=st.just("r"),
        actor=st.just("a"),
        owner=st.just("acme"),
    ),
    st.builds(
        e.EndpointServed,
        endpoint=st.sampled_from(["acme/one", "acme/two"]),
        owner=st.just("acme"),
        serves=st.lists(SERVED, max_size=2).map(tuple),
        gone=st.lists(SERVED, max_size=1).map(tuple),
    ),
    st.builds(
        e.PolicyPublished,
        **VERSION,
        document=st.sampled_from(["one", "other"]),
        rules=st.just((Rule(name="x", fallback=("a/b",)),)),
    ),
    st.builds(e.PolicyMoved, **VERSION, state=st.sampled_from(PolicyState)),
    st.builds(e.PolicyWithdrawn, **VERSION),
)


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    payloads = draw(st.lists(PAYLOADS, min_size=1, max_size=14))
    return [
        event(payload, id=str(number), source="operator", seconds=draw(st.integers(0, 4)))
        for number, payload in enumerate(payloads)
    ]


def graph_after(batches: list[list[Event]]) -> Graph:
    async def run() -> Graph:
        ledger = MemoryLedger()
        for batch in batches:
            await ledger.record(Batch(batch))
        head, ops = await ledger.snapshot()
        return load(head.epoch, head.revision, ops)

    return asyncio.run(run())


@given(histories(), st.randoms(use_true_random=False), st.integers(1, 4))
@settings(max_examples=300, deadline=None)
def test_any_order_any_batching_any_repetition_leads_to_the_same_graph(
    history: list[Event], chance: random.Random, size: int
) -> None:
    expected = graph_after([history])
    shuffled = history * 2
    chance.shuffle(shuffled)
    found = graph_after([shuffled[i : i + size] for i in range(0, len(shuffled), size)])
    assert found.entities == expected.entities
    assert found.checksum == expected.checksum


@given(histories(), st.integers(1, 3))
@settings(max_examples=200, deadline=None)
def test_nothing_is_left_of_what_it_stood_on(history: list[Event], size: int) -> None:
    graph = graph_after([history[i : i + size] for i in range(0, len(history), size)])
    for override in graph.overrides.values():
        assert override.tenant is None or override.tenant in graph.tenants
        assert override.tenant_class is None or override.tenant_class in graph.classes
        project = f"{override.tenant}/{override.project}"
        assert override.level is not ScopeLevel.PROJECT or project in graph.projects
    assert all(project.tenant in graph.tenants for project in graph.projects.values())
    assert all(each.owner in graph.tenants for each in graph.endpoints.values())
    assert all(each.endpoint in graph.endpoints for each in graph.offerings.values())
