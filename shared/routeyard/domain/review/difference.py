"""What is another in a newer version, and which decisions move with it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import msgspec

from routeyard.domain import replay
from routeyard.domain.difference import Change
from routeyard.domain.graph import Graph
from routeyard.domain.policies.condition import bound
from routeyard.domain.policies.policy import Missing, Policy, Rule
from routeyard.domain.policies.written import Test
from routeyard.domain.replay import Case, Comparison, Move
from routeyard.domain.review.groups import groups, met
from routeyard.domain.review.requests import UNKNOWN, Health, all_slow, representative
from routeyard.domain.review.stage import Stage, stage
from routeyard.domain.review.trial import placed
from routeyard.domain.snapshot import Snapshot

MOST_CALLERS = 40


class Part(NamedTuple):
    """A field of a rule or of the policy, as it was and as it is."""

    field: str
    before: Any
    after: Any


class RuleChange(NamedTuple):
    """What happened to a rule; `order` when only its place among the others is another."""

    rule: str
    change: Change
    parts: tuple[Part, ...]


class VersionDifference(NamedTuple):
    """What lies between two versions of a policy."""

    parts: tuple[Part, ...]
    rules: tuple[RuleChange, ...]
    comparison: Comparison


class Side(NamedTuple):
    """A version, and the tests in its document."""

    policy: Policy
    tests: Sequence[Test] = ()


def difference(
    graph: Graph, snapshot: Snapshot, old: Side, new: Side, now: datetime
) -> VersionDifference:
    """What is another, and what requests come to under the one and under the other.

    Asked is what each kind of caller would ask, and what the tests of both ask.
    """
    before, after = (stage(graph, snapshot, side.policy) for side in (old, new))
    compared = replay.compare(before.after, after.after, _cases(before, after, now))
    tests = [*old.tests, *(each for each in new.tests if each not in old.tests)]
    moves = [*compared.moves, *_of_tests(before, after, tests, now)]
    cases = compared.cases + len(tests)
    return VersionDifference(
        tuple(_parts(old.policy, new.policy, ("match", "objective"))),
        tuple(_rules(old.policy.rules, new.policy.rules)),
        Comparison(cases, tuple(moves)),
    )


def _rules(old: Sequence[Rule], new: Sequence[Rule]) -> Iterator[RuleChange]:
    before, after = ({rule.name: rule for rule in rules} for rules in (old, new))
    for name in dict.fromkeys([*before, *after]):
        one, other = before.get(name), after.get(name)
        if one is None or other is None:
            change = Change.ADDED if one is None else Change.REMOVED
            yield RuleChange(name, change, tuple(_parts(one, other, Rule.__struct_fields__[1:])))
        elif parts := tuple(_parts(one, other, Rule.__struct_fields__[1:])):
            yield RuleChange(name, Change.CHANGED, parts)


def _parts(one: Any, other: Any, names: Sequence[str]) -> Iterator[Part]:
    for name in names:
        before, after = _plain(one, name), _plain(other, name)
        if before != after:
            yield Part(name, before, after)


def _plain(held: Any, name: str) -> Any:
    """A field as it is written; nothing where it is left out."""
    value = None if held is None else msgspec.to_builtins(getattr(held, name))
    if isinstance(value, dict) and "checked" in value:
        return value["text"]
    return None if name == "missing" and value == Missing.SKIP else value or None


def _cases(before: Stage, after: Stage, now: datetime) -> Iterator[Case]:
    policies = [before.policy, after.policy]
    callers = {
        group.scope: group
        for each in (before, after)
        for group in met(each.after, each.policy, groups(each.graph, each.policy))
    }
    slow = _slow(after.graph, policies, now)
    some = list(callers.values())[:MOST_CALLERS]
    for name, inputs in representative(some, policies, now, slow):
        yield Case(name, inputs)


def _slow(graph: Graph, policies: Sequence[Policy], now: datetime) -> Health:
    """Everybody slower than any rule lets the primary be."""
    bounds = [
        found.most
        for each in policies
        for rule in each.rules
        if rule.when is not None and (found := bound(rule.when)) is not None
    ]
    return all_slow(graph, now, max(bounds) + 1) if bounds else UNKNOWN


def _of_tests(before: Stage, after: Stage, tests: Sequence[Test], now: datetime) -> Iterator[Move]:
    for number, test in enumerate(tests):
        one, other = (placed(each, test.given, now) for each in (before, after))
        answers = [replay.answer(snapshot, inputs) for snapshot, inputs in (one, other)]
        if answers[0] != answers[1]:
            yield Move(Case(test.name or f"test {number + 1}", other[1]), *answers)
