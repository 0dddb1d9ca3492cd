"""What applies to the scope of a request, as masks over the slots of a snapshot."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, TypeVar

from routeyard.domain.bits import union
from routeyard.domain.catalog import Mode
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.policies.book import PolicySet
from routeyard.domain.resolution import Inputs, Require
from routeyard.domain.scopes import Effective, Said, effective
from routeyard.domain.snapshot import Snapshot
from routeyard.domain.tenancy import LimitKind, Scope, Target, TargetKind
from routeyard.domain.territories import lies_within

T = TypeVar("T")
HAS = 0.5
# Some kilobytes each: what applies to more scopes is worked out again.
MOST_TERMS = 20_000
# More than any catalog and its policies ask for; requests cannot make a snapshot grow without end.
MOST_KEPT = 20_000


class Terms:
    """What applies to a scope: what is said for it, and the policies that hold there.

    `facts` is what their conditions may ask of the scope.
    `said_at` marks what was said then. `settled`: see `constraints`.
    """

    def __init__(
        self,
        rules: Effective,
        facts: Mapping[str, Any],
        policies: PolicySet,
        said_at: tuple[object, object],
    ) -> None:
        self.rules = rules
        self.facts = facts
        self.policies = policies
        self.said_at = said_at
        self.ceilings = ceilings(rules)
        # With the key under which what it aims at is kept.
        self.preferred = tuple(
            (("aimed", str(aim.kind), aim.id), aim, weight_of(said))
            for said in rules.preferred
            for aim in said.aims
        )
        self.denied = tuple(feature for said in rules.denied for feature in _features(said.aims))
        self.is_timeless = rules.valid_from is None and rules.valid_until is None
        self.settled: tuple[object, Mode, date, str, int] | None = None

    def hold(self, now: datetime) -> bool:
        """Whether nothing expired, or came back, in the meantime."""
        begun, over = self.rules.valid_from, self.rules.valid_until
        return (begun is None or begun <= now) and (over is None or now < over)


def terms_of(snapshot: Snapshot, inputs: Inputs) -> Terms:
    """What applies to the request's scope now.

    Raises:
        InvalidRequest: the scope's tenant is none of the platform's.
    """
    scope = inputs.scope
    said_at = (snapshot.said_to_all, snapshot.said_at.get(scope.tenant or ""))
    held: Terms | None = snapshot.terms.get(scope)
    if held is None or held.said_at != said_at or not (held.is_timeless or held.hold(inputs.now)):
        if scope.tenant is not None and scope.tenant not in snapshot.tenancy.tenants:
            raise InvalidRequest(f"There is no tenant {scope.tenant!r}.", field="tenant")
        if len(snapshot.terms) >= MOST_TERMS:
            snapshot.terms.clear()
        held = snapshot.terms[scope] = _terms(snapshot, scope, inputs.now, "", said_at)
    unit = inputs.requirement.sticky_key
    if held.rules.is_rolled_out and unit:
        return _terms(snapshot, scope, inputs.now, unit, said_at)
    return held


def _terms(
    snapshot: Snapshot,
    scope: Scope,
    now: datetime,
    unit: str,
    said_at: tuple[object, object],
) -> Terms:
    rules = effective(snapshot.tenancy, scope, now, unit)
    facts = facts_of(snapshot, scope)
    return Terms(rules, facts, snapshot.policies.set_for(scope.tenant, facts), said_at)


def facts_of(snapshot: Snapshot, scope: Scope) -> dict[str, Any]:
    """What conditions may ask of a scope. What there is none of is empty, never missing.

    `tenant.data_residency` is the one place that binds the tenant, empty when several do.
    """
    tenancy = snapshot.tenancy
    tenant = tenancy.tenants.get(scope.tenant or "")
    of_class = None if tenant is None else tenancy.classes.get(tenant.tenant_class)
    bound = tenant.residency if tenant else ()
    bound = bound or (of_class.residency if of_class else ())
    tier = (tenant.tier if tenant else None) or (of_class.tier if of_class else None)
    return {
        "tenant.id": scope.tenant or "",
        "tenant.class": tenant.tenant_class if tenant else "",
        "tenant.tier": tier or "",
        "tenant.data_residency": bound[0] if len(bound) == 1 else "",
        "tenant.residency": bound,
        "project.id": scope.project or "",
        "key.id": scope.key or "",
    }


def requires(inputs: Inputs, rules: Effective) -> list[Require]:
    """The requirement of the request, and that of the profile it names as its model.

    Raises:
        InvalidRequest: it names a profile among other models.
    """
    own, models = inputs.requirement.require, inputs.requirement.models
    if not models or not rules.profiles:
        return [own]
    profile = next((rules.profiles[name] for name in models if name in rules.profiles), None)
    if profile is None or profile.override is None or profile.override.require is None:
        return [own]
    if len(models) > 1:
        raise InvalidRequest("A profile is asked for alone, without other models.", field="models")
    return [own, profile.override.require]


def requested(inputs: Inputs, rules: Effective) -> tuple[str, ...]:
    """The models that are asked for, with what aliases stand for; none for a profile."""
    names = inputs.requirement.models
    if not names or any(name in rules.profiles for name in names):
        return ()
    return tuple(_meant(rules.aliases.get(name), name) for name in names)


def _meant(alias: Said | None, name: str) -> str:
    return name if alias is None else alias.aims[0].id


def target(snapshot: Snapshot, aim: Target) -> int:
    """The slots that something points at."""
    return _having(snapshot, _features((aim,)))


def provided(snapshot: Snapshot, name: str) -> int:
    """The slots that a provider serves, or whose model it made."""
    return snapshot.mask("provider", name) | snapshot.mask("maker", name)


def lying_within(snapshot: Snapshot, places: tuple[str, ...]) -> int:
    """The slots whose endpoint is known to lie within some places."""
    return union(
        snapshot.masks[feature]
        for feature in snapshot.groups.get(("residency",), ())
        if len(feature) > 1 and lies_within(feature[1:], places)
    )


def _features(aims: Iterable[Target]) -> Iterator[tuple[str, ...]]:
    """The features that aims are, or `has` and the name of a capability."""
    for aim in aims:
        if aim.kind is TargetKind.CAPABILITY:
            yield ("has", aim.id)
        elif aim.kind is TargetKind.PROVIDER:
            yield from (("provider", aim.id), ("maker", aim.id))
        else:
            yield (str(aim.kind), aim.id)


def denied(snapshot: Snapshot, terms: Terms) -> int:
    """The slots that are denied to a scope."""
    return _having(snapshot, terms.denied)


def _having(snapshot: Snapshot, features: Iterable[tuple[str, ...]]) -> int:
    found, masks = 0, snapshot.masks
    for feature in features:
        if feature[0] == "has":
            found |= has_capability(snapshot, feature[1], HAS)
        else:
            found |= masks.get(feature, 0)
    return found


def has_capability(snapshot: Snapshot, name: str, least: float) -> int:
    """The slots that have a capability at a level of at least that."""

    def work() -> int:
        levels = snapshot.groups.get(("capability", name), ())
        return union(snapshot.masks[each] for each in levels if float(each[2]) >= least)

    return kept(snapshot.memo, ("has", name, least), work)


def kept(memo: dict[Hashable, Any], key: Hashable, work: Callable[[], T]) -> T:
    """What was worked out under a key, or is now; it is kept while there is room."""
    held: T | None = memo.get(key)
    if held is None:
        held = work()
        if len(memo) < MOST_KEPT:
            memo[key] = held
    return held


def targets(snapshot: Snapshot, said: Iterable[Said]) -> int:
    """The slots that any of these points at."""
    found = 0
    for each in said:
        found |= _aimed_at(snapshot, each.aims)
    return found


def _aimed_at(snapshot: Snapshot, aims: tuple[Target, ...]) -> int:
    """The slots that any of these aims is; a tier's many are those of all who bought it."""
    if len(aims) == 1:
        return target(snapshot, aims[0])
    held: tuple[tuple[Target, ...], int] | None = snapshot.memo.get(("aims", id(aims)))
    if held is None or held[0] is not aims:
        held = (aims, union(target(snapshot, aim) for aim in aims))
        snapshot.memo["aims", id(aims)] = held
    return held[1]


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


def ceilings(rules: Effective) -> tuple[tuple[str, Decimal, str], ...]:
    """The price limits: of input or output, dollars per million tokens, and who set it."""
    found: list[tuple[str, Decimal, str]] = []
    for name, kind in (("input", LimitKind.PRICE_INPUT), ("output", LimitKind.PRICE_OUTPUT)):
        said = rules.limits.get(kind)
        if said is not None and said.value is not None:
            found.append((name, said.value, said.origin))
    return tuple(found)


def weight_of(said: Said) -> float:
    """How much a preference or a weight counts; 1 unless it says otherwise."""
    weight = None if said.override is None else said.override.weight
    return 1.0 if weight is None else weight
