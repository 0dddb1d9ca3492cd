"""Requests that stand for those that come: every kind of caller, every step, from every zone."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from types import MappingProxyType

from routeyard.domain.graph import Graph
from routeyard.domain.health import EndpointHealth, HealthState
from routeyard.domain.policies.condition import reads
from routeyard.domain.policies.policy import Policy
from routeyard.domain.resolution import Estimate, Inputs, Requirement, Step
from routeyard.domain.review.groups import Group
from routeyard.domain.snapshot import Snapshot
from routeyard.domain.tenancy import Scope

ANY = "any"
MOST_ZONES = 20
LONG = Estimate(input_tokens=90_000, output_tokens=1_500)
_FOR = timedelta(hours=1)
Health = Mapping[str, EndpointHealth]
UNKNOWN: Health = MappingProxyType({})


def asked(
    scope: Scope,
    now: datetime,
    requirement: Requirement | None = None,
    zone: str = ANY,
    health: Health = UNKNOWN,
) -> Inputs:
    """The inputs of a request."""
    return Inputs(
        now=now, scope=scope, requirement=requirement or Requirement(), zone=zone, health=health
    )


def steps(policies: Sequence[Policy]) -> list[Step | None]:
    """The steps that make a difference: none, unless a rule asks for them."""
    asked_for = {
        name for each in policies for rule in each.rules if rule.when for name in reads(rule.when)
    }
    return [None, *(Step if "request.step" in asked_for else ())]


def zones(snapshot: Snapshot) -> list[str]:
    """Where routers may stand from which not everything is reached."""
    found = sorted(f[1] for f in snapshot.masks if f[0] == "zone" and f[1] != "*")
    return [ANY, *found[:MOST_ZONES]]


def all_slow(graph: Graph, now: datetime, latency_ms: int, zone: str = ANY) -> Health:
    """Every endpoint, answering in that time."""
    return {
        name: EndpointHealth(
            endpoint=name,
            zone=zone,
            state=HealthState.HEALTHY,
            observed_at=now,
            since=now,
            expires_at=now + _FOR,
            latency_ms=float(latency_ms),
        )
        for name in graph.endpoints
    }


def representative(
    callers: Sequence[Group], policies: Sequence[Policy], now: datetime, slow: Health = UNKNOWN
) -> Iterator[tuple[str, Inputs]]:
    """What each kind of caller asks, short and long, at ease and with everybody `slow`."""
    for group in callers:
        for step in steps(policies):
            for size, estimate in (("", Estimate()), ("long ", LONG)):
                requirement = Requirement(step=step, estimate=estimate)
                name = f"{group}: {size}{step or 'request'}"
                yield name, asked(group.scope, now, requirement)
                if slow:
                    yield f"{name}, slow", asked(group.scope, now, requirement, health=slow)
