"""What applies to a scope: who may widen, and who only restricts."""

import itertools
import random
from collections.abc import Sequence
from decimal import Decimal
from typing import Any

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from routeyard.domain import snapshot as snapshots
from routeyard.domain.constraints import constraints, visible
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.graph import Graph
from routeyard.domain.overrides import (
    Author,
    Override,
    OverrideKind,
    Rollout,
    ScopeLevel,
    override_id,
)
from routeyard.domain.policies.book import Book
from routeyard.domain.resolution import Inputs, Reason, Require, Requirement, Resolution
from routeyard.domain.resolver import resolve
from routeyard.domain.rulings import terms_of
from routeyard.domain.scopes import (
    Effective,
    Outcome,
    Tenancy,
    by_place,
    effective,
    explained,
    place_named,
)
from routeyard.domain.snapshot import Snapshot, tenancy_of
from routeyard.domain.tenancy import (
    LimitKind,
    Project,
    Scope,
    Target,
    TargetKind,
    Tenant,
    TenantClass,
    Tier,
)
from tests.builders import at
from tests.domain.worlds import World

KEY = Scope(tenant="acme", project="web", key="k1")
SCOPES = (
    Scope(tenant="acme"),
    Scope(tenant="acme", project="web"),
    KEY,
)
RESTRICTING = (OverrideKind.ALLOW, OverrideKind.DENY, OverrideKind.PIN, OverrideKind.LIMIT)


def allowed(snapshot: Snapshot, scope: Scope) -> int:
    """The slots that the rules of a scope leave, whatever a request asks for."""
    inputs = Inputs(now=at(), scope=scope, requirement=Requirement(), zone="here")
    terms, seen = terms_of(snapshot, inputs), visible(snapshot, inputs)
    for check in constraints(snapshot, inputs, terms, [], seen).all():
        seen &= check.passing
    return seen


def with_rules(graph: Graph, rules: Sequence[Override]) -> Snapshot:
    snapshot = snapshots.compile(graph)
    tenancy = tenancy_of(graph)._replace(rules=by_place(rules))
    return snapshot._replace(
        policies=Book(), tenancy=tenancy, memo={}, priced={}, terms={}, said_to_all=99
    )


def rule(kind: OverrideKind, author: Author, **more: Any) -> Override:
    names = ("tenant_class", "tenant", "project", "key")
    place = {name: more.pop(name) for name in names if name in more}
    name = more.pop("name", "rule")
    id_ = override_id(author, name, **place)
    return Override(id=id_, kind=kind, author=author, reason="r", actor="a", **place, **more)


def binding(world: World, number: int) -> Override:
    """A rule in force that binds acme or everyone, so that it has to do with others."""
    while True:
        made = world.override(number)
        if made.tenant != "globex" and made.kind in RESTRICTING:
            return msgspec.structs.replace(made, rollout=None, expires_at=None)


@settings(max_examples=400, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_what_a_tenant_says_only_restricts(seed: int) -> None:
    world = World(seed)
    graph = world.graph()
    rules = [binding(world, each) for each in range(world.chance.randint(0, 4))]
    added = binding(world, 7)
    # A list may grow by entries of its own author: it stays within what others leave.
    listed = (added.level, added.author, OverrideKind.ALLOW)
    others = [each for each in rules if (each.level, each.author, each.kind) != listed]
    without = others if added.kind is OverrideKind.ALLOW else rules
    before, after = with_rules(graph, without), with_rules(graph, [*rules, added])
    is_grant = added.author is Author.PLATFORM and added.level <= ScopeLevel.TENANT
    for scope in (Scope(), Scope(tenant="globex"), *SCOPES):
        widened = allowed(after, scope) & ~allowed(before, scope)
        lifted = raised(limits(before, scope), limits(after, scope))
        if widened or lifted:
            assert is_grant
            assert added.kind in (OverrideKind.ALLOW, OverrideKind.LIMIT)


@settings(max_examples=300, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_tenants_never_have_more_than_the_platform_gives_them(seed: int) -> None:
    world = World(seed)
    graph, rules = world.graph(), [binding(world, each) for each in range(6)]
    granted = [each for each in rules if each.author is Author.PLATFORM]
    given_, used = with_rules(graph, granted), with_rules(graph, rules)
    for scope in SCOPES:
        assert not allowed(used, scope) & ~allowed(given_, scope)
        assert not raised(limits(given_, scope), limits(used, scope))


def limits(snapshot: Snapshot, scope: Scope) -> dict[LimitKind, Decimal]:
    found = effective(snapshot.tenancy, scope, at()).limits
    return {kind: said.value for kind, said in found.items() if said.value is not None}


def raised(before: dict[LimitKind, Decimal], after: dict[LimitKind, Decimal]) -> bool:
    return any(kind not in after or after[kind] > value for kind, value in before.items())


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_a_narrower_scope_has_no_more_than_the_one_around_it(seed: int) -> None:
    world = World(seed)
    snapshot = with_rules(world.graph(), [binding(world, each) for each in range(5)])
    for wide, narrow in itertools.pairwise(SCOPES):
        assert not allowed(snapshot, narrow) & ~allowed(snapshot, wide)
        assert not raised(limits(snapshot, wide), limits(snapshot, narrow))


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_no_order_and_no_expired_rule_matters(seed: int) -> None:
    world = World(seed)
    graph, rules = world.graph(), [world.override(each) for each in range(8)]
    mixed = list(rules)
    random.Random(seed).shuffle(mixed)  # noqa: S311 - a seed makes it repeatable
    live = [each for each in rules if each.expires_at is None or each.expires_at > at()]
    for scope in SCOPES:
        told = effective(with_rules(graph, rules).tenancy, scope, at())
        assert effective(with_rules(graph, mixed).tenancy, scope, at()) == told
        without = effective(with_rules(graph, live).tenancy, scope, at())
        assert without[:9] == told[:9]


@settings(max_examples=200, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_everything_said_on_the_way_gets_a_verdict_once(seed: int) -> None:
    world = World(seed)
    tenancy = with_rules(world.graph(), [world.override(each) for each in range(8)]).tenancy
    verdicts = explained(tenancy, KEY, at()).verdicts
    said = [
        (each.said.level, each.said.origin, each.said.limit, each.said.residency)
        for each in verdicts
    ]
    assert len(said) == len(set(said))
    own = [override.id for place in tenancy.rules.values() for override in place]
    on_the_way = {each for each in own if place_named(each) in places(tenancy)}
    assert {each.said.origin for each in verdicts if each.said.override} == on_the_way


def places(tenancy: Tenancy) -> set[tuple[str, ...]]:
    of_class = tenancy.tenants["acme"].tenant_class
    return {
        (),
        ("class", of_class),
        ("tenant", "acme"),
        ("project", "acme", "web"),
        ("key", "acme", "k1"),
    }


def tenancy(*rules: Override, tier: str | None = None, **tiers: Tier) -> Tenancy:
    return Tenancy(
        tenants={"acme": Tenant(id="acme", name="Acme", tenant_class="LEGAL", tier=tier)},
        classes={"LEGAL": TenantClass(id="LEGAL", name="Law", tier="basic", residency=("EU",))},
        tiers={"basic": BASIC, **tiers},
        projects={"acme/web": Project(id="acme/web", tenant="acme", name="Web", residency=("DE",))},
        rules=by_place(rules),
    )


OPENAI = Target(kind=TargetKind.PROVIDER, id="openai")
BASIC = Tier(id="basic", name="Basic", allow=(OPENAI,), limits={LimitKind.PRICE_OUTPUT: Decimal(5)})
ON = {"target_kind": TargetKind.PROVIDER, "target": "mistral"}


def origins(told: Effective) -> list[list[str]]:
    return [[said.origin for said in group] for group in told.allowed]


def test_what_the_platform_allows_a_tenant_takes_the_place_of_its_classs_tier() -> None:
    wider = rule(OverrideKind.ALLOW, Author.PLATFORM, tenant="acme", **ON)
    assert origins(effective(tenancy(), KEY, at())) == [["tier:basic"]]
    told = explained(tenancy(wider), KEY, at())
    assert origins(told) == [["platform:acme/rule"]]
    replaced = next(each for each in told.verdicts if each.said.kind is OverrideKind.ALLOW)
    assert (replaced.outcome, replaced.because) == (Outcome.REPLACED, "platform:acme/rule")


def test_what_the_tenant_allows_itself_is_met_besides() -> None:
    own = rule(OverrideKind.ALLOW, Author.TENANT, tenant="acme", **ON)
    assert origins(effective(tenancy(own), KEY, at())) == [["tier:basic"], ["acme/rule"]]


def test_below_the_tenant_the_platform_only_restricts_too() -> None:
    below = rule(OverrideKind.ALLOW, Author.PLATFORM, tenant="acme", project="web", **ON)
    told = origins(effective(tenancy(below), KEY, at()))
    assert told == [["tier:basic"], ["platform:acme/project:web/rule"]]


def test_a_tier_that_is_gone_allows_nothing() -> None:
    told = effective(tenancy(tier="gone"), KEY, at())
    assert origins(told) == [["tier:gone"]]
    assert told.allowed[0][0].aims == ()


@pytest.mark.parametrize(
    ("said", "held"),
    [
        ([], 5),
        ([(Author.TENANT, {"tenant": "acme"}, 3)], 3),
        ([(Author.TENANT, {"tenant": "acme"}, 9)], 5),
        ([(Author.PLATFORM, {"tenant": "acme"}, 9)], 9),
        ([(Author.PLATFORM, {"tenant_class": "LEGAL"}, 9)], 9),
        ([(Author.PLATFORM, {"tenant": "acme", "project": "web"}, 9)], 5),
        ([(Author.PLATFORM, {}, 1)], 5),
        ([(Author.PLATFORM, {"tenant": "acme"}, 9), (Author.TENANT, {"tenant": "acme"}, 7)], 7),
    ],
)
def test_the_platform_may_raise_a_limit_down_to_the_tenant_and_nobody_else(
    said: list[tuple[Author, dict[str, str], int]], held: int
) -> None:
    rules = [
        rule(
            OverrideKind.LIMIT,
            author,
            **place,
            limit=LimitKind.PRICE_OUTPUT,
            value=Decimal(value),
        )
        for author, place, value in said
    ]
    assert effective(tenancy(*rules), KEY, at()).limits[LimitKind.PRICE_OUTPUT].value == held


def test_every_bound_of_residency_holds_together() -> None:
    told = effective(tenancy(), KEY, at()).residency
    assert [(said.origin, said.residency) for said in told] == [
        ("class:LEGAL", ("EU",)),
        ("project:acme/web", ("DE",)),
    ]


def test_of_names_the_narrowest_counts() -> None:
    aim = {"target_kind": TargetKind.MODEL, "name": "fast"}
    rules = [
        rule(OverrideKind.ALIAS, Author.PLATFORM, target="a/wide", **aim),
        rule(OverrideKind.ALIAS, Author.TENANT, tenant="acme", target="a/own", **aim),
        rule(OverrideKind.ALIAS, Author.PLATFORM, tenant="acme", target="a/theirs", **aim),
        rule(OverrideKind.ALIAS, Author.TENANT, tenant="acme", key="k1", target="a/key", **aim),
    ]
    named = [
        effective(tenancy(*rules), scope, at()).aliases["fast"].aims[0].id
        for scope in (Scope(), Scope(tenant="acme"), KEY)
    ]
    assert named == ["a/wide", "a/own", "a/key"]


def test_what_is_rolled_out_to_nobody_applies_to_nobody() -> None:
    none = rule(OverrideKind.DENY, Author.TENANT, tenant="acme", rollout=Rollout(percent=0.0), **ON)
    told = explained(tenancy(none), KEY, at())
    assert told.denied == ()
    assert told.is_rolled_out
    assert Outcome.NOT_ROLLED_OUT in {each.outcome for each in told.verdicts}


def test_what_applies_is_worked_out_anew_when_a_rule_expires() -> None:
    rules = [rule(OverrideKind.DENY, Author.TENANT, tenant="acme", expires_at=at(60), **ON)]
    now, then = (effective(tenancy(*rules), KEY, at(seconds)) for seconds in (0, 60))
    assert (len(now.denied), now.valid_until) == (1, at(60))
    assert (then.denied, then.valid_from) == ((), at(60))


def answer(snapshot: Snapshot, *models: str, seconds: float = 0) -> Resolution:
    requirement = Requirement(models=models, explain=True)
    inputs = Inputs(
        now=at(seconds), scope=Scope(tenant="acme"), requirement=requirement, zone="here"
    )
    return resolve(snapshot, inputs)


def open_world(*rules: Override) -> Snapshot:
    """A world whose tenant may use everything but for the rules."""
    graph = next(
        graph
        for graph in (World(seed).graph() for seed in range(1_000))
        if allowed(with_rules(graph, ()), Scope(tenant="acme")).bit_count() > 3
    )
    return with_rules(graph, rules)


def test_an_alias_and_a_profile_are_asked_for_like_models() -> None:
    plain = answer(open_world())
    assert plain.chosen is not None
    aim = {"target_kind": TargetKind.MODEL, "target": plain.chosen.model}
    alias = rule(OverrideKind.ALIAS, Author.TENANT, tenant="acme", name="fast", **aim)
    long = Require(min_context=1_000)
    profile = rule(OverrideKind.PROFILE, Author.TENANT, tenant="acme", name="long", require=long)
    snapshot = open_world(alias, profile)
    assert answer(snapshot, "fast") == answer(snapshot, plain.chosen.model)
    asked = answer(snapshot, "long")
    assert asked.rejected_for.keys() >= {Reason.CONTEXT_UNKNOWN}
    assert Reason.MODEL_NOT_REQUESTED not in asked.rejected_for
    with pytest.raises(InvalidRequest, match="asked for alone"):
        answer(snapshot, "long", plain.chosen.model)


def test_a_rule_that_expires_between_two_requests_is_seen_to() -> None:
    plain = answer(open_world())
    assert plain.chosen is not None
    aim = {"target_kind": TargetKind.MODEL, "target": plain.chosen.model}
    snapshot = open_world(
        rule(OverrideKind.DENY, Author.TENANT, tenant="acme", expires_at=at(60), **aim)
    )
    denied = [answer(snapshot, seconds=s).rejected_for.get(Reason.DENIED) for s in (0, 60, 0)]
    assert denied[0] == denied[2]
    assert denied[0] is not None
    assert denied[1] is None


def test_a_tenant_that_is_not_there_gets_no_answer() -> None:
    inputs = Inputs(now=at(), scope=Scope(tenant="nobody"), requirement=Requirement(), zone="here")
    with pytest.raises(InvalidRequest, match="There is no tenant 'nobody'"):
        resolve(open_world(), inputs)
