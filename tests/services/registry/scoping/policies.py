"""The policies of two tenants and of the platform."""

from collections.abc import Iterator
from typing import Any

import msgspec

from routeyard.domain import events as e
from routeyard.domain.events import Payload
from routeyard.domain.policies.document import Draft, read
from routeyard.domain.policies.policy import PolicyState
from tests.services.registry.scoping.customers import PLATFORM, Customer


def document(who: Customer, version: int = 1) -> str:
    """A tenant's own policy, in which all stands that can."""
    rules = [
        {
            "name": f"{who.word}-rule",
            "when": f'project.id == "{who.project}"',
            "require": {"min_context": version},
            "deny": [{"kind": "endpoint", "id": who.dedicated}],
            "prefer": {"model": who.model, "weight": 2},
            "missing": "apply",
        },
        {"name": f"{who.word}-next", "fallback": [who.model]},
    ]
    return _written(
        who.policy,
        rules=rules,
        match=f'tenant.id == "{who.word}"',
        objective={"cost": 1, "quality": 2, "latency": version},
        tests=[{"name": f"{who.word}-test", "given": {}, "expect": {"none": True}}],
    )


def _written(name: str, **spec: Any) -> str:
    plain = {
        "apiVersion": "routeyard/v1",
        "kind": "RoutingPolicy",
        "metadata": {"name": name},
        "spec": spec,
    }
    return msgspec.json.encode(plain).decode()


def policies(who: Customer) -> Iterator[Payload]:
    """Two versions, of which the first one decides."""
    for version in (1, 2):
        yield _published(document(who, version), version, who.key, who.word)
    yield e.PolicyMoved(
        name=who.policy,
        version=1,
        state=PolicyState.ACTIVE,
        reason=f"{who.word} wants it",
        actor=who.key,
        tenant=who.word,
    )


def platforms() -> Iterator[Payload]:
    """One of the platform's, which holds for everybody and does next to nothing."""
    rules = [{"name": f"{PLATFORM}-rule", "prefer": {"model": f"{PLATFORM}/nothing"}}]
    yield _published(_written(f"{PLATFORM}-policy", rules=rules), 1, PLATFORM, None)
    yield e.PolicyMoved(
        name=f"{PLATFORM}-policy",
        version=1,
        state=PolicyState.ACTIVE,
        reason=f"{PLATFORM} wants it",
        actor=PLATFORM,
    )


def _published(text: str, version: int, actor: str, tenant: str | None) -> Payload:
    draft = read(msgspec.json.decode(text), tenant)
    assert isinstance(draft, Draft), draft
    return e.PolicyPublished(
        name=draft.name,
        version=version,
        document=text,
        reason=f"{actor} wrote it",
        actor=actor,
        rules=draft.rules,
        match=draft.match,
        objective=draft.objective,
        tenant=tenant,
    )
