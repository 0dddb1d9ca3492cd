"""Names in a policy that nothing has."""

from __future__ import annotations

import difflib
from collections.abc import Collection, Iterator

from routeyard.domain.policies.policy import Rule
from routeyard.domain.policies.shape import Path
from routeyard.domain.resolution import CapabilityFloor
from routeyard.domain.review.note import Note
from routeyard.domain.review.stage import Stage, seen
from routeyard.domain.tenancy import TargetKind

FEATURES = {
    TargetKind.PROVIDER: ("provider", "maker"),
    TargetKind.MODEL: ("model",),
    TargetKind.RELEASE: ("release",),
    TargetKind.ENDPOINT: ("endpoint",),
    TargetKind.CAPABILITY: ("capability",),
}


class Known:
    """What there is as the policy's author may know it: others' own things are not there."""

    def __init__(self, stage: Stage) -> None:
        there = seen(stage)
        self._names: dict[str, set[str]] = {}
        for feature, mask in stage.after.masks.items():
            if mask & there and len(feature) > 1:
                self._names.setdefault(feature[0], set()).add(feature[1])

    def of(self, kind: TargetKind) -> Collection[str]:
        """The names of a kind."""
        return set().union(*(self._names.get(feature, set()) for feature in FEATURES[kind]))


def unknown(stage: Stage) -> Iterator[Note]:
    """Names that nothing has: wrong in what is required and in fallbacks, doubtful elsewhere."""
    known = Known(stage)
    for number, rule in enumerate(stage.policy.rules):
        for kind, name, path, is_error in _names(rule):
            there = known.of(kind)
            if name not in there and not (is_error and name in known.of(TargetKind.RELEASE)):
                near = difflib.get_close_matches(name, there, n=2)
                hint = f"did you mean {' or '.join(near)}?" if near else "it may come yet."
                said = f"there is no {kind} {name!r}: {hint}"
                yield Note(("spec", "rules", number, *path), said, is_error)


def _names(rule: Rule) -> Iterator[tuple[TargetKind, str, Path, bool]]:
    for at, model in enumerate(rule.fallback):
        yield TargetKind.MODEL, model, ("fallback", at), True
    for at, wanted in enumerate(rule.require.capabilities if rule.require else ()):
        name = wanted.name if isinstance(wanted, CapabilityFloor) else wanted
        yield TargetKind.CAPABILITY, name, ("require", "capabilities", at), True
    for at, aim in enumerate(rule.deny):
        yield aim.kind, aim.id, ("deny", at, "id"), False
    prefer = rule.prefer
    for kind in TargetKind if prefer is not None else ():
        if (name := getattr(prefer, kind.value)) is not None:
            yield kind, name, ("prefer", kind.value), False
