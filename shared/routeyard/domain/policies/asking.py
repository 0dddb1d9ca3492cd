"""What is wrong with the tests in a policy document, before any of them is run."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from routeyard.domain.policies.sense import (
    MOST_MS,
    MOST_TOKENS,
    Faults,
    below,
    in_range,
    require_faults,
)
from routeyard.domain.policies.shape import Fault
from routeyard.domain.policies.written import Expect, Given, Test
from routeyard.domain.resolution import Require

_WHO = {"id": "id", "class": "tenant_class", "tier": "tier"}


def test_faults(test: Test, rules: Collection[Any], *, is_tenants: bool) -> Faults:
    """Tests that cannot be run, or that expect nothing; or that ask as somebody else."""
    yield from below("given", _given_faults(test.given, is_tenants=is_tenants))
    yield from below("expect", _expect_faults(test.expect, rules))


def _expect_faults(expect: Expect, rules: Collection[Any]) -> Faults:
    if expect == Expect():
        yield Fault((), "the test expects nothing; say what has to come out.")
    if expect.none and expect != Expect(none=True, rule=expect.rule):
        yield Fault(("none",), "nothing is eligible, or something is; leave one of them out.")
    if expect.rule is not None and expect.rule not in rules:
        yield Fault(("rule",), f"no rule is called {expect.rule[:63]!r}; name one.")


def _given_faults(given: Given, *, is_tenants: bool) -> Faults:
    if is_tenants:
        yield from _strangers(given)
    elif given.tenant is None and (given.project is not None or given.key is not None):
        yield Fault((), "a project or a key is a tenant's; name the tenant.")
    yield from below("require", _sane(given.require))
    for name in ("input_tokens", "output_tokens"):
        yield from in_range(getattr(given.estimate, name), MOST_TOKENS, "estimate", name)
    if given.primary.latency_ms is not None:
        yield from in_range(given.primary.latency_ms, MOST_MS, "primary", "latency_ms")
    for endpoint, health in given.health.items():
        if health.latency_ms is not None:
            yield from in_range(health.latency_ms, MOST_MS, "health", endpoint, "latency_ms")


def _strangers(given: Given) -> Faults:
    """A tenant may not find out what others would get."""
    for name, field in _WHO.items():
        if given.tenant is not None and getattr(given.tenant, field) is not None:
            yield Fault(
                ("tenant", name),
                "the test of a tenant's own policy is asked as that tenant; leave it out.",
                is_key=True,
            )


def _sane(require: Require) -> Faults:
    """The numbers of what a request asks: it may ask for nothing, and for any kind of model."""
    yield from (fault for fault in require_faults(require) if fault.path not in {(), ("mode",)})
