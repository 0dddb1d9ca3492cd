"""The states as they are folded here, beside what was told of them."""

from __future__ import annotations

import logging
from collections.abc import Collection, Iterable
from datetime import datetime

from routeyard.domain.errors import Invalid
from routeyard.domain.health import EndpointHealth
from routeyard.wire.health import key_of, read_state
from routeyard.wire.record import Incoming
from services.healthcheck.fold import Known, Outcome

log = logging.getLogger(__name__)


class States:
    """Kept in memory, restored from the topic they are told on, which other replicas write too."""

    def __init__(self) -> None:
        self._folded: dict[str, EndpointHealth] = {}
        self._told: dict[str, EndpointHealth] = {}

    @property
    def known(self) -> Known:
        """What new events are folded into."""
        return Known(self._folded, self._told)

    def restore(self, record: Incoming) -> None:
        """Take over what was told, unless something newer is known."""
        try:
            health = read_state(record)
        except Invalid as fault:
            log.warning("%s", fault.message)
            return
        if health is None:
            self.forget([(record.key or b"").decode(errors="replace")])
        else:
            key = key_of(health.endpoint, health.zone)
            _keep_newest(self._told, key, health)
            _keep_newest(self._folded, key, health)

    def take(self, outcome: Outcome) -> None:
        """Take over what a batch came to, once it is told."""
        for key, health in outcome.folded.items():
            _keep_newest(self._folded, key, health)
        for health in outcome.to_tell:
            _keep_newest(self._told, key_of(health.endpoint, health.zone), health)

    def forget(self, keys: Iterable[str]) -> None:
        """Let go of states."""
        for key in keys:
            self._folded.pop(key, None)
            self._told.pop(key, None)

    def orphans(
        self, present: Collection[str], removed: Collection[str], now: datetime
    ) -> list[EndpointHealth]:
        """States of endpoints that are not in the graph.

        Those of removed ones at once; those of others, which may only be new, once they expired.
        """
        return [
            health
            for health in self._folded.values()
            if health.endpoint not in present
            and (health.endpoint in removed or now >= health.expires_at)
        ]


def _keep_newest(states: dict[str, EndpointHealth], key: str, health: EndpointHealth) -> None:
    # Two states of one moment differ when a declaration came later than a newer look.
    held = states.get(key)
    if held is None or _age(health) >= _age(held):
        states[key] = health


def _age(health: EndpointHealth) -> tuple[float, float]:
    declared = health.declared_at.timestamp() if health.declared_at else 0.0
    return health.observed_at.timestamp(), declared
