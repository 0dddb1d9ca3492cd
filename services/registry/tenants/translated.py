"""Between GraphQL and files: the same tier, class, tenant, project or rule in both languages."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

import msgspec

from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.overrides import Author
from routeyard.domain.tenancy import LimitKind
from services.registry.tenants import documents as d
from services.registry.tenants.declared import Spec, Thing

Answer = dict[str, Any]
_ENUMS = frozenset({"kind", "targetKind", "limit"})


def tier(node: Answer) -> d.TierSpec:
    """A tier as files have it."""
    return d.TierSpec(
        name=node["name"],
        allow=tuple(msgspec.convert(_lowered(aim), d.Aim) for aim in node["allow"]),
        limits={LimitKind(each["kind"].lower()): Decimal(each["value"]) for each in node["limits"]},
    )


def tenant_class(node: Answer) -> d.ClassRecord:
    """A class as files have it."""
    return d.ClassRecord(name=node["name"], tier=node["tier"], residency=tuple(node["residency"]))


def tenant(node: Answer) -> d.TenantRecord:
    """A tenant's record as files have it."""
    return d.TenantRecord(
        name=node["name"],
        tenant_class=node["tenantClass"],
        residency=tuple(node["residency"]),
        tier=node["tier"],
        allowed_networks=tuple(node["allowedNetworks"]),
    )


def project(node: Answer) -> d.ProjectRecord:
    """A project's record as files have it."""
    return d.ProjectRecord(name=node["name"], residency=tuple(node["residency"]))


def rule(node: Answer) -> d.TenantRule:
    """A rule as files have it."""
    fields = {
        _snake(name): value
        for name, value in _lowered(node).items()
        if _snake(name) in d.TenantRule.__struct_fields__ and value is not None
    }
    return msgspec.convert(fields, d.TenantRule)


def change(thing: Thing) -> Answer:
    """A `TenancyChange` that makes a thing as it should be."""
    return _WRITTEN[thing.ref.kind](thing)


def removal(ref: EntityRef, node: Answer, reason: str) -> Answer:
    """A `TenancyChange` that takes away what GraphQL told of."""
    if ref.kind is Kind.PROJECT:
        tenant, _, name = ref.id.partition("/")
        return {"removeProject": {"tenant": tenant, "project": name}}
    scope = ("name", "author", "tenantClass", "tenant", "project", "key")
    return {"removeOverride": {"reason": reason, **{part: node[part] for part in scope}}}


def _tier(thing: Thing) -> Answer:
    spec = _of(thing, d.TierSpec)
    allow = [{"kind": aim.kind.name, "id": aim.id} for aim in spec.allow]
    limits = [{"kind": kind.name, "value": str(most)} for kind, most in spec.limits.items()]
    return {"tier": {"id": thing.ref.id, "name": spec.name, "allow": allow, "limits": limits}}


def _class(thing: Thing) -> Answer:
    return {"tenantClass": {"id": thing.ref.id, **_camel(_of(thing, d.ClassRecord))}}


def _tenant(thing: Thing) -> Answer:
    return {"tenant": {"id": thing.ref.id, **_camel(_of(thing, d.TenantRecord))}}


def _project(thing: Thing) -> Answer:
    tenant, _, name = thing.ref.id.partition("/")
    given = _camel(_of(thing, d.ProjectRecord))
    return {"project": {"tenant": tenant, "project": name, **given}}


def _rule(thing: Thing) -> Answer:
    given = _camel(_of(thing, d.Rule))
    given |= {name: given[name].upper() for name in _ENUMS & given.keys()}
    scope = {"tenant": thing.tenant, "tenantClass": thing.tenant_class}
    said = {name: value for name, value in scope.items() if value is not None}
    return {"override": {**given, **said, "author": thing.author.name}}


_WRITTEN: Mapping[Kind, Callable[[Thing], Answer]] = {
    Kind.TIER: _tier,
    Kind.TENANT_CLASS: _class,
    Kind.TENANT: _tenant,
    Kind.PROJECT: _project,
    Kind.OVERRIDE: _rule,
}


def _of(thing: Thing, shape: type[Any]) -> Any:
    assert isinstance(thing.spec, shape)  # noqa: S101 - a thing's kind and its shape go together
    return thing.spec


def _camel(spec: Spec) -> Answer:
    """A record's own fields in GraphQL's spelling; defaults are left out, `require` is as it is."""
    plain = msgspec.to_builtins(spec)
    return {_camel_name(name): value for name, value in plain.items()}


def _camel_name(name: str) -> str:
    head, *rest = name.split("_")
    return head + "".join(each.capitalize() for each in rest)


def _snake(name: str) -> str:
    return "".join(f"_{letter.lower()}" if letter.isupper() else letter for letter in name)


def _lowered(node: Answer) -> Answer:
    """Enums by their values, as files have them."""
    return {
        name: value.lower() if name in _ENUMS and isinstance(value, str) else value
        for name, value in node.items()
    }


def author(node: Answer) -> Author:
    """Whose word a rule is."""
    return Author(node["author"].lower())
