"""Fallbacks that lead back to where they began."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from routeyard.domain.graph import Graph
from routeyard.domain.policies.condition import constants, reads
from routeyard.domain.policies.policy import Policy, PolicyState, Rule
from routeyard.domain.review.note import Note, error
from routeyard.domain.review.reach import OTHER, can_hold
from routeyard.domain.review.stage import Stage

PRIMARY = "primary.model"
Ways = Mapping[str, set[str]]


def circles(stage: Stage) -> Iterator[Note]:
    """Fallbacks of this policy from which others lead back: of active policies, or the graph's."""
    ways = _ways(stage.graph, stage.policy)
    for number, rule in enumerate(stage.policy.rules):
        for at, fallback in enumerate(rule.fallback):
            for source in sorted(_sources(rule)):
                if way := _way(ways, fallback, source):
                    yield error(
                        f"the fallbacks lead round in a circle: {' -> '.join([source, *way])}; "
                        "take one of them out.",
                        *("spec", "rules", number, "fallback", at),
                    )


def _ways(graph: Graph, policy: Policy) -> Ways:
    """To which models one leads from each, as far as the policy's callers are concerned."""
    found: dict[str, set[str]] = {}
    for model in graph.models.values():
        if model.falls_back_to is not None:
            found.setdefault(model.id, set()).add(model.falls_back_to)
    for each in graph.policies.values():
        if each.state is PolicyState.ACTIVE and each.tenant in {None, policy.tenant}:
            for rule in each.rules:
                for source in _sources(rule):
                    found.setdefault(source, set()).update(rule.fallback)
    return found


def _sources(rule: Rule) -> set[str]:
    """The models that a rule is about: it applies when one of them is picked, and else it does not.

    None where any model will do.
    """
    when = rule.when
    if not rule.fallback or when is None or PRIMARY not in reads(when):
        return set()
    if can_hold([when], {PRIMARY: OTHER}):
        return set()
    names = (each for each in constants(when) if isinstance(each, str))
    return {name for name in names if can_hold([when], {PRIMARY: name})}


def _way(ways: Ways, start: str, end: str) -> list[str]:
    """The shortest way, both ends included; empty when there is none."""
    if start == end:
        return [start]
    reached = {start: [start]}
    waiting = [start]
    for place in waiting:
        for following in sorted(ways.get(place, ())):
            if following == end:
                return [*reached[place], end]
            if following not in reached:
                reached[following] = [*reached[place], following]
                waiting.append(following)
    return []
