"""Folding the graph log: pure, and sure to notice when it has lost its place."""

from __future__ import annotations

from routeyard.domain import graph as graphs
from routeyard.domain.errors import OutOfStep
from routeyard.domain.graph import Delta, Graph
from routeyard.wire.graphlog import Bookmark


def advance(graph: Graph, said: Delta | Bookmark) -> Graph:
    """The graph after a log record; the same graph when the record says nothing new.

    Raises:
        OutOfStep: records were missed, the epoch changed, or the checksums differ: a snapshot
            has to be read.
    """
    if said.epoch != graph.epoch:
        raise OutOfStep(f"The registry is at epoch {said.epoch} and this graph at {graph.epoch}.")
    return _check(graph, said) if isinstance(said, Bookmark) else _fold(graph, said)


def _fold(graph: Graph, delta: Delta) -> Graph:
    return graph if delta.to_revision <= graph.revision else graphs.apply(graph, delta)


def _check(graph: Graph, bookmark: Bookmark) -> Graph:
    if bookmark.revision > graph.revision:
        raise OutOfStep(
            f"Revision {bookmark.revision} was published and {graph.revision} is the newest here."
        )
    is_same = bookmark.checksum == graphs.write_checksum(graph.checksum)
    if bookmark.revision == graph.revision and not is_same:
        raise OutOfStep(f"The graph at revision {graph.revision} differs from the registry's.")
    return graph
