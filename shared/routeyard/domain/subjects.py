"""What an event speaks of, and the patterns that say what a source may speak of.

A pattern is `kind:name`, where each `*` in the name stands for any characters (`endpoint:acme-*`,
`model:mistral/*`), or `*` alone for everything. One for an endpoint covers the offerings at it,
one for a model its releases, one for a tenant its overrides.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

from routeyard.domain import events as e
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.identity import identify

EVERYTHING, ANY_MODEL = "*", f"{Kind.MODEL}:*"
_KINDS = frozenset(Kind)


class Subject(NamedTuple):
    """An entity that an event speaks of, and the one that it is a part of."""

    ref: EntityRef
    within: EntityRef | None = None


def subjects(data: e.Payload) -> Iterator[Subject]:
    """All that a payload states something about, or in whose name.

    A listing speaks in its provider's name, since the maker's own word counts for more than
    others'; an endpoint speaks in its provider's, since requests are allowed by provider.
    """
    yield from _named(data)
    yield from _identified(data)


def _named(data: e.Payload) -> Iterator[Subject]:
    """What a payload calls by its name."""
    match data:
        case e.ModelReleased() | e.ModelWithdrawn() | e.ModelDeprecated():
            yield _alone(Kind.PROVIDER, data.provider)
            yield _offering(data)
        case e.ModelPriced():
            yield _offering(data)
        case e.ModelDescribed():
            return
        case e.ProviderDescribed():
            yield _alone(Kind.PROVIDER, data.provider)
        case e.EndpointRegistered():
            yield _alone(Kind.ENDPOINT, data.endpoint)
            yield _alone(Kind.PROVIDER, data.provider)
        case (
            e.EndpointRemoved()
            | e.EndpointObserved()
            | e.HealthDeclared()
            | e.EndpointConnected()
            | e.EndpointCredentialed()
            | e.EndpointDisconnected()
        ):
            yield _alone(Kind.ENDPOINT, data.endpoint)
        case e.EndpointServed():
            yield from _served(data)
        case e.ModelRelated() | e.CapabilityUpdated():
            yield _alone(Kind.MODEL, data.model)
        case _:
            yield _ruled(data)


def _served(data: e.EndpointServed) -> Iterator[Subject]:
    endpoint = EntityRef(Kind.ENDPOINT, data.endpoint)
    yield Subject(endpoint)
    for each in (*data.serves, *data.gone):
        model = EntityRef(Kind.MODEL, each.model)
        yield Subject(EntityRef(Kind.OFFERING, f"{data.endpoint}/{each.native_id}"), endpoint)
        yield Subject(model)
        yield Subject(EntityRef(Kind.RELEASE, each.release), model)


def _identified(data: e.Payload) -> Iterator[Subject]:
    """The model and the release behind a provider's own name, which take long to find out.

    By the rules alone: what operators say that a name stands for, they answer for.
    """
    if not isinstance(
        data, e.ModelReleased | e.ModelWithdrawn | e.ModelDeprecated | e.ModelDescribed
    ):
        return
    identity = identify(data.provider, data.native_id)
    model = EntityRef(Kind.MODEL, identity.model)
    yield Subject(model)
    if not isinstance(data, e.ModelDescribed):
        yield Subject(EntityRef(Kind.RELEASE, identity.release), model)


_Listing = e.ModelReleased | e.ModelWithdrawn | e.ModelDeprecated | e.ModelPriced


def _offering(data: _Listing) -> Subject:
    endpoint = EntityRef(Kind.ENDPOINT, data.endpoint or data.provider)
    return Subject(EntityRef(Kind.OFFERING, f"{endpoint.id}/{data.native_id}"), endpoint)


_Ruling = (
    e.CapabilityDefined
    | e.PrecisionDefined
    | e.SourceRegistered
    | e.TierDefined
    | e.TierRemoved
    | e.TenantClassDefined
    | e.TenantClassRemoved
    | e.TenantRegistered
    | e.TenantOffboarded
    | e.ProjectRegistered
    | e.ProjectRemoved
    | e.TenantOverridden
    | e.TenantOverrideRemoved
    | e.PlatformOverridden
    | e.PlatformOverrideRemoved
    | e.FactCorrected
    | e.CorrectionRetracted
    | e.NameAssigned
    | e.PolicyPublished
    | e.PolicyMoved
    | e.PolicyWithdrawn
)


def _ruled(data: _Ruling) -> Subject:  # noqa: C901, PLR0911 - one for each type
    match data:
        case e.CapabilityDefined():
            return _alone(Kind.CAPABILITY, data.tag)
        case e.PrecisionDefined():
            return _alone(Kind.PRECISION, data.task)
        case e.SourceRegistered():
            return _alone(Kind.SOURCE, data.name)
        case e.TierDefined() | e.TierRemoved():
            return _alone(Kind.TIER, data.tier)
        case e.TenantClassDefined() | e.TenantClassRemoved():
            return _alone(Kind.TENANT_CLASS, data.tenant_class)
        case e.TenantRegistered() | e.TenantOffboarded():
            return _alone(Kind.TENANT, data.tenant)
        case e.ProjectRegistered() | e.ProjectRemoved():
            tenant = EntityRef(Kind.TENANT, data.tenant)
            return Subject(EntityRef(Kind.PROJECT, f"{data.tenant}/{data.project}"), tenant)
        case (
            e.TenantOverridden()
            | e.TenantOverrideRemoved()
            | e.PlatformOverridden()
            | e.PlatformOverrideRemoved()
        ):
            return Subject(EntityRef(Kind.OVERRIDE, e.overridden(data)), ruled_for(data))
        case e.FactCorrected() | e.CorrectionRetracted():
            return _alone(Kind(data.kind), data.entity)
        case e.NameAssigned():
            return _alone(Kind.NAMING, data.offering)
        case e.PolicyPublished() | e.PolicyMoved() | e.PolicyWithdrawn():
            owner = None if data.tenant is None else EntityRef(Kind.TENANT, data.tenant)
            return Subject(EntityRef(Kind.POLICY, e.version_of(data)), owner)


Rule = (
    e.TenantOverridden | e.TenantOverrideRemoved | e.PlatformOverridden | e.PlatformOverrideRemoved
)


def ruled_for(data: Rule) -> EntityRef | None:
    """The tenant or the class that a rule is for; None for one that is for everyone."""
    if data.tenant is not None:
        return EntityRef(Kind.TENANT, data.tenant)
    tenant_class = getattr(data, "tenant_class", None)
    return None if tenant_class is None else EntityRef(Kind.TENANT_CLASS, tenant_class)


def _alone(kind: Kind, name: str) -> Subject:
    return Subject(EntityRef(kind, name))


def pattern_fault(pattern: str) -> str | None:
    """What is wrong with a pattern, in one sentence, or None."""
    kind, colon, name = pattern.partition(":")
    if pattern == EVERYTHING or (kind in _KINDS and colon and name.strip() and name.isprintable()):
        return None
    return (
        f"{pattern!r} is no pattern of entities; write `*`, or a kind and a name such as "
        f"endpoint:acme-* (kinds: {', '.join(sorted(Kind))})."
    )


def uncovered(data: e.Payload, patterns: tuple[str, ...]) -> EntityRef | None:
    """The first entity that a payload speaks of and no pattern covers; without patterns, none."""
    if not patterns or EVERYTHING in patterns:
        return None
    allowed = _compiled(patterns)
    for subject in _named(data) if ANY_MODEL in patterns else subjects(data):
        if not any(_covers(allowed, ref) for ref in subject if ref is not None):
            return subject.ref
    return None


_Allowed = Sequence[tuple[str, tuple[str, ...]]]


@lru_cache(maxsize=1024)
def _compiled(patterns: tuple[str, ...]) -> _Allowed:
    split = (pattern.partition(":") for pattern in patterns)
    return tuple((kind, tuple(name.split("*"))) for kind, _, name in split)


def _covers(allowed: _Allowed, ref: EntityRef) -> bool:
    return any(kind == ref.kind and _fits(parts, ref.id) for kind, parts in allowed)


def _fits(parts: tuple[str, ...], name: str) -> bool:
    """Whether the parts between the stars stand in the name in order; never looks back."""
    first, last = parts[0], parts[-1]
    if len(parts) == 1:
        return name == first
    at, end = len(first), len(name) - len(last)
    if at > end or not name.startswith(first) or not name.endswith(last):
        return False
    for part in parts[1:-1]:
        found = name.find(part, at, end)
        if found < 0:
            return False
        at = found + len(part)
    return True
