"""All that can be found out about a version of a policy without a request."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from routeyard.domain.policies.policy import Policy
from routeyard.domain.policies.written import Test
from routeyard.domain.review.conditions import for_nobody, shadowed, unreachable
from routeyard.domain.review.cycles import circles
from routeyard.domain.review.denials import idle_denials
from routeyard.domain.review.groups import groups, met
from routeyard.domain.review.names import unknown
from routeyard.domain.review.note import Note
from routeyard.domain.review.outcomes import escapes, left_with_nothing, unusable
from routeyard.domain.review.stage import Stage
from routeyard.domain.review.trial import failures


def review(stage: Stage, tests: Sequence[Test], now: datetime) -> list[Note]:
    """What its tests and the analysis say, as it stands in the document.

    Tests that fail come with whatever else is wrong: it may be why they do.
    """
    found = [*analyse(stage, now), *failures(stage, tests, now)]
    return sorted(found, key=lambda note: (tuple(map(_step, note.path)), note.message))


def analyse(stage: Stage, now: datetime) -> list[Note]:
    """Rules that never apply, names of nothing, circles, and callers left with nothing."""
    policy = stage.policy
    everybody = groups(stage.graph, policy)
    meant = met(stage.after, policy, everybody)
    return [
        *unreachable(policy),
        *shadowed(policy.rules),
        *idle_denials(stage),
        *for_nobody(stage.after, policy, everybody, meant),
        *unknown(stage),
        *circles(stage),
        *escapes(stage, meant),
        *unusable(stage, meant, now),
        *left_with_nothing(stage, meant, now),
    ]


def said_alone(policy: Policy) -> list[Note]:
    """What can be told without a graph."""
    return [*unreachable(policy), *shadowed(policy.rules)]


def _step(step: str | int) -> str:
    return f"{step:08}" if isinstance(step, int) else step
