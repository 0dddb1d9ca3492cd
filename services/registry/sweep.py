"""What a crash left half done is taken away: secrets and records of no endpoint that is there."""

from __future__ import annotations

import asyncio
import logging
from datetime import timedelta
from typing import NamedTuple

from routeyard.domain.catalog import Endpoint
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import Recoverable
from routeyard.runtime.background import finished
from routeyard.runtime.clock import Clock
from routeyard.wire.credential import EndpointCredential
from services.registry.commands.standing import Standing
from services.registry.endpoint_secrets import SecretStore
from services.registry.probes import KEPT, ProbeStore
from services.registry.serving import ServingStore

EVERY_S = 60.0
# No order takes that long from its first write to its commit.
SPARED = timedelta(minutes=5)
PAGE = 200
log = logging.getLogger(__name__)


class Sweep(NamedTuple):
    """Takes away what nothing in the graph names. Several may do so at once."""

    standing: Standing
    secrets: SecretStore
    serving: ServingStore
    probes: ProbeStore
    clock: Clock

    async def run(self) -> None:
        """Sweep every minute, until cancelled."""
        while True:
            await asyncio.sleep(EVERY_S)
            try:
                await finished(self.sweep())
            except Recoverable as fault:
                log.warning("what was left over is taken away later: %s", fault.message)

    async def sweep(self) -> int:
        """Take away what is left over; how many secrets and records that were."""
        await self.probes.prune(self.clock() - KEPT)
        return await self._secrets() + await self._records()

    async def _secrets(self) -> int:
        done, after, spared = 0, "", self.clock() - SPARED
        while page := await self.secrets.older_than(spared, after, PAGE):
            for credential in page:
                if not await self._is_named(credential):
                    log.warning("an orphaned secret of %s is dropped", credential.endpoint)
                    done += await self.secrets.drop_version(
                        credential.endpoint, credential.version, self.clock()
                    )
            after = page[-1].endpoint
        return done

    async def _is_named(self, credential: EndpointCredential) -> bool:
        found = await self.standing.find(EntityRef(Kind.ENDPOINT, credential.endpoint))
        is_its_own = isinstance(found, Endpoint) and found.owner == credential.owner
        return is_its_own and isinstance(found, Endpoint) and found.credential is not None

    async def _records(self) -> int:
        done, after, spared = 0, "", self.clock() - SPARED
        while page := await self.serving.older_than(spared, after, PAGE):
            for endpoint in page:
                if not await self.standing.is_there(EntityRef(Kind.ENDPOINT, endpoint)):
                    await self.serving.drop(endpoint)
                    done += 1
            after = page[-1]
        return done
