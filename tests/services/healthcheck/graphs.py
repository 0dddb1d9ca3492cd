"""Small graphs, as a registry would have published them."""

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from routeyard.domain import graph as graphs
from routeyard.domain.catalog import Endpoint, Source
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.graph import Delta, Graph, Op, canonical, put, remove
from routeyard.wire.graphlog import Manifest, write_delta, write_snapshot
from routeyard.wire.record import Outgoing
from routeyard.wire.topics import Topics

EPOCH = "epoch"
NOON = datetime(2026, 6, 1, 12, tzinfo=UTC)
OBSERVED, DECLARED = "routeyard.endpoint.observed.v1", "routeyard.endpoint.health-declared.v1"
SOURCES = (
    Source(id="healthcheck", rank=50, types=(OBSERVED,)),
    Source(id="dev", rank=70, types=(OBSERVED, DECLARED)),
    Source(id="mute", rank=10, types=("routeyard.model.released.v1",)),
)


def endpoint(
    id: str = "mine", url: str | None = "http://127.0.0.1:8009/v1", **more: object
) -> Endpoint:
    fields = {"provider": "me", "keyless": True, **more}
    return msgspec.convert({"id": id, "url": url, **fields}, Endpoint)


def ops(*entities: Endpoint | Source) -> tuple[Op, ...]:
    kinds = {Endpoint: Kind.ENDPOINT, Source: Kind.SOURCE}
    return tuple(put(EntityRef(kinds[type(e)], e.id), canonical(e)) for e in entities)


def graph(*entities: Endpoint | Source, revision: int = 1) -> Graph:
    return graphs.load(EPOCH, revision, ops(*entities))


def snapshot(topics: Topics, *entities: Endpoint | Source) -> list[Outgoing]:
    """The records that announce a graph at revision 1."""
    manifest = Manifest(
        snapshot="1",
        epoch=EPOCH,
        revision=1,
        checksum=graphs.write_checksum(graph(*entities).checksum),
        chunks=0,
        sha256="",
        log_offset=0,
        made_at=NOON,
    )
    return write_snapshot(manifest, ops(*entities), topics)[1]


def delta(topics: Topics, held: Graph, changes: Sequence[Op]) -> tuple[Graph, Outgoing]:
    """The next graph, and the record that leads to it."""
    draft = Delta(
        epoch=held.epoch,
        from_revision=held.revision,
        to_revision=held.revision + 1,
        ops=tuple(changes),
        checksum="",
        actor="test",
        reason="test",
        committed_at=NOON,
        is_snapshot_only=False,
    )
    entities = [e for kind in held.entities.values() for e in kind.values()]
    gone = {op.ref for op in changes}
    kept = ops(*(e for e in entities if _ref(e) not in gone))  # type: ignore[arg-type]
    result = graphs.load(
        held.epoch, draft.to_revision, [*kept, *(op for op in changes if not op.is_removal)]
    )
    checksum = graphs.write_checksum(result.checksum)
    body = msgspec.json.encode(msgspec.structs.replace(draft, checksum=checksum))
    return result, write_delta(body, topics)


def removal(endpoint_id: str) -> Op:
    return remove(EntityRef(Kind.ENDPOINT, endpoint_id))


def _ref(entity: object) -> EntityRef:
    kind = Kind.ENDPOINT if isinstance(entity, Endpoint) else Kind.SOURCE
    return EntityRef(kind, entity.id)  # type: ignore[attr-defined]
