"""The capability graph at one revision, and the changes that lead from one to the next."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from hashlib import blake2b
from typing import Any, cast

import msgspec

from routeyard.domain.catalog import (
    Capability,
    Endpoint,
    Model,
    Naming,
    Offering,
    PrecisionFloor,
    Provider,
    Release,
    Source,
)
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import OutOfStep
from routeyard.domain.layered import layered
from routeyard.domain.overrides import Override
from routeyard.domain.tenancy import Project, Tenant, TenantClass, Tier
from routeyard.domain.value import Value

Entity = (
    Provider
    | Model
    | Release
    | Endpoint
    | Offering
    | Capability
    | PrecisionFloor
    | Source
    | Naming
    | Tier
    | TenantClass
    | Tenant
    | Project
    | Override
)

ENTITY_TYPES: dict[Kind, type[Entity]] = {
    Kind.SOURCE: Source,
    Kind.NAMING: Naming,
    Kind.PROVIDER: Provider,
    Kind.MODEL: Model,
    Kind.RELEASE: Release,
    Kind.ENDPOINT: Endpoint,
    Kind.OFFERING: Offering,
    Kind.CAPABILITY: Capability,
    Kind.PRECISION: PrecisionFloor,
    Kind.TIER: Tier,
    Kind.TENANT_CLASS: TenantClass,
    Kind.TENANT: Tenant,
    Kind.PROJECT: Project,
    Kind.OVERRIDE: Override,
}
_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODERS: dict[Kind, msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(entity) for kind, entity in ENTITY_TYPES.items()
}
_MODULUS = 1 << 128


_NOTHING = msgspec.Raw(b"")


class Op(Value, frozen=True):
    """Put an entity (its canonical JSON), or, without a body, remove it."""

    kind: Kind
    id: str
    body: msgspec.Raw = _NOTHING

    @property
    def is_removal(self) -> bool:
        """True when the entity leaves the graph."""
        return self.body is _NOTHING

    @property
    def ref(self) -> EntityRef:
        """The entity it is about."""
        return EntityRef(self.kind, self.id)


def put(ref: EntityRef, body: bytes) -> Op:
    """The op that puts an entity."""
    return Op(kind=ref.kind, id=ref.id, body=msgspec.Raw(body))


def remove(ref: EntityRef) -> Op:
    """The op that removes one."""
    return Op(kind=ref.kind, id=ref.id)


class Delta(Value, frozen=True):
    """One commit: the graph at `from_revision` becomes the one at `to_revision`.

    `checksum` is that of the result. A delta without ops is never made, but for a commit too
    large for one message, which sets `is_snapshot_only`: followers read the snapshot instead.
    """

    epoch: str
    from_revision: int
    to_revision: int
    ops: tuple[Op, ...]
    checksum: str
    actor: str
    reason: str
    committed_at: datetime
    is_snapshot_only: bool = False


class Graph(Value, frozen=True):
    """Everything that is known at one revision. Never changed in place: `apply` makes another.

    `digests` hold each entity's share of the checksum, taken from the bytes as they came, so
    that fields of a newer version count although this one does not understand them.
    """

    epoch: str
    revision: int
    entities: Mapping[Kind, Mapping[str, Entity]]
    digests: Mapping[EntityRef, int]
    checksum: int

    @property
    def models(self) -> Mapping[str, Model]:
        """By id, like all of these."""
        return cast("Mapping[str, Model]", self.entities[Kind.MODEL])

    @property
    def releases(self) -> Mapping[str, Release]:
        """By id."""
        return cast("Mapping[str, Release]", self.entities[Kind.RELEASE])

    @property
    def endpoints(self) -> Mapping[str, Endpoint]:
        """By id."""
        return cast("Mapping[str, Endpoint]", self.entities[Kind.ENDPOINT])

    @property
    def offerings(self) -> Mapping[str, Offering]:
        """By id."""
        return cast("Mapping[str, Offering]", self.entities[Kind.OFFERING])

    @property
    def capabilities(self) -> Mapping[str, Capability]:
        """By tag."""
        return cast("Mapping[str, Capability]", self.entities[Kind.CAPABILITY])

    @property
    def floors(self) -> Mapping[str, PrecisionFloor]:
        """By task."""
        return cast("Mapping[str, PrecisionFloor]", self.entities[Kind.PRECISION])

    @property
    def sources(self) -> Mapping[str, Source]:
        """By id."""
        return cast("Mapping[str, Source]", self.entities[Kind.SOURCE])

    @property
    def tenants(self) -> Mapping[str, Tenant]:
        """By id."""
        return cast("Mapping[str, Tenant]", self.entities[Kind.TENANT])

    @property
    def classes(self) -> Mapping[str, TenantClass]:
        """By id."""
        return cast("Mapping[str, TenantClass]", self.entities[Kind.TENANT_CLASS])

    @property
    def tiers(self) -> Mapping[str, Tier]:
        """By id."""
        return cast("Mapping[str, Tier]", self.entities[Kind.TIER])

    @property
    def projects(self) -> Mapping[str, Project]:
        """By id."""
        return cast("Mapping[str, Project]", self.entities[Kind.PROJECT])

    @property
    def overrides(self) -> Mapping[str, Override]:
        """By id."""
        return cast("Mapping[str, Override]", self.entities[Kind.OVERRIDE])


def empty(epoch: str) -> Graph:
    """The graph at revision 0."""
    return Graph(
        epoch=epoch, revision=0, entities={kind: {} for kind in Kind}, digests={}, checksum=0
    )


def canonical(entity: Entity) -> bytes:
    """The bytes of an entity: sorted keys, no defaults, decimals as text."""
    return _ENCODER.encode(entity)


def decode(kind: Kind, body: bytes | msgspec.Raw) -> Entity:
    """An entity from its bytes; fields this version does not know are ignored."""
    entity: Entity = _DECODERS[kind].decode(body)
    return entity


def digest(ref: EntityRef, body: bytes | msgspec.Raw) -> int:
    """An entity's share of the checksum: of its key and body only, never of times or revisions."""
    state = blake2b(f"{ref.kind}\0{ref.id}\0".encode(), digest_size=16)
    state.update(body)
    return int.from_bytes(state.digest(), "big")


def checksum_after(checksum: int, gone: Iterable[int], come: Iterable[int]) -> int:
    """The checksum once some digests are replaced by others: a sum, so order does not matter."""
    return (checksum - sum(gone) + sum(come)) % _MODULUS


def write_checksum(checksum: int) -> str:
    """As it stands in deltas, bookmarks and manifests: 32 hexadecimal digits."""
    return f"{checksum:032x}"


def load(epoch: str, revision: int, ops: Iterable[Op]) -> Graph:
    """The graph of a snapshot."""
    return after(empty(epoch), revision, ops)


def apply(graph: Graph, delta: Delta) -> Graph:
    """The graph after a delta.

    Raises:
        OutOfStep: it starts at another revision or epoch, cannot be applied by itself, or does
            not lead to the checksum it promises.
    """
    if (delta.epoch, delta.from_revision) != (graph.epoch, graph.revision):
        raise OutOfStep(
            f"The delta starts at revision {delta.from_revision} and this graph is at "
            f"{graph.revision}; a snapshot has to be read."
        )
    if delta.is_snapshot_only:
        raise OutOfStep(f"Revision {delta.to_revision} is published as a snapshot only.")
    result = after(graph, delta.to_revision, delta.ops)
    if write_checksum(result.checksum) != delta.checksum:
        raise OutOfStep(
            f"The checksum after revision {delta.to_revision} differs from the registry's."
        )
    return result


def after(graph: Graph, revision: int, ops: Iterable[Op]) -> Graph:
    """The graph with ops carried out, at a revision, whatever it was before."""
    # Among several ops about one entity the last counts.
    last = {op.ref: op for op in ops}
    changed: dict[Kind, dict[str, Entity | None]] = {}
    digests: dict[EntityRef, int | None] = {}
    for ref, op in last.items():
        entity = None if op.is_removal else decode(op.kind, op.body)
        changed.setdefault(op.kind, {})[op.id] = entity
        digests[ref] = None if op.is_removal else digest(ref, op.body)
    return Graph(
        epoch=graph.epoch,
        revision=revision,
        entities={
            kind: layered(held).changed(changed[kind]) if kind in changed else held
            for kind, held in graph.entities.items()
        },
        digests=layered(graph.digests).changed(digests),
        checksum=checksum_after(
            graph.checksum,
            (graph.digests.get(ref, 0) for ref in last),
            (each for each in digests.values() if each is not None),
        ),
    )
