"""What a policy would come to for its callers: who is left with nothing, which fallbacks fail."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

from routeyard.domain import replay
from routeyard.domain.policies.book import OF_SCOPES
from routeyard.domain.policies.condition import Loaded, reads
from routeyard.domain.policies.policy import Rule
from routeyard.domain.policies.shape import Path
from routeyard.domain.resolution import Outcome, Requirement, Resolution, Step
from routeyard.domain.resolver import resolve
from routeyard.domain.review.groups import Group, is_so
from routeyard.domain.review.names import Known
from routeyard.domain.review.note import Note, error, warning
from routeyard.domain.review.requests import asked, steps, zones
from routeyard.domain.review.stage import Stage
from routeyard.domain.snapshot import Snapshot
from routeyard.domain.tenancy import Scope, TargetKind
from routeyard.domain.territories import lies_within

MOST_TOLD = 5
MOST_REASONS = 3
_APPLIES = (Outcome.APPLIES, Outcome.FAILED_CLOSED)


def left_with_nothing(stage: Stage, meant: Sequence[Group], now: datetime) -> Iterator[Note]:
    """Callers for whom nothing would be eligible any more, wherever they are."""
    told = 0
    for group in meant:
        for step in steps([stage.policy]):
            if told < MOST_TOLD and _loses_all(stage, group.scope, step, now):
                told += 1
                yield _lost(stage, group, step, now)
                break


def _loses_all(stage: Stage, scope: Scope, step: Step | None, now: datetime) -> bool:
    requirement = Requirement(step=step)
    return not _finds(stage.after, scope, requirement, now) and _finds(
        stage.without, scope, requirement, now
    )


def _finds(snapshot: Snapshot, scope: Scope, requirement: Requirement, now: datetime) -> bool:
    return any(
        replay.answer(snapshot, asked(scope, now, requirement, zone)).chosen is not None
        for zone in zones(snapshot)
    )


def _lost(stage: Stage, group: Group, step: Step | None, now: datetime) -> Note:
    found = resolve(stage.after, asked(group.scope, now, Requirement(step=step, explain=True)))
    policy = stage.policy
    at_fault = [
        number
        for number, rule in enumerate(policy.rules)
        if (rule.require is not None or rule.deny) and _did_apply(found, policy.id, rule.name)
    ]
    path: Path = ("spec", "rules", *at_fault[:1]) if at_fault else ("spec", "rules")
    asking = f" for {step}" if step is not None else ""
    return error(f"{group} would be left with nothing{asking} ({_why(found)}).", *path)


def _did_apply(found: Resolution, policy: str, rule: str) -> bool:
    return any(
        each.policy == policy and each.rule == rule and each.outcome in _APPLIES
        for each in found.rules
    )


def _why(found: Resolution) -> str:
    counts = sorted(found.rejected_for.items(), key=lambda each: -each[1])[:MOST_REASONS]
    said = ", ".join(f"{reason.replace('_', ' ')} {number}" for reason, number in counts)
    return f"of {found.considered} candidates: {said}"


def escapes(stage: Stage, meant: Sequence[Group]) -> Iterator[Note]:
    """Places that a rule lets requests go to and that the callers' own bounds do not."""
    for number, rule in enumerate(stage.policy.rules):
        places = rule.require.residency if rule.require is not None else ()
        for group in _applies_to(stage, rule, meant) if places else ():
            outside = [each for each in places if not lies_within([each], group.residency)]
            if group.residency and outside:
                yield warning(
                    f"{', '.join(outside)} lies outside of {', '.join(group.residency)}, which "
                    f"binds {group}: nothing there will be used for them.",
                    *("spec", "rules", number, "require", "residency"),
                )
                break


def unusable(stage: Stage, meant: Sequence[Group], now: datetime) -> Iterator[Note]:
    """Fallbacks that do not satisfy what is required of everything."""
    served = [g for g in meant if _finds(stage.without, g.scope, Requirement(), now)]
    known = {*Known(stage).of(TargetKind.MODEL), *Known(stage).of(TargetKind.RELEASE)}
    for number, rule in enumerate(stage.policy.rules):
        callers = _applies_to(stage, rule, served) if rule.fallback else []
        for at, model in enumerate(rule.fallback):
            if model in known and callers:
                path: Path = ("spec", "rules", number, "fallback", at)
                yield from _unusable(stage, callers, model, path, now)


def _unusable(
    stage: Stage, callers: Sequence[Group], model: str, path: Path, now: datetime
) -> Iterator[Note]:
    requirement = Requirement(models=(model,))
    cannot = [g for g in callers if not _finds(stage.after, g.scope, requirement, now)]
    if not cannot:
        return
    why = _reason(stage, cannot[0], model, now)
    whom = str(cannot[0]) if len(cannot) < len(callers) else "anybody that it is for"
    said = f"{model} cannot be fallen back to for {whom} ({why})."
    yield Note(path, said, is_error=len(cannot) == len(callers))


def _reason(stage: Stage, group: Group, model: str, now: datetime) -> str:
    inputs = asked(group.scope, now, Requirement(models=(model,), explain=True))
    answer = replay.answer(stage.after, inputs)
    if answer.refused:
        return answer.refused.rstrip(".")
    found = resolve(stage.after, inputs)
    reasons = [
        reason for each in found.rejections if each.model == model for reason in each.reasons
    ]
    return "; ".join(sorted(set(reasons))[:MOST_REASONS]) or "nothing serves it"


def _applies_to(stage: Stage, rule: Rule, meant: Sequence[Group]) -> list[Group]:
    """The callers to whom a rule may apply."""
    when = rule.when
    if when is None or not OF_SCOPES.issuperset(reads(when)):
        return list(meant)
    loaded = Loaded(when)
    return [group for group in meant if is_so(stage.after, loaded, group.scope)]
