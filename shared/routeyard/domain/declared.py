"""What is declared outright, not merged from many: tenants, rules, and endpoints set up here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, NamedTuple

import msgspec

from routeyard.domain import events as e
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.policies.policy import PolicyState
from routeyard.domain.subjects import Rule, ruled_for

Declared = (
    e.TierDefined
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
    | e.EndpointConnected
    | e.EndpointCredentialed
    | e.EndpointDisconnected
    | e.EndpointServed
    | e.PolicyPublished
    | e.PolicyMoved
    | e.PolicyWithdrawn
)
# Facts of the model where nobody else knows it, of the offering where others do.
_EITHER = ("mode", "context", "max_output", "modalities_in", "modalities_out", "capabilities")
_MODELS = ("name", "languages", "variant_of", "variant")
_OFFERINGS = ("quantization", "price")


class Part(NamedTuple):
    """What an event states of one entity; `fields` take the place of all that it said before.

    `announces`: the entity is there, is not, or (None) only gains facts. `needs`: the entity
    without which it is not there. `native`: what tells several statements of one source apart.
    """

    kind: Kind
    entity: str
    fields: dict[str, Any]
    announces: bool | None = True
    needs: EntityRef | None = None
    native: str = ""


def declared(data: Declared) -> Iterator[Part]:  # noqa: C901, PLR0912 - one for each type
    """The parts of an event."""
    match data:
        case e.TierDefined():
            yield Part(Kind.TIER, data.tier, _all(data, "tier"))
        case e.TierRemoved():
            yield Part(Kind.TIER, data.tier, {}, announces=False)
        case e.TenantClassDefined():
            yield Part(Kind.TENANT_CLASS, data.tenant_class, _all(data, "tenant_class"))
        case e.TenantClassRemoved():
            yield Part(Kind.TENANT_CLASS, data.tenant_class, {}, announces=False)
        case e.TenantRegistered():
            yield Part(Kind.TENANT, data.tenant, _all(data, "tenant"))
        case e.TenantOffboarded():
            yield Part(Kind.TENANT, data.tenant, {}, announces=False)
        case e.ProjectRegistered() | e.ProjectRemoved():
            yield _project(data)
        case e.TenantOverridden() | e.PlatformOverridden():
            override = e.override_of(data)
            yield Part(Kind.OVERRIDE, override.id, _all(override, "id"), needs=_ruled(data))
        case e.TenantOverrideRemoved() | e.PlatformOverrideRemoved():
            yield Part(Kind.OVERRIDE, e.overridden(data), {}, announces=False, needs=_ruled(data))
        case e.EndpointConnected():
            fields = _stated(data, set(data.__struct_fields__) - {"endpoint"})
            yield Part(Kind.ENDPOINT, data.endpoint, fields, needs=_owner(data.owner))
        case e.EndpointCredentialed():
            fields = _stated(data, {"credential", "url"})
            native = f"{data.endpoint} credential"
            yield Part(Kind.ENDPOINT, data.endpoint, fields, announces=None, native=native)
        case e.EndpointDisconnected():
            yield Part(Kind.ENDPOINT, data.endpoint, {}, announces=False, needs=_owner(data.owner))
        case e.PolicyPublished():
            said = {"name", "version", "document", "rules", "match", "objective", "tenant"}
            fields = _stated(data, said)
            yield Part(Kind.POLICY, e.version_of(data), fields, needs=_owner(data.tenant))
            yield _standing(data, PolicyState.DRAFT)
        case e.PolicyMoved():
            yield _standing(data, data.state)
        case e.PolicyWithdrawn():
            needs = _owner(data.tenant)
            yield Part(Kind.POLICY, e.version_of(data), {}, announces=False, needs=needs)
        case e.EndpointServed():
            for served in data.serves:
                yield from _served(data, served)
            for served in data.gone:
                yield from _gone(data, served)


def _ruled(data: Rule) -> EntityRef | None:
    """What a rule leaves with. Keys are no entities: a key's rules leave with its tenant."""
    if data.project is not None and data.key is None:
        return EntityRef(Kind.PROJECT, f"{data.tenant}/{data.project}")
    return ruled_for(data)


def _project(data: e.ProjectRegistered | e.ProjectRemoved) -> Part:
    is_there = isinstance(data, e.ProjectRegistered)
    return Part(
        Kind.PROJECT,
        f"{data.tenant}/{data.project}",
        _all(data, "project") if is_there else {},
        announces=is_there,
        needs=EntityRef(Kind.TENANT, data.tenant),
    )


def _standing(data: e.PolicyPublished | e.PolicyMoved, state: PolicyState) -> Part:
    """Where a version stands, and who brought it there; told apart from what it says."""
    version = e.version_of(data)
    return Part(
        Kind.POLICY,
        version,
        {"state": state, "reason": data.reason, "actor": data.actor},
        announces=None,
        needs=_owner(data.tenant),
        native=f"{version} state",
    )


def _served(data: e.EndpointServed, served: e.Served) -> Iterator[Part]:
    offering = f"{data.endpoint}/{served.native_id}"
    endpoint = EntityRef(Kind.ENDPOINT, data.endpoint)
    owned = {} if data.owner is None else {"owner": data.owner}
    about_offering = {
        "endpoint": data.endpoint,
        "model": served.model,
        "release": served.release,
        "native_id": served.native_id,
        **_stated(served, {*_OFFERINGS, *_EITHER}),
        **owned,
    }
    yield Part(Kind.OFFERING, offering, about_offering, needs=endpoint)
    if not served.is_private:
        return
    lab = served.model.partition("/")[0]
    about_model = {"provider": lab, **_stated(served, {*_MODELS, *_EITHER}), **owned}
    yield Part(Kind.MODEL, served.model, about_model, needs=endpoint, native=offering)
    about_release = {"model": served.model, **owned}
    yield Part(Kind.RELEASE, served.release, about_release, needs=endpoint, native=offering)


def _gone(data: e.EndpointServed, served: e.Served) -> Iterator[Part]:
    """It is withdrawn; a private model stays while another endpoint serves it."""
    offering = f"{data.endpoint}/{served.native_id}"
    endpoint = EntityRef(Kind.ENDPOINT, data.endpoint)
    yield Part(Kind.OFFERING, offering, {}, announces=False, needs=endpoint)
    if served.is_private:
        for kind, entity in ((Kind.MODEL, served.model), (Kind.RELEASE, served.release)):
            yield Part(kind, entity, {}, announces=False, needs=endpoint, native=offering)


def _owner(tenant: str | None) -> EntityRef | None:
    return None if tenant is None else EntityRef(Kind.TENANT, tenant)


def _stated(data: msgspec.Struct, names: set[str]) -> dict[str, Any]:
    return {
        name: value for name in sorted(names) if (value := getattr(data, name, None)) is not None
    }


def _all(data: msgspec.Struct, but: str) -> dict[str, Any]:
    """Every field, unknown ones too: of two sources the one that counts more says all of it."""
    return {name: getattr(data, name) for name in data.__struct_fields__ if name != but}
