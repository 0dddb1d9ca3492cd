"""Whom there is: a tenant or two that stand for all who are alike."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from routeyard.domain.graph import Graph
from routeyard.domain.policies.condition import Condition, Loaded, constants, reads
from routeyard.domain.policies.policy import Policy
from routeyard.domain.rulings import facts_of
from routeyard.domain.snapshot import Snapshot
from routeyard.domain.tenancy import Scope

# Groups beyond these are not looked at; there are as many as kinds of contracts.
MOST_GROUPS, MOST_SCOPES = 300, 20


class Group(NamedTuple):
    """Tenants of one class, tier and residency, of which `scope` is one's; None is nobody's."""

    scope: Scope
    tenants: int
    tenant_class: str | None
    residency: tuple[str, ...]

    def __str__(self) -> str:
        if self.scope.tenant is None:
            return "requests of no tenant"
        where = f" in {', '.join(self.residency)}" if self.residency else ""
        return f"tenants of class {self.tenant_class}{where} ({self.tenants}, e.g. {self.example})"

    @property
    def example(self) -> str:
        """The scope in a few words."""
        parts = (self.scope.tenant, self.scope.project, self.scope.key)
        return "/".join(part for part in parts if part is not None) or "nobody"


def groups(graph: Graph, policy: Policy) -> list[Group]:
    """Who could be meant by a policy: its tenant alone, or everybody there is."""
    ruled = {each.tenant for each in graph.overrides.values() if each.tenant is not None}
    found: dict[tuple[object, ...], Group] = {}
    for tenant in graph.tenants.values():
        if policy.tenant not in {None, tenant.id}:
            continue
        of_class = graph.classes.get(tenant.tenant_class)
        residency = tenant.residency or (of_class.residency if of_class else ())
        key = (tenant.tenant_class, tenant.tier, tenant.residency, tenant.id in ruled)
        held = found.get(key)
        if held is None:
            found[key] = Group(Scope(tenant=tenant.id), 1, tenant.tenant_class, residency)
        else:
            found[key] = held._replace(tenants=held.tenants + 1)
    everybody = list(found.values())[:MOST_GROUPS]
    if policy.tenant is None:
        everybody.append(Group(Scope(), 0, None, ()))
    return everybody


def met(snapshot: Snapshot, policy: Policy, everybody: list[Group]) -> list[Group]:
    """Those for whom it is; where projects or keys are named, theirs."""
    match = None if policy.match is None else Loaded(policy.match)
    if policy.match is None or match is None:
        return everybody
    narrowed = [
        group._replace(scope=scope)
        for group in everybody
        for scope in _scopes(group.scope, policy.match)
    ]
    return [each for each in narrowed if is_so(snapshot, match, each.scope)]


def is_so(snapshot: Snapshot, condition: Loaded, scope: Scope) -> bool:
    """Whether a condition that asks for a scope alone is so of one."""
    facts = facts_of(snapshot, scope)
    return condition.holds(tuple([facts[name] for name in condition.reads])) is not False


def _scopes(scope: Scope, match: Condition) -> Iterator[Scope]:
    yield scope
    if scope.tenant is None:
        return
    names = sorted(each for each in constants(match) if isinstance(each, str))[:MOST_SCOPES]
    asked = reads(match)
    for name in names:
        if "project.id" in asked:
            yield Scope(tenant=scope.tenant, project=name)
        if "key.id" in asked:
            yield Scope(tenant=scope.tenant, key=name)
