"""Tenants, and what is said for them."""

from decimal import Decimal
from typing import Any

from routeyard.domain.catalog import Mode
from routeyard.domain.overrides import (
    Author,
    Override,
    OverrideKind,
    Rollout,
    ScopeLevel,
    override_id,
)
from routeyard.domain.resolution import Require
from routeyard.domain.tenancy import (
    LimitKind,
    Project,
    TargetKind,
    Tenant,
    TenantClass,
    Tier,
)
from tests.builders import at
from tests.domain.worlds.draw import CLASSES, TIERS, Draw


class People(Draw):
    """Who asks in a world, and what holds for them."""

    def tenant(self, id_: str) -> Tenant:
        pick = self.pick
        return Tenant(
            id=id_,
            name=id_,
            tenant_class=pick(CLASSES),
            residency=pick([*[()] * 10, ("EU",), ("EU", "US")]),
            tier=pick([*[None] * 10, *TIERS, "gone"]),
        )

    def tenant_class(self, id_: str) -> TenantClass:
        pick = self.pick
        return TenantClass(
            id=id_,
            name=id_,
            tier=pick([*[None] * 6, *TIERS]),
            residency=pick([*[()] * 10, ("EU",)]),
        )

    def tier(self, id_: str) -> Tier:
        pick = self.pick
        price = {LimitKind.PRICE_INPUT: Decimal(pick([1, 3, 10]))}
        return Tier(
            id=id_,
            name=id_,
            allow=tuple(self.target() for _ in range(pick([0, 0, 0, 4]))),
            limits=pick([{}, {}, price]),
        )

    def project(self, tenant: str) -> Project:
        residency = self.pick([*[()] * 6, ("EU",)])
        return Project(id=f"{tenant}/web", tenant=tenant, name="Web", residency=residency)

    def override(self, number: int) -> Override:
        pick = self.pick
        author, level = pick(list(Author)), pick(list(ScopeLevel))
        if author is Author.TENANT:
            level = max(level, ScopeLevel.TENANT)
        tenant = pick(self.tenants) if level >= ScopeLevel.TENANT else None
        place: dict[str, Any] = {
            "tenant_class": pick(CLASSES) if level is ScopeLevel.CLASS else None,
            "tenant": tenant,
            "project": "web" if level is ScopeLevel.PROJECT else None,
            "key": "k1" if level is ScopeLevel.KEY else None,
        }
        # The ones that leave much: a world in which all is denied shows little.
        gentle = [
            OverrideKind.PREFER,
            OverrideKind.WEIGHT,
            OverrideKind.ALIAS,
            OverrideKind.PROFILE,
        ]
        kind = pick([*OverrideKind, *gentle, *gentle, OverrideKind.PIN, OverrideKind.DENY])
        return Override(
            id=override_id(author, f"o{number}", **place),
            author=author,
            kind=kind,
            reason="r",
            actor="a",
            rollout=pick([None, None, Rollout(percent=pick([0.0, 30.0, 60.0, 100.0]))]),
            expires_at=pick([None, None, at(-1), at(0), at(1)]),
            **place,
            **self.about(kind),
        )

    def shares(self) -> list[Override]:
        """How calls are shared out among endpoints, which is said of several or of none."""
        if self.chance.random() < 0.6:
            return []
        return [
            Override(
                id=override_id(Author.PLATFORM, f"share-{endpoint}"),
                author=Author.PLATFORM,
                kind=OverrideKind.WEIGHT,
                reason="r",
                actor="a",
                target_kind=TargetKind.ENDPOINT,
                target=endpoint,
                weight=self.pick([0.0, 1.0, 1.0, 3.0]),
            )
            for endpoint in self.some(self.endpoints, 0.8)
        ]

    def about(self, kind: OverrideKind) -> dict[str, Any]:
        """What an override of a kind says."""
        pick = self.pick
        match kind:
            case OverrideKind.LIMIT:
                limit = pick([LimitKind.PRICE_INPUT, LimitKind.PRICE_OUTPUT])
                return {"limit": limit, "value": Decimal(pick([1, 2, 5]))}
            case OverrideKind.PROFILE:
                require = Require(
                    mode=self.rarely(Mode.EMBEDDING, otherwise=Mode.CHAT, share=0.4),
                    min_context=pick([1_000, 100_000]),
                    languages=self.rarely(("en",), share=0.3),
                )
                return {"require": require}
            case OverrideKind.PIN:
                aim = self.target(TargetKind.RELEASE, TargetKind.ENDPOINT)
            case OverrideKind.WEIGHT:
                aim = self.target(TargetKind.ENDPOINT)
            case OverrideKind.ALIAS:
                aim = self.target(TargetKind.MODEL, TargetKind.RELEASE)
            case _:
                aim = self.target()
        is_bound = kind is OverrideKind.PIN and aim.kind is TargetKind.ENDPOINT
        weights = {
            OverrideKind.WEIGHT: pick([0.0, 1.0, 3.0]),
            OverrideKind.PREFER: pick([None, 0.5, 3.0, 1_000.0]),
        }
        return {
            "target_kind": aim.kind,
            "target": aim.id,
            "weight": weights.get(kind),
            "model": pick([None, *self.models]) if is_bound else None,
        }
