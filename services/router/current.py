"""What the router answers from: one reference to a snapshot, replaced whole, read without locks."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import TypeVar

from routeyard.domain import snapshot as snapshots
from routeyard.domain.errors import Invalid
from routeyard.domain.graph import Graph, Op
from routeyard.domain.health import EndpointHealth
from routeyard.domain.keys import KeyVerifier
from routeyard.domain.snapshot import Snapshot
from routeyard.wire import credential
from routeyard.wire.credential import EndpointCredential, EndpointTold, KeyTold
from routeyard.wire.health import read_state
from routeyard.wire.record import Incoming

log = logging.getLogger(__name__)
T = TypeVar("T")


class Current:
    """The newest snapshot, the health overlay of this zone, the keys, and sealed secrets.

    Each is replaced by assigning one attribute; a request reads each once and keeps it.
    """

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self.snapshot: Snapshot | None = None
        self.health: Mapping[str, EndpointHealth] = {}
        self.keys: dict[str, KeyVerifier] = {}
        self.secrets: dict[str, EndpointCredential] = {}

    def take_graph(self, graph: Graph, ops: tuple[Op, ...] | None) -> None:
        """Answer from this graph from now on."""
        held = self.snapshot
        if ops is None or held is None or held.epoch != graph.epoch:
            self.snapshot = snapshots.compile(graph)
        else:
            self.snapshot = snapshots.advance(held, graph, ops)

    def take_health(self, record: Incoming) -> None:
        """Overlay a state; a tombstone takes one away. Another zone's is none of ours."""
        endpoint, _, zone = (record.key or b"").decode(errors="replace").rpartition("/")
        if zone not in (self._zone, "any"):
            return
        try:
            state = read_state(record)
        except Invalid as fault:
            log.warning("%s", fault.message)
            return
        states = dict(self.health)
        held = states.get(endpoint)
        if state is None:
            states.pop(endpoint, None)
        elif held is None or state.observed_at >= held.observed_at:
            states[endpoint] = state
        self.health = states

    def take_credential(self, record: Incoming) -> None:
        """Know a key or an endpoint's secret, or forget it."""
        match credential.read(record):
            case KeyTold(key_id, verifier, fault):
                _put(self.keys, key_id, verifier)
            case EndpointTold(endpoint, sealed, fault):
                _put(self.secrets, endpoint, sealed)
            case None:
                return
        if fault is not None:
            log.warning("the credential %s is not understood: %s", record.key, fault)


def _put(held: dict[str, T], name: str, value: T | None) -> None:
    if value is None:
        held.pop(name, None)
    else:
        held[name] = value
