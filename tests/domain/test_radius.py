"""Whom a change touches, and where their requests would go."""

from typing import Any

from msgspec import structs

from routeyard.domain import graph as graphs
from routeyard.domain import snapshot as snapshots
from routeyard.domain.catalog import Endpoint, Mode, Model, Offering, Release
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.graph import Entity, Graph
from routeyard.domain.overrides import Author, Override, OverrideKind, override_id
from routeyard.domain.policies.condition import Condition, check
from routeyard.domain.policies.policy import Policy, PolicyState, Rule
from routeyard.domain.radius import Move, Radius, radius, sides
from routeyard.domain.tenancy import Target, TargetKind, Tenant, TenantClass
from tests.builders import at

MODELS = ("lab/a", "lab/b")


def override(kind: OverrideKind, name: str, target: str, **place: Any) -> Override:
    author = Author.TENANT if place.get("tenant") else Author.PLATFORM
    aim = {"target_kind": "model", "target": target}
    id_ = override_id(author, name, **place)
    return Override(id=id_, kind=kind, author=author, reason="r", actor="a", **place, **aim)  # type: ignore[arg-type]


def world(*more: tuple[Kind, Entity]) -> Graph:
    entities: list[tuple[Kind, Entity]] = [
        *((Kind.MODEL, Model(id=m, provider="lab", mode=Mode.CHAT)) for m in MODELS),
        *((Kind.RELEASE, Release(id=f"{m}@undated", model=m)) for m in MODELS),
        *((Kind.ENDPOINT, Endpoint(id=f"host-{n}", provider="lab")) for n in range(2)),
        *((Kind.OFFERING, offering(m, n)) for n, m in enumerate(MODELS)),
        (Kind.TENANT_CLASS, TenantClass(id="LEGAL", name="Law")),
        *((Kind.TENANT, Tenant(id=t, name=t)) for t in ("acme", "beta")),
        (Kind.TENANT, Tenant(id="firm", name="Firm", tenant_class="LEGAL")),
        *more,
    ]
    ops = [graphs.put(EntityRef(k, e.id), graphs.canonical(e)) for k, e in entities]
    return graphs.load("epoch", 1, ops)


def offering(model: str, number: int) -> Offering:
    return Offering(
        id=f"host-{number}/{model}",
        endpoint=f"host-{number}",
        model=model,
        release=f"{model}@undated",
        native_id=model,
    )


def found(graph: Graph, kind: Kind, entity: Entity, *, tenant: str | None = None) -> Radius:
    """What an entity would do if it came into the graph."""
    ref = EntityRef(kind, entity.id)
    held = graph.entities[kind].get(entity.id)
    before = {ref: None if held is None else graphs.canonical(held)}
    both = sides(graph, snapshots.compile(graph), before, {ref: graphs.canonical(entity)})
    return radius(both, at(), most=10, tenant=tenant)


FAST = (Kind.OVERRIDE, override(OverrideKind.ALIAS, "fast", "lab/a", tenant="acme"))


def test_a_denial_moves_the_tenant_it_is_for_and_nobody_else() -> None:
    deny = override(OverrideKind.DENY, "no-a", "lab/a", tenant="acme")
    told = found(world(FAST), Kind.OVERRIDE, deny)
    assert told.tenants == ("acme",)
    assert told.overrides == ("acme/no-a",)
    assert told.aliases == ("acme/fast",)
    moved = {move.asked: (move.before, move.after) for move in told.moves}
    assert moved["fast"] == ("host-0/lab/a", None)
    assert moved["lab/a"] == ("host-0/lab/a", None)
    assert told.is_complete


def test_an_alias_that_points_elsewhere_is_a_move() -> None:
    other = override(OverrideKind.ALIAS, "fast", "lab/b", tenant="acme")
    told = found(world(FAST), Kind.OVERRIDE, other)
    assert told.moves == (Move("acme", "fast", "host-0/lab/a", "host-1/lab/b"),)


def test_what_is_said_for_a_class_touches_its_tenants_and_for_everyone_everyone() -> None:
    for place, tenants in (({"tenant_class": "LEGAL"}, {"firm"}), ({}, {"acme", "beta", "firm"})):
        deny = override(OverrideKind.DENY, "no-a", "lab/a", **place)
        assert set(found(world(), Kind.OVERRIDE, deny).tenants) == tenants


def test_a_tenant_is_told_of_itself_alone() -> None:
    deny = override(OverrideKind.DENY, "no-a", "lab/a")
    told = found(world(FAST), Kind.OVERRIDE, deny, tenant="beta")
    assert told.tenants == ("beta",)
    assert told.aliases == told.overrides == ()
    assert {move.tenant for move in told.moves} == {"beta"}


def test_an_offering_that_goes_takes_along_what_points_at_its_model() -> None:
    graph = world(FAST)
    ref = EntityRef(Kind.OFFERING, "host-0/lab/a")
    body = graphs.canonical(graph.entities[Kind.OFFERING][ref.id])
    both = sides(graph, snapshots.compile(graph), {ref: body}, {ref: None})
    told = radius(both, at(), most=10)
    assert told.aliases == ("acme/fast",)
    assert Move("acme", "fast", "host-0/lab/a", None) in told.moves


def test_only_the_first_tenants_are_followed_and_it_is_said() -> None:
    deny = override(OverrideKind.DENY, "no-a", "lab/a")
    graph = world()
    ref = EntityRef(Kind.OVERRIDE, deny.id)
    both = sides(graph, snapshots.compile(graph), {ref: None}, {ref: graphs.canonical(deny)})
    told = radius(both, at(), most=1)
    assert (len(told.tenants), told.is_complete) == (3, False)
    assert {move.tenant for move in told.moves} == {"acme"}


def test_a_change_that_is_made_already_is_seen_from_both_sides() -> None:
    deny = override(OverrideKind.DENY, "no-a", "lab/a", tenant="acme")
    made = world(FAST, (Kind.OVERRIDE, deny))
    ref = EntityRef(Kind.OVERRIDE, deny.id)
    both = sides(made, snapshots.compile(made), {ref: None}, {ref: graphs.canonical(deny)})
    assert radius(both, at(), most=10) == found(world(FAST), Kind.OVERRIDE, deny)


def test_a_policy_that_decides_touches_those_it_is_for() -> None:
    whom = check('tenant.class == "LEGAL"')
    assert isinstance(whom, Condition)
    deny = Rule(name="no", deny=(Target(kind=TargetKind.MODEL, id="lab/b"),))
    draft = Policy(
        id="p@1",
        name="p",
        version=1,
        state=PolicyState.DRAFT,
        document="",
        rules=(deny,),
        match=whom,
    )
    active = structs.replace(draft, state=PolicyState.ACTIVE)

    assert found(world(), Kind.POLICY, draft).tenants == ()
    told = found(world((Kind.POLICY, draft)), Kind.POLICY, active)
    assert told.tenants == ("firm",)
    assert told.moves == (Move("firm", "*", "host-1/lab/b", "host-0/lab/a"),)
    for_all = structs.replace(active, match=None)
    assert found(world(), Kind.POLICY, for_all).tenants == ("acme", "beta", "firm")
    own = structs.replace(for_all, id="beta/p@1", tenant="beta")
    assert found(world(), Kind.POLICY, own).tenants == ("beta",)
