"""What applies to a scope: everything that is said on the way from the platform down to a key.

Platform ⊃ tenant class ⊃ tenant ⊃ project ⊃ key. Down to the tenant, what the platform allows and
limits takes the place of what it said for a wider scope, so it may widen. Everything else only
restricts: denials add up, allow-lists intersect, pins add up, of limits the lowest counts. Of
preferences, weights, aliases and profiles the narrowest counts, which widens nothing.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from enum import StrEnum
from typing import NamedTuple

from routeyard.domain.cohort import is_within
from routeyard.domain.overrides import EVERYWHERE, Author, Override, OverrideKind, ScopeLevel
from routeyard.domain.tenancy import (
    LimitKind,
    Project,
    Scope,
    Target,
    Tenant,
    TenantClass,
    Tier,
)

Place = tuple[str, ...]
EVERYONE: Place = ()
_ENTITLED = ScopeLevel.TENANT


class Tenancy(NamedTuple):
    """Everybody there is, and what is said for each place (see `place_of`)."""

    tenants: Mapping[str, Tenant]
    classes: Mapping[str, TenantClass]
    tiers: Mapping[str, Tier]
    projects: Mapping[str, Project]
    rules: Mapping[Place, tuple[Override, ...]]


class Outcome(StrEnum):
    """What became of something that was said for a scope."""

    APPLIES = "applies"
    EXPIRED = "expired"
    NOT_ROLLED_OUT = "not_rolled_out"
    REPLACED = "replaced"
    OUTRANKED = "outranked"


class Said(NamedTuple):
    """One thing said for a scope: by an override, or by a tier, class, tenant or project.

    `origin` is the override's id, or `tier:gold`, `tenant:acme` and the like.
    """

    level: ScopeLevel
    author: Author
    origin: str
    kind: OverrideKind | None
    aims: tuple[Target, ...] = ()
    override: Override | None = None
    limit: LimitKind | None = None
    value: Decimal | None = None
    residency: tuple[str, ...] = ()


class Verdict(NamedTuple):
    """What became of it, and, where it does not apply, because of which other one."""

    said: Said
    outcome: Outcome
    because: str = ""


class Effective(NamedTuple):
    """What applies.

    A candidate must be met by one of the targets of every list in `allowed`, and by none in
    `denied`. It holds from `valid_from` (when a rule expired last) until `valid_until` (when one
    expires next). `is_rolled_out`: units of the scope may differ. `verdicts`: see `explained`.
    """

    allowed: tuple[tuple[Said, ...], ...]
    denied: tuple[Said, ...]
    pinned: tuple[Said, ...]
    preferred: tuple[Said, ...]
    weights: tuple[Said, ...]
    aliases: Mapping[str, Said]
    profiles: Mapping[str, Said]
    limits: Mapping[LimitKind, Said]
    residency: tuple[Said, ...]
    verdicts: tuple[Verdict, ...]
    valid_from: datetime | None
    valid_until: datetime | None
    is_rolled_out: bool


def place_of(override: Override) -> Place:
    """Where an override belongs."""
    match override.level:
        case ScopeLevel.PLATFORM:
            return EVERYONE
        case ScopeLevel.CLASS:
            return ("class", override.tenant_class or "")
        case ScopeLevel.TENANT:
            return ("tenant", override.tenant or "")
        case ScopeLevel.PROJECT:
            return ("project", override.tenant or "", override.project or "")
        case ScopeLevel.KEY:
            return ("key", override.tenant or "", override.key or "")


def place_named(override: str) -> Place:
    """Where the override of an id belongs (see `override_id`)."""
    parts = override.removeprefix("platform:").split("/")[:-1]
    if parts == [EVERYWHERE]:
        return EVERYONE
    if len(parts) == 1 and parts[0].startswith("class:"):
        return ("class", parts[0].removeprefix("class:"))
    if len(parts) == 1:
        return ("tenant", parts[0])
    level, _, name = parts[1].partition(":")
    return (level, parts[0], name)


def by_place(overrides: Iterable[Override]) -> dict[Place, tuple[Override, ...]]:
    """Overrides where they belong, by id."""
    found: dict[Place, list[Override]] = {}
    for override in sorted(overrides, key=lambda each: each.id):
        found.setdefault(place_of(override), []).append(override)
    return {place: tuple(own) for place, own in found.items()}


def effective(tenancy: Tenancy, scope: Scope, now: datetime, unit: str = "") -> Effective:
    """What applies to a scope at a time. `unit`: what roll-outs are decided by; else the scope."""
    return _Sorting(tenancy, scope, now, unit).effective()


def explained(tenancy: Tenancy, scope: Scope, now: datetime, unit: str = "") -> Effective:
    """The same with `verdicts`: all that is said for the scope, and what became of it."""
    told: list[Verdict] = []
    found = _Sorting(tenancy, scope, now, unit, told).effective()
    return found._replace(
        verdicts=tuple(sorted(told, key=lambda each: (each.said.level, _order(each))))
    )


def _order(verdict: Verdict) -> tuple[str, str, str]:
    said = verdict.said
    return (said.author, said.origin, str(said.limit or said.kind or ""))


def _said(tenancy: Tenancy, scope: Scope) -> Iterator[Said]:
    """Everything on the way, widest first."""
    yield from _rules(tenancy, EVERYONE)
    tenant = tenancy.tenants.get(scope.tenant or "")
    if tenant is None:
        return
    of_class = tenancy.classes.get(tenant.tenant_class)
    if of_class is not None:
        yield from _bound(ScopeLevel.CLASS, f"class:{of_class.id}", of_class.residency)
        yield from _sold(tenancy, ScopeLevel.CLASS, of_class.tier)
    yield from _rules(tenancy, ("class", tenant.tenant_class))
    yield from _bound(ScopeLevel.TENANT, f"tenant:{tenant.id}", tenant.residency)
    yield from _sold(tenancy, ScopeLevel.TENANT, tenant.tier)
    yield from _rules(tenancy, ("tenant", tenant.id))
    if scope.project is not None:
        project = tenancy.projects.get(f"{tenant.id}/{scope.project}")
        if project is not None:
            yield from _bound(ScopeLevel.PROJECT, f"project:{project.id}", project.residency)
        yield from _rules(tenancy, ("project", tenant.id, scope.project))
    if scope.key is not None:
        yield from _rules(tenancy, ("key", tenant.id, scope.key))


def _rules(tenancy: Tenancy, place: Place) -> Iterator[Said]:
    for override in tenancy.rules.get(place, ()):
        aim = override.aim
        yield Said(
            override.level,
            override.author,
            override.id,
            override.kind,
            aims=() if aim is None else (aim,),
            override=override,
            limit=override.limit,
            value=override.value,
        )


def _bound(level: ScopeLevel, origin: str, residency: tuple[str, ...]) -> Iterator[Said]:
    if residency:
        yield Said(level, Author.PLATFORM, origin, None, residency=residency)


def _sold(tenancy: Tenancy, level: ScopeLevel, name: str | None) -> Iterator[Said]:
    """What a tier allows and limits. Of one that is gone nothing is known: it allows nothing."""
    if name is None:
        return
    tier, origin = tenancy.tiers.get(name), f"tier:{name}"
    if tier is None or tier.allow:
        aims = () if tier is None else tier.allow
        yield Said(level, Author.PLATFORM, origin, OverrideKind.ALLOW, aims=aims)
    for limit, value in sorted(tier.limits.items()) if tier else ():
        yield Said(level, Author.PLATFORM, origin, OverrideKind.LIMIT, limit=limit, value=value)


class _Sorting:
    """Decides what applies and, when somebody wants to know, notes what became of the rest."""

    def __init__(
        self,
        tenancy: Tenancy,
        scope: Scope,
        now: datetime,
        unit: str,
        told: list[Verdict] | None = None,
    ) -> None:
        self._now = now
        self._unit = unit or scope.key or scope.project or scope.tenant or ""
        self._told = told
        self._valid_from: datetime | None = None
        self._valid_until: datetime | None = None
        self._is_rolled_out = False
        self._said: dict[OverrideKind | None, list[Said]] = defaultdict(list)
        for said in _said(tenancy, scope):
            if said.override is None or self._is_live(said, said.override):
                self._said[said.kind].append(said)

    def effective(self) -> Effective:
        said = self._said
        return Effective(
            allowed=self._allowed(said[OverrideKind.ALLOW]),
            denied=self._all(said[OverrideKind.DENY]),
            pinned=self._all(said[OverrideKind.PIN]),
            preferred=tuple(self._narrowest(said[OverrideKind.PREFER]).values()),
            weights=tuple(self._narrowest(said[OverrideKind.WEIGHT]).values()),
            aliases=self._narrowest(said[OverrideKind.ALIAS]),
            profiles=self._narrowest(said[OverrideKind.PROFILE]),
            limits=self._limits(said[OverrideKind.LIMIT]),
            residency=self._all(said[None]),
            verdicts=(),
            valid_from=self._valid_from,
            valid_until=self._valid_until,
            is_rolled_out=self._is_rolled_out,
        )

    def _is_live(self, said: Said, override: Override) -> bool:
        over, rollout = override.expires_at, override.rollout
        self._is_rolled_out |= rollout is not None
        if over is not None and over <= self._now:
            self._valid_from = over if self._valid_from is None else max(self._valid_from, over)
            self._note(said, Outcome.EXPIRED)
            return False
        if over is not None:
            self._valid_until = over if self._valid_until is None else min(self._valid_until, over)
        if rollout is None or is_within(rollout.percent, rollout.salt or override.id, self._unit):
            return True
        self._note(said, Outcome.NOT_ROLLED_OUT)
        return False

    def _all(self, said: list[Said]) -> tuple[Said, ...]:
        self._apply(said)
        return tuple(said)

    def _allowed(self, said: list[Said]) -> tuple[tuple[Said, ...], ...]:
        """Lists that must all be met: the platform's narrowest, and each scope's own below."""
        if not said:
            return ()
        granted, own = self._granted(said)
        groups: dict[tuple[ScopeLevel, Author], list[Said]] = {}
        for each in own:
            groups.setdefault((each.level, each.author), []).append(each)
        found = [*([granted] if granted else []), *groups.values()]
        for group in found:
            self._apply(group)
        return tuple(map(tuple, found))

    def _limits(self, said: list[Said]) -> dict[LimitKind, Said]:
        """The lowest of the platform's narrowest and all that is said below."""
        by_kind: dict[LimitKind, list[Said]] = {}
        for each in said:
            if each.limit is not None:
                by_kind.setdefault(each.limit, []).append(each)
        found: dict[LimitKind, Said] = {}
        for kind in sorted(by_kind):
            granted, own = self._granted(by_kind[kind])
            # What is said for a scope itself goes before what its tier says for many.
            counts = [*([e for e in granted if e.override] or granted), *own]
            found[kind] = min(counts, key=lambda each: (each.value or 0, each.level))
            self._compare((*granted, *own), found[kind])
        return found

    def _narrowest(self, said: list[Said]) -> dict[str, Said]:
        """The narrowest by what it is about; of equally narrow ones the tenant's, then the last."""
        found: dict[str, Said] = {}
        if len(said) > 1:
            said = sorted(said, key=lambda each: (each.level, each.author, each.origin))
        for each in said:
            found[_about(each)] = each
        for each in said if self._told is not None else ():
            self._compare([each], found[_about(each)])
        return found

    def _granted(self, said: list[Said]) -> tuple[list[Said], list[Said]]:
        """What the platform grants, at the narrowest scope where it does, and what others say."""
        grants = [e for e in said if e.author is Author.PLATFORM and e.level <= _ENTITLED]
        own = [e for e in said if e.author is not Author.PLATFORM or e.level > _ENTITLED]
        narrowest = max((each.level for each in grants), default=ScopeLevel.PLATFORM)
        held = [each for each in grants if each.level == narrowest]
        for each in grants if len(held) < len(grants) else ():
            if each.level != narrowest:
                self._note(each, Outcome.REPLACED, held[0].origin)
        return held, own

    def _apply(self, said: Iterable[Said]) -> None:
        if self._told is not None:
            self._told += [Verdict(each, Outcome.APPLIES) for each in said]

    def _compare(self, said: Iterable[Said], held: Said) -> None:
        for each in said if self._told is not None else ():
            if each is held:
                self._note(each, Outcome.APPLIES)
            else:
                self._note(each, Outcome.OUTRANKED, held.origin)

    def _note(self, said: Said, outcome: Outcome, because: str = "") -> None:
        if self._told is not None:
            self._told.append(Verdict(said, outcome, because))


def _about(said: Said) -> str:
    override = said.override
    if override is None or override.kind in {OverrideKind.ALIAS, OverrideKind.PROFILE}:
        return override.name if override else said.origin
    return f"{override.target_kind}:{override.target}"
