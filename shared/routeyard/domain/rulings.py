"""What applies to the scope of a request, as masks over the slots of a snapshot."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from routeyard.domain.bits import union
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.resolution import Inputs, Require
from routeyard.domain.scopes import Effective, Said, effective
from routeyard.domain.snapshot import Snapshot
from routeyard.domain.tenancy import LimitKind, Target, TargetKind

HAS = 0.5


def ruling(snapshot: Snapshot, inputs: Inputs) -> Effective:
    """What applies to the request's scope now.

    Raises:
        InvalidRequest: the scope's tenant is none of the platform's.
    """
    scope, unit = inputs.scope, inputs.requirement.sticky_key or ""
    if scope.tenant is not None and scope.tenant not in snapshot.tenancy.tenants:
        raise InvalidRequest(f"There is no tenant {scope.tenant!r}.", field="tenant")
    held = snapshot.rulings.get(scope)
    if held is None or not _holds(held, inputs):
        held = snapshot.rulings[scope] = effective(snapshot.tenancy, scope, inputs.now)
    if held.is_rolled_out and unit:
        return effective(snapshot.tenancy, scope, inputs.now, unit)
    return held


def _holds(held: Effective, inputs: Inputs) -> bool:
    is_begun = held.valid_from is None or held.valid_from <= inputs.now
    return is_begun and (held.valid_until is None or inputs.now < held.valid_until)


def requires(inputs: Inputs, rules: Effective) -> list[Require]:
    """The requirement of the request, and that of the profile it names as its model.

    Raises:
        InvalidRequest: it names a profile among other models.
    """
    own, models = inputs.requirement.require, inputs.requirement.models
    profile = next((rules.profiles[name] for name in models if name in rules.profiles), None)
    if profile is None or profile.override is None or profile.override.require is None:
        return [own]
    if len(models) > 1:
        raise InvalidRequest("A profile is asked for alone, without other models.", field="models")
    return [own, profile.override.require]


def requested(inputs: Inputs, rules: Effective) -> tuple[str, ...]:
    """The models that are asked for, with what aliases stand for; none for a profile."""
    names = inputs.requirement.models
    if any(name in rules.profiles for name in names):
        return ()
    return tuple(_meant(rules.aliases.get(name), name) for name in names)


def _meant(alias: Said | None, name: str) -> str:
    return name if alias is None else alias.aims[0].id


def target(snapshot: Snapshot, aim: Target) -> int:
    """The slots that something points at."""
    match aim.kind:
        case TargetKind.PROVIDER:
            return snapshot.mask("provider", aim.id) | snapshot.mask("maker", aim.id)
        case TargetKind.CAPABILITY:
            levels = snapshot.groups.get(("capability", aim.id), ())
            return union(snapshot.masks[each] for each in levels if float(each[2]) >= HAS)
        case _:
            return snapshot.mask(aim.kind, aim.id)


def targets(snapshot: Snapshot, said: Iterable[Said]) -> int:
    """The slots that any of these points at."""
    return union(target(snapshot, aim) for each in said for aim in each.aims)


def pinned(snapshot: Snapshot, said: Said) -> int:
    """The slots that a pin leaves: those it is about where it points, and all it is not about."""
    override = said.override
    assert override is not None  # noqa: S101 - tiers do not pin
    aim = said.aims[0]
    if aim.kind is TargetKind.RELEASE:
        about = snapshot.mask("model", aim.id.rpartition("@")[0])
    else:
        about = -1 if override.model is None else snapshot.mask("model", override.model)
    return ~about | target(snapshot, aim)


def ceilings(rules: Effective) -> list[tuple[str, Decimal, str]]:
    """The price limits: of input or output, dollars per million tokens, and who set it."""
    found = []
    for name, kind in (("input", LimitKind.PRICE_INPUT), ("output", LimitKind.PRICE_OUTPUT)):
        said = rules.limits.get(kind)
        if said is not None and said.value is not None:
            found.append((name, said.value, said.origin))
    return found


def bonus(said: Said) -> float:
    """How much a preference counts; 1 unless it says otherwise."""
    weight = None if said.override is None else said.override.weight
    return 1.0 if weight is None else weight
