"""Whom a change touches, and where their requests would go: the same resolver, twice."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import NamedTuple

from routeyard.domain import graph as graphs
from routeyard.domain import snapshot as snapshots
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.graph import Entity, Graph, Op
from routeyard.domain.overrides import Override, OverrideKind
from routeyard.domain.policies.condition import VARIABLES, Loaded, reads
from routeyard.domain.policies.policy import PolicyState
from routeyard.domain.resolution import Candidate, Inputs, Requirement
from routeyard.domain.resolver import resolve
from routeyard.domain.review.groups import is_so
from routeyard.domain.scopes import effective
from routeyard.domain.snapshot import Snapshot
from routeyard.domain.tenancy import Scope, TargetKind

Bodies = Mapping[EntityRef, bytes | None]
_OF_TENANTS = frozenset(name for name in VARIABLES if name.startswith("tenant."))
_NAMED = {OverrideKind.ALIAS, OverrideKind.PROFILE}
_POINTED_AT = {
    Kind.MODEL: TargetKind.MODEL,
    Kind.RELEASE: TargetKind.RELEASE,
    Kind.ENDPOINT: TargetKind.ENDPOINT,
    Kind.PROVIDER: TargetKind.PROVIDER,
}


class Move(NamedTuple):
    """What a tenant gets for a model, an alias or a profile, before and after; None is nothing.

    `asked` is `*` for a request that names none.
    """

    tenant: str
    asked: str
    before: str | None
    after: str | None


class Radius(NamedTuple):
    """Whom a change touches: tenants, by their own rules or because it is about them.

    `moves` are those of the first tenants alone that go elsewhere; `is_complete` when that is all.
    """

    tenants: tuple[str, ...]
    overrides: tuple[str, ...]
    aliases: tuple[str, ...]
    profiles: tuple[str, ...]
    moves: tuple[Move, ...]
    is_complete: bool


class Sides(NamedTuple):
    """The graph before a change and after it, and the change."""

    before: Snapshot
    after: Snapshot
    old: Graph
    new: Graph
    changed: tuple[EntityRef, ...]


def sides(graph: Graph, snapshot: Snapshot, before: Bodies, after: Bodies) -> Sides:
    """Both sides of a change, from a graph at or near either and the bodies on either side."""
    old_ops, new_ops = _ops(graph, before), _ops(graph, after)
    old, new = (graphs.after(graph, graph.revision, ops) for ops in (old_ops, new_ops))
    return Sides(
        snapshots.advance(snapshot, old, old_ops) if old_ops else snapshot,
        snapshots.advance(snapshot, new, new_ops) if new_ops else snapshot,
        old,
        new,
        tuple(sorted(before.keys() | after.keys())),
    )


def radius(both: Sides, now: datetime, most: int, tenant: str | None = None) -> Radius:
    """Whom a change touches; only that tenant, where one is named.

    `most`: for how many tenants it is found out where their requests would go.
    """
    touched = _touched(both)
    rules = [rule for rule in touched if tenant in {None, rule.tenant}]
    tenants = sorted({each for each in _tenants(both, touched) if tenant in {None, each}})
    looked_at = tenants[:most]
    moves = [move for each in looked_at for move in _moves(both, each, now)]
    return Radius(
        tenants=tuple(tenants),
        overrides=tuple(sorted(r.id for r in rules if r.kind not in _NAMED)),
        aliases=tuple(sorted(r.id for r in rules if r.kind is OverrideKind.ALIAS)),
        profiles=tuple(sorted(r.id for r in rules if r.kind is OverrideKind.PROFILE)),
        moves=tuple(moves),
        is_complete=len(looked_at) == len(tenants),
    )


def _ops(graph: Graph, bodies: Bodies) -> tuple[Op, ...]:
    """What leads from the graph to these bodies."""
    ops = []
    for ref, body in sorted(bodies.items()):
        held = graph.digests.get(ref)
        if body is not None and held != graphs.digest(ref, body):
            ops.append(graphs.put(ref, body))
        elif body is None and held is not None:
            ops.append(graphs.remove(ref))
    return tuple(ops)


def _touched(both: Sides) -> list[Override]:
    """The rules that changed, or that point at what changed; profiles ask for anything."""
    aims = {(_POINTED_AT[ref.kind], ref.id) for ref in both.changed if ref.kind in _POINTED_AT} | {
        (TargetKind.MODEL, each) for each in _models(both)
    }
    found = {}
    for graph in (both.old, both.new):
        for rule in graph.overrides.values():
            is_changed = EntityRef(Kind.OVERRIDE, rule.id) in both.changed
            if is_changed or (rule.target_kind, rule.target) in aims:
                found[rule.id] = rule
    return list(found.values())


def _tenants(both: Sides, rules: Iterable[Override]) -> Iterator[str]:
    """Those that the rules are for, and those that the change is about."""
    everyone = {**both.old.tenants, **both.new.tenants}
    classes = {ref.id for ref in both.changed if ref.kind is Kind.TENANT_CLASS}
    tiers = {ref.id for ref in both.changed if ref.kind is Kind.TIER}
    for graph in (both.old, both.new):
        classes |= {each.id for each in graph.classes.values() if each.tier in tiers}
    for rule in rules:
        if rule.tenant is not None:
            yield rule.tenant
        elif rule.tenant_class is not None:
            classes.add(rule.tenant_class)
        else:
            yield from everyone
    for ref in both.changed:
        if ref.kind is Kind.TENANT:
            yield ref.id
        yield from _of(both, ref)
    for tenant in everyone.values():
        if tenant.tenant_class in classes or tenant.tier in tiers:
            yield tenant.id


def _of(both: Sides, ref: EntityRef) -> Iterator[str]:
    """The tenant whose own it is, or those that a policy of the platform's is for."""
    owner = _owner(both, ref)
    if owner is not None:
        yield owner
    elif ref.kind is Kind.POLICY:
        yield from _meant(both, ref.id)


def _meant(both: Sides, policy: str) -> Iterator[str]:
    """Those whom a version of the platform's is for, where it decides on either side."""
    for graph, snapshot in ((both.old, both.before), (both.new, both.after)):
        held = graph.policies.get(policy)
        if held is None or held.state is not PolicyState.ACTIVE:
            continue
        # Of some of a tenant's projects or keys it may be so.
        is_for_parts = held.match is not None and not reads(held.match) <= _OF_TENANTS
        match = None if held.match is None or is_for_parts else Loaded(held.match)
        for tenant in graph.tenants:
            if match is None or is_so(snapshot, match, Scope(tenant=tenant)):
                yield tenant


def _owner(both: Sides, ref: EntityRef) -> str | None:
    for graph in (both.new, both.old):
        entity: Entity | None = graph.entities[ref.kind].get(ref.id)
        owner = getattr(entity, "owner", None) or getattr(entity, "tenant", None)
        if owner is not None:
            return str(owner)
    return None


def _models(both: Sides) -> set[str]:
    """The models that the change is about, or that rules in it point at."""
    found = set()
    for graph in (both.old, both.new):
        for ref in both.changed:
            entity = graph.entities[ref.kind].get(ref.id)
            if ref.kind is Kind.MODEL:
                found.add(ref.id)
            elif ref.kind in {Kind.RELEASE, Kind.OFFERING} and entity is not None:
                found.add(str(getattr(entity, "model", "")))
            elif isinstance(entity, Override) and entity.target_kind is TargetKind.MODEL:
                found.add(entity.target or "")
    return found


def _moves(both: Sides, tenant: str, now: datetime) -> Iterator[Move]:
    """What the tenant gets now and then, for its own names, the models at hand, and anything."""
    names: dict[str, tuple[str, ...]] = {"*": ()}
    names |= {name: (name,) for name in sorted(_names(both, tenant, now) | _models(both))}
    for asked, models in names.items():
        requirement = Requirement(models=models)
        inputs = Inputs(now=now, scope=Scope(tenant=tenant), requirement=requirement, zone="any")
        before, after = (_chosen(side, inputs) for side in (both.before, both.after))
        if before != after:
            yield Move(tenant, asked, before, after)


def _names(both: Sides, tenant: str, now: datetime) -> set[str]:
    """The aliases and profiles that the tenant has on either side."""
    found: set[str] = set()
    for side in (both.before, both.after):
        rules = effective(side.tenancy, Scope(tenant=tenant), now)
        found |= {*rules.aliases, *rules.profiles}
    return found


def _chosen(snapshot: Snapshot, inputs: Inputs) -> str | None:
    try:
        chosen: Candidate | None = resolve(snapshot, inputs).chosen
    except InvalidRequest:
        return None  # the tenant or the name is not there on this side
    return None if chosen is None else chosen.offering
