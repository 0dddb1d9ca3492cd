"""Asking healthcheck to look at an endpoint, and waiting for what it saw.

The registry itself never connects to an endpoint. Whichever replica reads a result from Kafka
keeps it, and whichever asked finds it there.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from routeyard.domain.catalog import Endpoint
from routeyard.domain.errors import InvalidRequest
from routeyard.runtime.clock import Clock
from routeyard.wire.credential import EndpointCredential
from routeyard.wire.probe import ProbeAsk, ProbeResult, write_ask
from routeyard.wire.topics import Topics
from services.registry.endpoint_secrets import SecretStore
from services.registry.letters import Post

POLL_S = 0.05
MOST_WAITING = 4
KEPT = timedelta(hours=1)


class ProbeStore(Protocol):
    """Keeps results for a while. Methods raise Unavailable when it does not answer."""

    async def keep(self, result: ProbeResult, owner: str | None) -> None:
        """Keep a result; one that is there already stays."""

    async def find(self, ask: str) -> ProbeResult | None:
        """The result of an ask."""

    async def prune(self, before: datetime) -> int:
        """Forget results that were told before then; how many."""


class Probes(NamedTuple):
    """Asks and waits. `waiting` counts, by owner, who waits here."""

    store: ProbeStore
    post: Post
    topics: Topics
    clock: Clock
    new_id: Callable[[], str]
    waiting: Counter[str | None]

    def about(
        self,
        endpoint: Endpoint,
        revision: int,
        until: datetime,
        sealed: EndpointCredential | None,
    ) -> ProbeAsk:
        """The ask for a look at an endpoint of the graph, with its secret, sealed."""
        return ProbeAsk(
            id=self.new_id(),
            endpoint=endpoint,
            revision=revision,
            expires_at=until,
            credential=sealed,
        )

    async def ask(self, ask: ProbeAsk) -> None:
        """Have an endpoint looked at; nobody waits for it here.

        Raises:
            Unavailable: the broker is away.
        """
        await self.post.write([write_ask(ask, self.topics)])

    async def wait(self, ask: ProbeAsk) -> ProbeResult | None:
        """What a look shows; None when nobody tells before the ask expires.

        Raises:
            InvalidRequest: the owner waits for too many looks already.
            Unavailable: the broker or the store is away.
        """
        owner = ask.endpoint.owner
        if self.waiting[owner] >= MOST_WAITING:
            raise InvalidRequest(
                f"{MOST_WAITING} tests are under way already; wait until they are done."
            )
        self.waiting[owner] += 1
        try:
            await self.ask(ask)
            return await self._told(ask)
        finally:
            self.waiting[owner] -= 1

    async def _told(self, ask: ProbeAsk) -> ProbeResult | None:
        while True:
            is_over = self.clock() >= ask.expires_at
            result = await self.store.find(ask.id)
            if result is not None or is_over:
                return result
            await asyncio.sleep(POLL_S)


async def sealed_for(endpoint: Endpoint, secrets: SecretStore) -> EndpointCredential | None:
    """An endpoint's secret as it is kept; None where it has none."""
    if endpoint.credential is None:
        return None
    return (await secrets.find(endpoint.id)).credential
