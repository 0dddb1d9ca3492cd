"""Deltas, checksums, and a follower's fold of the log."""

from typing import Any

import msgspec
import pytest

from routeyard.domain import graph as graphs
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import OutOfStep
from routeyard.domain.graph import Delta, Graph, Op
from routeyard.follow.replica import advance
from routeyard.wire import graphlog
from routeyard.wire.record import Incoming, Outgoing, Position
from routeyard.wire.topics import Topics
from tests.builders import at
from tests.domain.worlds import World, after

PROVIDER = EntityRef(Kind.PROVIDER, "a")
EMPTY = graphs.empty("e")


def put(name: str = "A") -> Op:
    return graphs.put(PROVIDER, b'{"id":"a","name":"%s"}' % name.encode())


def delta(graph: Graph, *ops: Op, **changed: Any) -> Delta:
    result = graphs.checksum_after(
        graph.checksum,
        [graph.digests.get(op.ref, 0) for op in ops],
        [graphs.digest(op.ref, op.body) for op in ops if not op.is_removal],
    )
    made = Delta(
        epoch=graph.epoch,
        from_revision=graph.revision,
        to_revision=graph.revision + 1,
        ops=ops,
        checksum=graphs.write_checksum(result),
        actor="t",
        reason="t",
        committed_at=at(),
    )
    return msgspec.structs.replace(made, **changed)


def bookmark(graph: Graph, **changed: Any) -> graphlog.Bookmark:
    made = graphlog.Bookmark(
        epoch=graph.epoch,
        revision=graph.revision,
        checksum=graphs.write_checksum(graph.checksum),
        at=at(),
    )
    return msgspec.structs.replace(made, **changed)


def test_a_delta_leads_to_the_next_revision_and_leaves_the_old_one_alone() -> None:
    first = advance(EMPTY, delta(EMPTY, put()))
    second = advance(first, delta(first, put("B")))
    third = advance(second, delta(second, graphs.remove(PROVIDER)))

    assert [g.revision for g in (first, second, third)] == [1, 2, 3]
    assert graphs.canonical(first.entities[Kind.PROVIDER]["a"]) == b'{"id":"a","name":"A"}'
    assert graphs.canonical(second.entities[Kind.PROVIDER]["a"]) == b'{"id":"a","name":"B"}'
    assert not third.entities[Kind.PROVIDER]
    assert third.checksum == EMPTY.checksum


def test_a_repeated_delta_changes_nothing() -> None:
    once = advance(EMPTY, delta(EMPTY, put()))

    assert advance(once, delta(EMPTY, put())) is once


@pytest.mark.parametrize(
    "said",
    [
        pytest.param(delta(EMPTY, put(), from_revision=1, to_revision=2), id="a gap"),
        pytest.param(delta(EMPTY, put(), epoch="other"), id="another epoch"),
        pytest.param(delta(EMPTY, put(), checksum="0" * 32), id="a wrong checksum"),
        pytest.param(delta(EMPTY, is_snapshot_only=True), id="too large for the log"),
        pytest.param(bookmark(EMPTY, revision=1), id="a bookmark ahead"),
        pytest.param(bookmark(EMPTY, checksum="1" * 32), id="a bookmark of another graph"),
        pytest.param(bookmark(EMPTY, epoch="other"), id="a bookmark of another epoch"),
    ],
)
def test_a_lost_place_is_noticed(said: Delta | graphlog.Bookmark) -> None:
    with pytest.raises(OutOfStep):
        advance(EMPTY, said)


def test_an_older_bookmark_says_nothing_new() -> None:
    once = advance(EMPTY, delta(EMPTY, put()))

    assert advance(once, bookmark(EMPTY)) is once


def test_fields_of_a_newer_version_count_in_the_checksum() -> None:
    newer = graphs.put(PROVIDER, b'{"id":"a","name":"A","added_later":1}')

    assert (
        advance(EMPTY, delta(EMPTY, newer)).checksum != advance(EMPTY, delta(EMPTY, put())).checksum
    )


def stored(records: list[Outgoing]) -> list[Incoming]:
    return [
        Incoming(Position(r.topic, 0, n), r.key, r.value, r.headers) for n, r in enumerate(records)
    ]


def snapshot_records(graph: Graph) -> tuple[graphlog.Manifest, list[Incoming]]:
    ops = [
        graphs.put(EntityRef(kind, name), graphs.canonical(entity))
        for kind, entities in graph.entities.items()
        for name, entity in entities.items()
    ]
    manifest = graphlog.Manifest(
        snapshot=f"s{graph.revision}",
        epoch=graph.epoch,
        revision=graph.revision,
        checksum=graphs.write_checksum(graph.checksum),
        chunks=0,
        sha256="",
        log_offset=0,
        made_at=at(),
    )
    complete, records = graphlog.write_snapshot(manifest, ops, Topics())
    return complete, stored(records)


def test_a_snapshot_is_the_graph_it_was_made_of() -> None:
    graph = World(3).graph()
    manifest, records = snapshot_records(graph)

    assert graphlog.newest_manifest(records) == manifest
    assert graphlog.read_snapshot(manifest, records) == graph


def test_a_snapshot_that_is_being_replaced_is_not_read() -> None:
    world = World(3)
    graph = world.graph()
    manifest, records = snapshot_records(graph)
    _, newer = snapshot_records(after(graph, world.change()))

    with pytest.raises(OutOfStep, match="incomplete"):
        graphlog.read_snapshot(manifest, [*newer[:1], *records[1:]])


def test_the_log_carries_what_was_said() -> None:
    said = delta(EMPTY, put(), graphs.remove(EntityRef(Kind.MODEL, "m")))
    [record] = stored([graphlog.write_delta(msgspec.json.encode(said), Topics())])

    assert advance(EMPTY, graphlog.read(record)) == advance(EMPTY, said)
