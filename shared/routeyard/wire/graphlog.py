"""The graph on its way to followers: deltas and bookmarks on the log, snapshots in chunks."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from hashlib import sha256

import msgspec
import zstandard

from routeyard.domain import graph
from routeyard.domain.errors import InvalidEvent, NotUnderstood, OutOfStep
from routeyard.domain.graph import Delta, Graph, Op
from routeyard.domain.value import Value
from routeyard.wire.record import Incoming, Outgoing
from routeyard.wire.topics import Carries, Topics

LOG_KEY = b"g"
MANIFEST_KEY = b"manifest"
CHUNK_BYTES = 700_000
MAX_SNAPSHOT_BYTES = 1 << 30
_DELTA, _BOOKMARK = "routeyard.graph.delta.v1", "routeyard.graph.bookmark.v1"
_MANIFEST, _CHUNK = "routeyard.graph.manifest.v1", "routeyard.graph.chunk.v1"


class Bookmark(Value, frozen=True):
    """Where the registry stands, said every second: proof of life, and a check on followers."""

    epoch: str
    revision: int
    checksum: str
    at: datetime


class Manifest(Value, frozen=True):
    """What a snapshot consists of. The log from `log_offset` on leads on from `revision`."""

    snapshot: str
    epoch: str
    revision: int
    checksum: str
    chunks: int
    sha256: str
    log_offset: int
    made_at: datetime


def write_delta(delta: bytes, topics: Topics) -> Outgoing:
    """The log record of an encoded delta."""
    return _record(topics.name(Carries.GRAPH_LOG), LOG_KEY, _DELTA, delta)


def write_bookmark(bookmark: Bookmark, topics: Topics) -> Outgoing:
    """The log record of a bookmark."""
    return _record(
        topics.name(Carries.GRAPH_LOG), LOG_KEY, _BOOKMARK, msgspec.json.encode(bookmark)
    )


def read(record: Incoming) -> Delta | Bookmark:
    """What a log record says.

    Raises:
        NotUnderstood: of a type that a newer registry writes.
        InvalidEvent: its bytes are not what its type promises.
    """
    shape = {_DELTA: Delta, _BOOKMARK: Bookmark}.get(record.header("ce_type") or "")
    if shape is None:
        raise NotUnderstood(f"The log record at {record.position.offset} is of a newer version.")
    try:
        said: Delta | Bookmark = msgspec.json.decode(record.value or b"", type=shape)
    except msgspec.MsgspecError as fault:
        raise InvalidEvent(
            f"The log record at {record.position.offset} is damaged: {fault}."
        ) from None
    return said


def write_snapshot(
    manifest: Manifest, ops: Iterable[Op], topics: Topics
) -> tuple[Manifest, list[Outgoing]]:
    """The manifest, completed, and all records of a snapshot, the manifest's last."""
    packed = zstandard.compress(msgspec.json.encode(list(ops)), 3)
    pieces = [packed[i : i + CHUNK_BYTES] for i in range(0, len(packed), CHUNK_BYTES)]
    complete = msgspec.structs.replace(
        manifest, chunks=len(pieces), sha256=sha256(packed).hexdigest()
    )
    topic = topics.name(Carries.GRAPH_SNAPSHOT)
    records = [
        _record(topic, b"chunk/%d" % index, _CHUNK, piece, ry_snapshot=manifest.snapshot)
        for index, piece in enumerate(pieces)
    ]
    return complete, [
        *records,
        _record(topic, MANIFEST_KEY, _MANIFEST, msgspec.json.encode(complete)),
    ]


def newest_manifest(records: Sequence[Incoming]) -> Manifest | None:
    """The last manifest among the records of the snapshot topic."""
    found = [r for r in records if r.key == MANIFEST_KEY and r.value]
    return msgspec.json.decode(found[-1].value or b"", type=Manifest) if found else None


def read_snapshot(manifest: Manifest, records: Sequence[Incoming]) -> Graph:
    """The graph of a snapshot.

    Raises:
        OutOfStep: chunks are missing or of another snapshot (it is being replaced), or the
            checksums do not agree.
    """
    chunks = {
        record.key: record.value
        for record in records
        if record.value is not None and record.header("ry_snapshot") == manifest.snapshot
    }
    packed = b"".join(chunks.get(b"chunk/%d" % index, b"") for index in range(manifest.chunks))
    if sha256(packed).hexdigest() != manifest.sha256:
        raise OutOfStep(
            f"The snapshot of revision {manifest.revision} is incomplete; it is read again."
        )
    body = zstandard.decompress(packed, max_output_size=MAX_SNAPSHOT_BYTES)
    result = graph.load(
        manifest.epoch, manifest.revision, msgspec.json.decode(body, type=tuple[Op, ...])
    )
    if graph.write_checksum(result.checksum) != manifest.checksum:
        raise OutOfStep(
            f"The snapshot of revision {manifest.revision} does not add up to its checksum."
        )
    return result


def _record(topic: str, key: bytes, record_type: str, value: bytes, **more: str) -> Outgoing:
    headers = {"ce_type": record_type, **more}
    return Outgoing(topic, key, value, tuple((n, t.encode()) for n, t in headers.items()))
