"""Rules of every kind for a tenant: its own, and the platform's for it, at every level."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from routeyard.domain import events as e
from routeyard.domain.overrides import OverrideKind, Rollout
from routeyard.domain.resolution import Require
from routeyard.domain.tenancy import LimitKind, TargetKind
from tests.builders import at
from tests.services.registry.scoping.customers import PLATFORM, Customer


def parts(who: Customer) -> dict[OverrideKind, dict[str, Any]]:
    """What a rule of each kind needs; all of it tells of the tenant."""
    return {
        OverrideKind.ALLOW: {"target_kind": TargetKind.MODEL, "target": who.model},
        OverrideKind.DENY: {"target_kind": TargetKind.MODEL, "target": who.hosted},
        OverrideKind.PIN: {
            "target_kind": TargetKind.RELEASE,
            "target": who.release,
            "model": who.model,
        },
        OverrideKind.PREFER: {
            "target_kind": TargetKind.PROVIDER,
            "target": who.word,
            "weight": 2.5,
        },
        OverrideKind.WEIGHT: {
            "target_kind": TargetKind.ENDPOINT,
            "target": who.endpoint,
            "weight": 3.0,
        },
        OverrideKind.ALIAS: {"target_kind": TargetKind.MODEL, "target": who.ours},
        OverrideKind.PROFILE: {"require": Require(min_context=who.number)},
        OverrideKind.LIMIT: {"limit": LimitKind.TOKENS_PER_DAY, "value": Decimal(who.number)},
    }


def rules(who: Customer, now: datetime) -> Iterator[e.TenantOverridden | e.PlatformOverridden]:
    """All of them; two are for some of the requests, and one is over."""
    soon = now.replace(microsecond=0) + timedelta(days=30)
    scopes: list[dict[str, Any]] = [{}, {"project": who.project}, {"key": who.key}]
    for kind, part in parts(who).items():
        said: dict[str, Any] = {
            "name": f"{who.word}-{kind}",
            "kind": kind,
            "reason": f"{who.word} says {kind}",
        }
        said |= part
        for scope in scopes:
            yield e.TenantOverridden(
                tenant=who.word, actor=who.key, expires_at=soon, **said, **scope
            )
            yield e.PlatformOverridden(tenant=who.word, actor=PLATFORM, **said, **scope)
        yield e.PlatformOverridden(tenant_class=who.tenant_class, actor=PLATFORM, **said)
    some = {"kind": OverrideKind.DENY, "actor": who.key, **parts(who)[OverrideKind.DENY]}
    for name in (f"{who.word}-some", f"{who.word}-half"):
        yield e.TenantOverridden(
            tenant=who.word,
            name=name,
            reason=f"{who.word} tries it",
            rollout=Rollout(percent=50.0, salt=who.word),
            **some,
        )
    yield e.TenantOverridden(
        tenant=who.word,
        name=f"{who.word}-over",
        reason=f"{who.word} had it",
        expires_at=at(60),
        **some,
    )
