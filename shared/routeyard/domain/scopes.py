"""What applies to a scope: everything that is said on the way from the platform down to a key.

Platform ⊃ tenant class ⊃ tenant ⊃ project ⊃ key. Down to the tenant, what the platform allows and
limits takes the place of what it said for a wider scope, so it may widen. Everything else only
restricts: denials add up, allow-lists intersect, pins add up, of limits the lowest counts. Of
preferences, weights, aliases and profiles the narrowest counts, which widens nothing.
"""

from __future__ import annotations

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
    expires next). `is_rolled_out`: units of the scope may differ.
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
    said = tuple(_said(tenancy, scope))
    verdicts = _Verdicts(now, unit or scope.key or scope.project or scope.tenant or "")
    live = [each for each in said if verdicts.is_live(each)]
    overrides = [each.override for each in said if each.override is not None]
    expiries = [each.expires_at for each in overrides if each.expires_at is not None]
    return Effective(
        allowed=verdicts.allowed(live),
        denied=verdicts.all_of(live, OverrideKind.DENY),
        pinned=verdicts.all_of(live, OverrideKind.PIN),
        preferred=tuple(verdicts.narrowest(live, OverrideKind.PREFER).values()),
        weights=tuple(verdicts.narrowest(live, OverrideKind.WEIGHT).values()),
        aliases=verdicts.narrowest(live, OverrideKind.ALIAS),
        profiles=verdicts.narrowest(live, OverrideKind.PROFILE),
        limits=verdicts.limits(live),
        residency=verdicts.residency(live),
        verdicts=tuple(sorted(verdicts.found, key=lambda each: (each.said.level, _order(each)))),
        valid_from=max((at for at in expiries if at <= now), default=None),
        valid_until=min((at for at in expiries if at > now), default=None),
        is_rolled_out=any(each.rollout is not None for each in overrides),
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


class _Verdicts:
    """Decides what applies, and notes why the rest does not."""

    def __init__(self, now: datetime, unit: str) -> None:
        self._now = now
        self._unit = unit
        self.found: list[Verdict] = []

    def is_live(self, said: Said) -> bool:
        override = said.override
        if override is None:
            return True
        if override.expires_at is not None and override.expires_at <= self._now:
            self.found.append(Verdict(said, Outcome.EXPIRED))
            return False
        rollout = override.rollout
        if rollout is None or is_within(rollout.percent, rollout.salt or override.id, self._unit):
            return True
        self.found.append(Verdict(said, Outcome.NOT_ROLLED_OUT))
        return False

    def all_of(self, live: list[Said], kind: OverrideKind) -> tuple[Said, ...]:
        return tuple(self._applies(each) for each in live if each.kind is kind)

    def residency(self, live: list[Said]) -> tuple[Said, ...]:
        return tuple(self._applies(each) for each in live if each.residency)

    def allowed(self, live: list[Said]) -> tuple[tuple[Said, ...], ...]:
        """Lists that must all be met: the platform's narrowest, and each scope's own below."""
        granted, own = self._granted([each for each in live if each.kind is OverrideKind.ALLOW])
        groups: dict[tuple[ScopeLevel, Author], list[Said]] = {}
        for each in own:
            groups.setdefault((each.level, each.author), []).append(each)
        found = [*([granted] if granted else []), *groups.values()]
        return tuple(tuple(self._applies(each) for each in group) for group in found)

    def limits(self, live: list[Said]) -> dict[LimitKind, Said]:
        """The lowest of the platform's narrowest and all that is said below."""
        found: dict[LimitKind, Said] = {}
        for kind in LimitKind:
            granted, own = self._granted([each for each in live if each.limit is kind])
            # What is said for a scope itself goes before what its tier says for many.
            said = [*([e for e in granted if e.override] or granted), *own]
            if said:
                found[kind] = min(said, key=lambda each: (each.value or 0, each.level))
                for each in (*granted, *own):
                    self._note(each, found[kind])
        return found

    def narrowest(self, live: list[Said], kind: OverrideKind) -> dict[str, Said]:
        """The narrowest by what it is about; of equally narrow ones the tenant's, then the last."""
        said = [each for each in live if each.kind is kind]
        found: dict[str, Said] = {}
        for each in sorted(said, key=lambda each: (each.level, each.author, each.origin)):
            found[_about(each)] = each
        for each in said:
            self._note(each, found[_about(each)])
        return found

    def _granted(self, said: list[Said]) -> tuple[list[Said], list[Said]]:
        """What the platform grants, at the narrowest scope where it does, and what others say."""
        grants = [e for e in said if e.author is Author.PLATFORM and e.level <= _ENTITLED]
        own = [e for e in said if e.author is not Author.PLATFORM or e.level > _ENTITLED]
        narrowest = max((each.level for each in grants), default=ScopeLevel.PLATFORM)
        held = [each for each in grants if each.level == narrowest]
        self.found += [
            Verdict(each, Outcome.REPLACED, held[0].origin)
            for each in grants
            if each.level != narrowest
        ]
        return held, own

    def _applies(self, said: Said) -> Said:
        self.found.append(Verdict(said, Outcome.APPLIES))
        return said

    def _note(self, said: Said, held: Said) -> None:
        if said is held:
            self._applies(said)
        else:
            self.found.append(Verdict(said, Outcome.OUTRANKED, held.origin))


def _about(said: Said) -> str:
    override = said.override
    if override is None or override.kind in {OverrideKind.ALIAS, OverrideKind.PROFILE}:
        return override.name if override else said.origin
    return f"{override.target_kind}:{override.target}"
