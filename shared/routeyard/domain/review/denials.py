"""Denials of what is excluded without them."""

from __future__ import annotations

from collections.abc import Iterator

from routeyard.domain.constraints import fixed
from routeyard.domain.policies.policy import Rule
from routeyard.domain.review.conditions import applies_with
from routeyard.domain.review.note import Note, warning
from routeyard.domain.review.stage import Stage, seen
from routeyard.domain.rulings import target


def idle_denials(stage: Stage) -> Iterator[Note]:
    """What a rule denies and, whenever it applies, the policy's requirements leave out anyway."""
    snapshot, there = stage.after, seen(stage)
    for number, rule in enumerate(stage.policy.rules):
        requiring = _requiring(stage, rule, there) if rule.deny else []
        for at, aim in enumerate(rule.deny):
            left = named = target(snapshot, aim) & there
            excluding = []
            for other, passing in requiring:
                if left & ~passing:
                    excluding.append(other.name)
                    left &= passing
            if named and not left:
                yield warning(
                    f"{aim.kind} {aim.id!r} is left out anyway, as of now, by what "
                    f"{_names(rule, excluding)} asks for; leave it out here, unless that changes.",
                    *("spec", "rules", number, "deny", at),
                )


def _requiring(stage: Stage, rule: Rule, there: int) -> list[tuple[Rule, int]]:
    """The rules that ask for something whenever one applies, and who satisfies it.

    What nobody satisfies is told elsewhere.
    """
    asking = [
        (other, fixed(stage.after, other.require))
        for other in stage.policy.rules
        if other.require is not None and applies_with(other, rule)
    ]
    return [(other, passing) for other, passing in asking if passing & there]


def _names(rule: Rule, excluding: list[str]) -> str:
    if excluding == [rule.name]:
        return "the rule itself"
    return "the rule " + " together with ".join(repr(each) for each in excluding)
