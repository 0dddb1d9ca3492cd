"""What is said for a scope, on the way from the platform down to a key."""

from collections.abc import Iterator
from decimal import Decimal
from typing import NamedTuple

from routeyard.domain.cohort import is_within
from routeyard.domain.overrides import Author, Override, OverrideKind, ScopeLevel
from routeyard.domain.resolution import Require
from routeyard.domain.tenancy import LimitKind, TargetKind, Tier
from tests.domain.reference.asked import Asked, Candidate, Refused

ENTITLING = (ScopeLevel.TENANT, ScopeLevel.CLASS, ScopeLevel.PLATFORM)


class Sold(NamedTuple):
    """A tier that is sold at a level; `tier` is None when it is gone."""

    name: str
    tier: Tier | None


class Limit(NamedTuple):
    """The most that may be asked, and who says so."""

    value: Decimal
    origin: str


class Rules:
    """The overrides in force for the scope, with tiers and bounds."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self.live = sorted(filter(self.is_live, self.of_scope()), key=lambda o: (o.level, o.id))

    def of_scope(self) -> Iterator[Override]:
        scope, tenant = self.asked.inputs.scope, self.asked.tenant
        for each in self.asked.graph.overrides.values():
            place = {
                ScopeLevel.PLATFORM: True,
                ScopeLevel.CLASS: tenant is not None and each.tenant_class == tenant.tenant_class,
                ScopeLevel.TENANT: each.tenant == scope.tenant,
                ScopeLevel.PROJECT: (each.tenant, each.project) == (scope.tenant, scope.project),
                ScopeLevel.KEY: (each.tenant, each.key) == (scope.tenant, scope.key),
            }
            if place[each.level]:
                yield each

    def is_live(self, said: Override) -> bool:
        if said.expires_at is not None and said.expires_at <= self.asked.inputs.now:
            return False
        scope = self.asked.inputs.scope
        unit = self.asked.wanted.sticky_key or scope.key or scope.project or scope.tenant or ""
        rollout = said.rollout
        return rollout is None or is_within(rollout.percent, rollout.salt or said.id, unit)

    def of(self, kind: OverrideKind) -> list[Override]:
        return [each for each in self.live if each.kind is kind]

    def granting(self, kind: OverrideKind, level: ScopeLevel) -> list[Override]:
        said = self.of(kind)
        return [each for each in said if each.author is Author.PLATFORM and each.level is level]

    def restricting(self, kind: OverrideKind) -> list[Override]:
        """What is no grant: said by a tenant, or by the platform for a part of a tenant."""
        return [
            each
            for each in self.of(kind)
            if each.author is Author.TENANT or each.level > ScopeLevel.TENANT
        ]

    def sold(self, level: ScopeLevel) -> Sold | None:
        holder = {ScopeLevel.TENANT: self.asked.tenant, ScopeLevel.CLASS: self.asked.of_class}
        found = holder.get(level)
        if found is None or found.tier is None:
            return None
        return Sold(found.tier, self.asked.graph.tiers.get(found.tier))

    def against(self, candidate: Candidate) -> Iterator[str]:
        """Every rule that a candidate breaks."""
        if not self.is_granted(candidate):
            yield "not_allowed"
        for group in self.lists():
            if not any(is_at(each, candidate) for each in group):
                yield "not_allowed"
        for each in self.of(OverrideKind.DENY):
            if is_at(each, candidate):
                yield f"denied: {each.id}"
        for each in self.of(OverrideKind.PIN):
            if is_about(each, candidate) and not is_at(each, candidate):
                yield f"pinned_elsewhere: {each.id}"

    def is_granted(self, candidate: Candidate) -> bool:
        """By the platform, at the narrowest scope for which it says anything."""
        for level in ENTITLING:
            granted, sold = self.granting(OverrideKind.ALLOW, level), self.sold(level)
            if sold is not None and sold.tier is not None and not sold.tier.allow:
                sold = None
            if granted or sold is not None:
                allow = sold.tier.allow if sold is not None and sold.tier is not None else ()
                by_tier = any(candidate.meets(each.kind, each.id) for each in allow)
                return by_tier or any(is_at(each, candidate) for each in granted)
        return True

    def lists(self) -> list[list[Override]]:
        """The lists that each scope and author has beside what is granted."""
        own = self.restricting(OverrideKind.ALLOW)
        places = {(each.level, each.author) for each in own}
        return [[each for each in own if (each.level, each.author) == place] for place in places]

    def limit(self, kind: LimitKind) -> Limit | None:
        """The lowest of what the platform grants and what is said below."""
        found: list[tuple[Decimal, ScopeLevel, str]] = []
        for level in ENTITLING:
            said = [o for o in self.granting(OverrideKind.LIMIT, level) if o.limit is kind]
            found += [(o.value, level, o.id) for o in said if o.value is not None]
            sold = self.sold(level)
            if not found and sold is not None and sold.tier and kind in sold.tier.limits:
                found.append((sold.tier.limits[kind], level, f"tier:{sold.name}"))
            if found:
                break
        own = [o for o in self.restricting(OverrideKind.LIMIT) if o.limit is kind]
        found += [(o.value, o.level, o.id) for o in own if o.value is not None]
        if not found:
            return None
        value, _, origin = min(found, key=lambda each: each[:2])
        return Limit(value, origin)

    def bounds(self) -> Iterator[tuple[tuple[str, ...], str]]:
        """The residencies that bind, and whose they are."""
        asked = self.asked
        whose = (("class", asked.of_class), ("tenant", asked.tenant), ("project", asked.project))
        for kind, each in whose:
            if each is not None and each.residency:
                yield each.residency, f"{kind}:{each.id}"

    def narrowest(self, kind: OverrideKind) -> dict[str, Override]:
        """By what it is about; of equally narrow ones the tenant's counts, then the last."""
        found: dict[str, Override] = {}
        for each in sorted(self.of(kind), key=lambda o: (o.level, o.author, o.id)):
            is_named = kind in (OverrideKind.ALIAS, OverrideKind.PROFILE)
            found[each.name if is_named else f"{each.target_kind}:{each.target}"] = each
        return found

    def models(self) -> list[str]:
        """What is asked for by name, with aliases read; nothing for a profile."""
        names = self.asked.wanted.models
        if self.profile() is not None:
            return []
        aliases = self.narrowest(OverrideKind.ALIAS)
        return [(aliases[name].target or "") if name in aliases else name for name in names]

    def profile(self) -> Require | None:
        """The stored requirement that is asked for."""
        names, profiles = self.asked.wanted.models, self.narrowest(OverrideKind.PROFILE)
        asked = [name for name in names if name in profiles]
        if asked and len(names) > 1:
            raise Refused("models")
        return profiles[asked[0]].require if asked else None


def is_at(said: Override, candidate: Candidate) -> bool:
    assert said.target_kind is not None
    return candidate.meets(said.target_kind, said.target or "")


def is_about(pin: Override, candidate: Candidate) -> bool:
    """A release's pin is about its model, an endpoint's about the model that it names."""
    if pin.target_kind is TargetKind.RELEASE:
        return (pin.target or "").rpartition("@")[0] == candidate.model.id
    return pin.model in (None, candidate.model.id)


def weight_of(said: Override) -> float:
    return 1.0 if said.weight is None else said.weight
