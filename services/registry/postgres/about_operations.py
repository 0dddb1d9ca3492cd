"""How endpoints are, how far topics are read, and who committed what."""

from collections.abc import Mapping, Sequence

import msgspec

from routeyard.domain.health import EndpointHealth, HealthState
from services.registry.postgres import audit, queries
from services.registry.postgres.look import OneLook
from services.registry.postgres.sight import Look
from services.registry.reads import Committed, Reached, StateChange

_HEALTH = msgspec.json.Decoder(EndpointHealth)


class AboutOperations(OneLook):
    """A part of `services.registry.reads.Reading`."""

    async def health(self, endpoints: Sequence[str]) -> Mapping[str, Sequence[EndpointHealth]]:
        """The last known states of endpoints that are seen, by zone."""
        states: dict[str, list[EndpointHealth]] = {endpoint: [] for endpoint in endpoints}
        for row in await self._fetch(queries.health(Look(self._viewer), list(endpoints))):
            states[row.endpoint].append(_HEALTH.decode(row.body))
        return states

    async def health_history(self, endpoint: str, first: int) -> Sequence[StateChange]:
        """When an endpoint that is seen changed its state, newest first."""
        found = await self._fetch(queries.health_history(Look(self._viewer), endpoint, first))
        return [
            StateChange(row.zone, HealthState(row.state), row.since, row.reason) for row in found
        ]

    async def consumed(self) -> Sequence[Reached]:
        """How far every topic is taken over."""
        return [
            Reached(r.topic, r.partition, r.next_offset)
            for r in await self._for_operators(audit.consumed())
        ]

    async def commits(self, first: int, before: int | None) -> Sequence[Committed]:
        """The audit of commits before a revision, newest first."""
        found = await self._for_operators(audit.commits(first, before))
        return [Committed(r.revision, r.actor, r.reason, r.ops, r.committed_at) for r in found]
