"""What the router answers from: one reference to a snapshot, replaced whole, read without locks."""

from __future__ import annotations

import logging
from collections.abc import Mapping

import msgspec

from routeyard.domain import snapshot as snapshots
from routeyard.domain.errors import Invalid
from routeyard.domain.graph import Graph, Op
from routeyard.domain.health import EndpointHealth
from routeyard.domain.keys import KeyVerifier
from routeyard.domain.snapshot import Snapshot
from routeyard.wire.health import read_state
from routeyard.wire.record import Incoming

log = logging.getLogger(__name__)
KEY_PREFIX = b"key/"


class Current:
    """The newest snapshot, the health overlay of this zone, and the keys.

    Each is replaced by assigning one attribute; a request reads each once and keeps it.
    """

    def __init__(self, zone: str) -> None:
        self._zone = zone
        self.snapshot: Snapshot | None = None
        self.health: Mapping[str, EndpointHealth] = {}
        self.keys: dict[str, KeyVerifier] = {}

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
        """Know a key, or forget it."""
        if not (record.key or b"").startswith(KEY_PREFIX):
            return
        key_id = (record.key or b"")[len(KEY_PREFIX) :].decode(errors="replace")
        if record.value is None:
            self.keys.pop(key_id, None)
            return
        try:
            self.keys[key_id] = msgspec.json.decode(record.value, type=KeyVerifier)
        except msgspec.MsgspecError as fault:
            # A key whose record cannot be read must not go on working under an older one.
            self.keys.pop(key_id, None)
            log.warning("the credential of key %s is not understood: %s", key_id, fault)
