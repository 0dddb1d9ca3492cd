"""What a folder of files declares, thing by thing, each with the place where it stands."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec

from routeyard.domain.catalog import Mode
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.overrides import Author, OverrideKind, override_id
from routeyard.domain.tenancy import LimitKind, TargetKind
from services.registry import marked
from services.registry.marked import Marked, Misplaced, Path_, Place
from services.registry.tenants import documents as d

SUFFIXES = frozenset({".yaml", ".yml", ".json"})
MOST_FAULTS = 20
Spec = d.TierSpec | d.ClassRecord | d.TenantRecord | d.ProjectRecord | d.Rule


class Thing(NamedTuple):
    """One entity as it should be. A rule's `author` and `scope` say whose it is, and for whom."""

    ref: EntityRef
    spec: Spec
    place: Place
    author: Author = Author.PLATFORM
    tenant_class: str | None = None
    tenant: str | None = None


class Lists(NamedTuple):
    """The lists that a document states in full: what is not in them may be pruned."""

    projects: bool = False
    overrides: bool = False
    own_overrides: bool = False


class Declared(NamedTuple):
    """All that a folder says. `tenants` and `classes` are named in it, with their lists."""

    things: dict[EntityRef, Thing]
    tenants: dict[str, Lists]
    classes: dict[str, Lists]
    has_platform: bool
    places: dict[EntityRef, Place]


def read_folder(sources: Iterable[Path]) -> Declared:
    """Everything in files and folders.

    Raises:
        InvalidRequest: naming every fault with its file, line and column.
    """
    gathered = _Gathered()
    for file in _files(sources):
        try:
            for document in marked.read(file, _text(file)):
                gathered.take(document)
        except InvalidRequest as fault:
            gathered.faults.append(fault.message)
    return gathered.finished()


def require_tenants(declared: Declared, held: Collection[EntityRef]) -> None:
    """Refuse tenants that are neither there nor stated with their record.

    Raises:
        Misplaced: naming the first of them.
    """
    for name in declared.tenants:
        ref = EntityRef(Kind.TENANT, name)
        if ref not in held and ref not in declared.things:
            raise Misplaced(
                declared.places[ref],
                f"there is no tenant {name} yet; give it a name (spec.name) to let it join.",
            )


def _files(sources: Iterable[Path]) -> Iterator[Path]:
    found = False
    for source in sources:
        if not source.exists():
            raise InvalidRequest(f"There is no {source}; name a file or a folder of files.")
        inside = sorted(source.rglob("*")) if source.is_dir() else [source]
        for file in inside:
            is_hidden = any(part.startswith(".") for part in file.relative_to(source).parts)
            if file.suffix in SUFFIXES and file.is_file() and not is_hidden:
                found = True
                yield file
    if not found:
        raise InvalidRequest("There is no .yaml, .yml or .json file there; nothing was compared.")


def _text(file: Path) -> str:
    try:
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as fault:
        raise InvalidRequest(f"{file}: it cannot be read ({fault}).") from None


class _Gathered:
    """Takes documents in, one after the other, and notes what is wrong with them."""

    def __init__(self) -> None:
        self._things: dict[EntityRef, Thing] = {}
        self._places: dict[EntityRef, Place] = {}
        self._tenants: dict[str, Lists] = {}
        self._classes: dict[str, Lists] = {}
        self._has_platform = False
        self.faults: list[str] = []

    def take(self, document: Marked) -> None:
        try:
            found = _document(document)
        except Misplaced as fault:
            self.faults.append(fault.message)
            return
        name = found.metadata.name
        match found:
            case d.TierDocument(spec=spec):
                self._put(Thing(EntityRef(Kind.TIER, name), spec, document.place(())))
            case d.ClassDocument(spec=spec):
                self._take_class(name, spec, document)
            case d.TenantDocument(spec=spec):
                self._take_tenant(name, spec, document)
            case d.PlatformDocument(spec=spec):
                self._has_platform = True
                self._rules(spec.overrides, document, "overrides", Author.PLATFORM)

    def finished(self) -> Declared:
        if self.faults:
            more = len(self.faults) - MOST_FAULTS
            shown = [*self.faults[:MOST_FAULTS], *([f"… and {more} more."] if more > 0 else [])]
            raise InvalidRequest("\n".join(shown))
        return Declared(
            self._things, self._tenants, self._classes, self._has_platform, self._places
        )

    def _take_class(self, name: str, spec: d.TenantClassSpec, document: Marked) -> None:
        self._classes[name] = Lists(overrides=spec.overrides is not None)
        record = d.ClassRecord(name=spec.name, tier=spec.tier, residency=spec.residency)
        self._put(Thing(EntityRef(Kind.TENANT_CLASS, name), record, document.place(())))
        rules = spec.overrides or ()
        self._rules(rules, document, "overrides", Author.PLATFORM, tenant_class=name)

    def _take_tenant(self, name: str, spec: d.TenantSpec, document: Marked) -> None:
        lists = (spec.projects, spec.overrides, spec.own_overrides)
        ref, place = EntityRef(Kind.TENANT, name), document.place(())
        if name in self._tenants:
            self.faults.append(_twice(ref, place, self._places[ref]))
        self._tenants[name] = Lists(*(each is not None for each in lists))
        self._places.setdefault(ref, place)
        record = _record(spec)
        if isinstance(record, str):
            self.faults.append(f"{document.place(('spec',))}: {record}")
        elif record is not None:
            self._things[ref] = Thing(ref, record, place)
        for number, project in enumerate(spec.projects or ()):
            self._put(
                Thing(
                    EntityRef(Kind.PROJECT, f"{name}/{project.project}"),
                    d.ProjectRecord(name=project.name, residency=project.residency),
                    document.place(("spec", "projects", number)),
                    tenant=name,
                )
            )
        self._rules(spec.overrides or (), document, "overrides", Author.PLATFORM, tenant=name)
        self._rules(spec.own_overrides or (), document, "own_overrides", Author.TENANT, tenant=name)

    def _rules(
        self, rules: Iterable[d.Rule], document: Marked, field: str, author: Author, **scope: str
    ) -> None:
        for number, rule in enumerate(rules):
            within = {part: getattr(rule, part, None) for part in ("project", "key")}
            ref = EntityRef(Kind.OVERRIDE, override_id(author, rule.name, **scope, **within))
            place = document.place(("spec", field, number))
            self._put(Thing(ref, rule, place, author, **scope))

    def _put(self, thing: Thing) -> None:
        if (other := self._things.get(thing.ref)) is not None:
            self.faults.append(_twice(thing.ref, thing.place, other.place))
        self._things[thing.ref] = thing
        self._places[thing.ref] = thing.place


def _twice(ref: EntityRef, place: Place, other: Place) -> str:
    what = ref.kind.replace("_", " ")
    return f"{place}: the {what} {ref.id} is at {other}, too; leave one of them out."


def _record(spec: d.TenantSpec) -> d.TenantRecord | str | None:
    """A tenant's record; None when the file leaves it alone, a sentence when it is half there."""
    fields: dict[str, Any] = {
        name: getattr(spec, name) for name in d.TenantRecord.__struct_fields__
    }
    if spec.name is not None:
        return d.TenantRecord(**fields)
    if d.TenantRecord(**fields | {"name": ""}) == d.TenantRecord(name=""):
        return None
    return "name is missing: a tenant's record is stated as a whole, or not at all."


def _document(document: Marked) -> d.Document:
    """A document.

    Raises:
        Misplaced: it is none.
    """
    value: Any = document.value
    _require_kind(document)
    kinds: Any = d.Document
    try:
        found: d.Document = msgspec.convert(value, kinds, strict=True)
    except msgspec.ValidationError as fault:
        said, path = marked.path_in(str(fault))
        raise Misplaced(_key_place(document, said, path), _sentence(said, path)) from None
    return found


def _require_kind(document: Marked) -> None:
    value, at = document.value, document.place(())
    if not isinstance(value, dict):
        raise Misplaced(at, "this is no document; begin with apiVersion, kind, metadata, spec.")
    if value.get("apiVersion") != d.VERSION:
        raise Misplaced(document.place(("apiVersion",)), f"apiVersion must be {d.VERSION}.")
    if value.get("kind") not in d.KINDS:
        kinds = ", ".join(d.KINDS)
        raise Misplaced(
            document.place(("kind",)), f"kind is {value.get('kind')!r}; it is one of {kinds}."
        )


def _key_place(document: Marked, said: str, path: Path_) -> Place:
    """Where the fault lies: at the unknown field itself where msgspec names it."""
    if said.startswith("Object contains unknown field `"):
        return document.place((*path, said.split("`")[1]))
    return document.place(path)


def _sentence(said: str, path: Path_) -> str:
    name, parts = ".".join(str(step) for step in path) or "the document", said.split("`")
    if said.startswith("Object contains unknown field"):
        return f"{name} has no field {parts[1]}; see docs/contract/tenancy.schema.json."
    if said.startswith("Object missing required field"):
        return f"{name} needs {parts[1]}; add it."
    if said.startswith("Invalid enum value"):
        value = said.removeprefix("Invalid enum value ")
        return f"{name}: {value} is not known; it is one of {', '.join(_words_for(path))}."
    if said.startswith("Expected `") and len(parts) > 3:  # noqa: PLR2004 - what, and what else
        return f"{name} must be {parts[1]}, and is {parts[3]}."
    return f"{name}: {said[:1].lower()}{said[1:]}."


def _words_for(path: Path_) -> Iterable[str]:
    """The words that may stand at a place."""
    if "limits" in path or path[-1] == "limit":
        return list(LimitKind)
    if "allow" in path or path[-1] == "target_kind":
        return list(TargetKind)
    return list(OverrideKind if path[-1] == "kind" else Mode)
