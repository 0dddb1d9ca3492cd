"""Changes of tenancy that are ordered together: what each is about, and what it comes to."""

from collections.abc import Iterator
from typing import NamedTuple

from msgspec import structs

from routeyard.domain import events
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import Invalid, InvalidRequest
from routeyard.domain.graph import Entity
from routeyard.domain.tenancy import Project, Tenant, TenantClass, Tier
from routeyard.domain.validation import Finding

Given = (
    events.TierDefined
    | events.TenantClassDefined
    | events.TenantRegistered
    | events.ProjectRegistered
    | events.TenantOverridden
    | events.PlatformOverridden
)
Taken = (
    events.TierRemoved
    | events.TenantClassRemoved
    | events.ProjectRemoved
    | events.TenantOverrideRemoved
    | events.PlatformOverrideRemoved
)
# What is said of a rule, as opposed to of a record of the platform's.
Rule = (
    events.TenantOverridden
    | events.PlatformOverridden
    | events.TenantOverrideRemoved
    | events.PlatformOverrideRemoved
)


class Change(NamedTuple):
    """One of many; `path` names it to whoever sent it, e.g. `changes.17.override`."""

    said: Given | Taken
    path: str

    @property
    def ref(self) -> EntityRef:
        """The entity that it is about."""
        return about(self.said)

    def fault(self, fault: Invalid) -> Invalid:
        """A fault of this change: its field is named with the way to it."""
        field = fault.fields.get("field")
        path = f"{self.path}.{field}" if field else self.path
        return type(fault)(fault.message, **{**fault.fields, "field": path})

    def nonsense(self) -> InvalidRequest | None:
        """What cannot be right about it whatever there is."""
        found = events.faults(self.said)
        if not found:
            return None
        fault = InvalidRequest(
            f"The change makes no sense: {'; '.join(found)}.", field=_field_in(found[0], self.said)
        )
        return InvalidRequest(fault.message, field=self.fault(fault).fields["field"])

    def finding(self, fault: Invalid) -> Finding:
        """A fault of this change, as dry runs tell it."""
        field = str(fault.fields.get("field") or self.path)
        return Finding(ref=self.ref, field=field, message=fault.message, is_final=False)


def about(said: Given | Taken) -> EntityRef:
    """The entity that a change is about."""
    match said:
        case events.TierDefined() | events.TierRemoved():
            return EntityRef(Kind.TIER, said.tier)
        case events.TenantClassDefined() | events.TenantClassRemoved():
            return EntityRef(Kind.TENANT_CLASS, said.tenant_class)
        case events.TenantRegistered():
            return EntityRef(Kind.TENANT, said.tenant)
        case events.ProjectRegistered() | events.ProjectRemoved():
            return EntityRef(Kind.PROJECT, f"{said.tenant}/{said.project}")
        case _:
            return EntityRef(Kind.OVERRIDE, events.overridden(said))


def outcome(said: Given | Taken) -> Entity | None:
    """The entity that a change comes to; None when it takes it away."""
    match said:
        case events.TierDefined():
            return Tier(id=said.tier, name=said.name, allow=said.allow, limits=said.limits)
        case events.TenantClassDefined():
            fields = structs.asdict(said)
            return TenantClass(id=fields.pop("tenant_class"), **fields)
        case events.TenantRegistered():
            fields = structs.asdict(said)
            return Tenant(id=fields.pop("tenant"), **fields)
        case events.ProjectRegistered():
            return Project(
                id=about(said).id, tenant=said.tenant, name=said.name, residency=said.residency
            )
        case events.TenantOverridden() | events.PlatformOverridden():
            return events.override_of(said)
        case _:
            return None


def asked_about(said: Given | Taken) -> Iterator[EntityRef]:
    """The entities whose presence decides whether a change may be."""
    yield about(said)
    for kind, field in (
        (Kind.TIER, "tier"),
        (Kind.TENANT_CLASS, "tenant_class"),
        (Kind.TENANT, "tenant"),
    ):
        if (name := getattr(said, field, None)) is not None:
            yield EntityRef(kind, name)
    if isinstance(said, Rule) and said.project is not None:
        yield EntityRef(Kind.PROJECT, f"{said.tenant}/{said.project}")


def _field_in(fault: str, said: Given | Taken) -> str | None:
    """The field that a sentence is about: it begins with it, or ends in what is needed."""
    first = fault.split(maxsplit=1)[0].partition(".")[0]
    last = fault.rpartition(" needs ")[2]
    known = {field.name for field in structs.fields(said)}
    name = next((each for each in (last, first) if each in known), None)
    if name is None:
        return None
    head, *rest = name.split("_")
    return head + "".join(each.capitalize() for each in rest)
