"""What endpoints serve is found out from them, again and again, and told to the graph."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from routeyard.domain.catalog import Endpoint
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import Invalid, InvalidEvent, Recoverable
from routeyard.domain.events import EndpointServed
from routeyard.domain.matching import Listed, joined
from routeyard.domain.tenancy import Principal, Role, Scope
from routeyard.kafka.letters import put_aside
from routeyard.runtime.background import finished
from routeyard.wire.probe import ProbeResult, read_result
from routeyard.wire.record import Incoming
from services.registry.besides import Besides
from services.registry.commands.recording import Recorder
from services.registry.commands.standing import Standing
from services.registry.endpoint_secrets import SecretStore
from services.registry.found import dialect_of, found_in
from services.registry.ingest import CONSUMER
from services.registry.known import KnownModels
from services.registry.ledger import Overtaken
from services.registry.probes import Probes, sealed_for
from services.registry.serving import Serving, ServingStore, difference

TRIES = 5
MOST_AT_ONCE = 50
LOOK_S = 1.0
RETRY = timedelta(seconds=10)
ANSWER_WITHIN = timedelta(seconds=30)
DISCOVERY = Principal(role=Role.SERVICE, scope=Scope(key="discovery"))
log = logging.getLogger(__name__)


class Discovery(NamedTuple):
    """Has endpoints asked, and takes what they say over where it says something new."""

    recorder: Recorder
    standing: Standing
    known: KnownModels
    store: ServingStore
    secrets: SecretStore
    probes: Probes
    every: timedelta

    async def run(self) -> None:
        """Have endpoints asked that are due, until cancelled."""
        while True:
            await asyncio.sleep(LOOK_S)
            try:
                await finished(self.ask_due())
            except Recoverable as fault:
                log.warning("endpoints are asked later: %s", fault.message)

    async def ask_due(self) -> int:
        """Have endpoints asked that are due; how many."""
        now = self.probes.clock()
        due = await self.store.due(now, now + self.every, MOST_AT_ONCE)
        try:
            await self._ask(due, now)
        except Recoverable:
            for name in due:
                await self.store.ask_at(name, now + RETRY)
            raise
        return len(due)

    async def _ask(self, due: Sequence[str], now: datetime) -> None:
        revision = (await self.recorder.ledger.head()).revision if due else 0
        for name in due:
            endpoint = await self.standing.find(EntityRef(Kind.ENDPOINT, name))
            if isinstance(endpoint, Endpoint) and endpoint.is_enabled:
                sealed = await sealed_for(endpoint, self.secrets)
                until = now + ANSWER_WITHIN
                await self.probes.ask(self.probes.about(endpoint, revision, until, sealed))

    async def take(self, records: Sequence[Incoming]) -> None:
        """Take results over; whoever waits for one finds it.

        Raises:
            Unavailable: the database or the broker is away; hand the same records in again.
        """
        for record in records:
            try:
                await self._take(read_result(record))
            except InvalidEvent as fault:
                letter = put_aside(record, fault, CONSUMER, self.probes.topics)
                await self.probes.post.write([letter])

    async def _take(self, result: ProbeResult) -> None:
        endpoint = await self.standing.find(EntityRef(Kind.ENDPOINT, result.endpoint))
        owner = endpoint.owner if isinstance(endpoint, Endpoint) else None
        await self.probes.store.keep(result, owner)
        if result.is_saved and isinstance(endpoint, Endpoint) and result.answers is not None:
            found = found_in(result.answers, endpoint)
            await self.settle(endpoint, found, dialect_of(result.answers, endpoint))

    async def settle(
        self, endpoint: Endpoint, found: Sequence[Listed] | None = None, dialect: str = ""
    ) -> None:
        """Tell the graph what an endpoint serves, if that is not what it was told last.

        `found`: what its server lists now; None for what it listed last.
        """
        for _ in range(TRIES):
            held = await self.store.find(endpoint.id)
            if held is None:
                return  # catalogs list what it serves
            listed = held.found if found is None else tuple(found)
            served = await self.known.served(
                endpoint, joined(listed, held.declared), dialect or dialect_of(None, endpoint)
            )
            after = held._replace(found=listed, served=served)
            once = [*held.served, *await self.known.offered(endpoint)]
            said = difference(endpoint, served, held.served, once)
            if await self._keep(endpoint, said, held, after):
                return

    async def _keep(
        self, endpoint: Endpoint, said: EndpointServed | None, held: Serving, after: Serving
    ) -> bool:
        """Whether it is as it should be, or cannot be; False when others got in between."""
        if said is None:
            return after == held or await self.store.change(after)
        try:
            besides = Besides(endpoint.id, serving=after)
            reason = f"found at {endpoint.id}"
            await self.recorder.record(DISCOVERY, [said], reason, besides=besides)
        except Overtaken:
            return False
        except Invalid as fault:
            log.warning("what %s serves is not taken over: %s", endpoint.id, fault.message)
        return True
