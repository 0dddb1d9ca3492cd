"""Orders to try endpoints out. healthcheck looks; the registry asks it, and waits."""

from __future__ import annotations

from datetime import timedelta
from typing import NamedTuple

from msgspec import structs

from routeyard.domain.catalog import Endpoint
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.events import Served
from routeyard.domain.matching import joined
from routeyard.domain.tenancy import Principal
from routeyard.wire.credential import EndpointCredential
from routeyard.wire.probe import ProbeAsk, ProbeResult, tried
from services.registry.commands.addresses import read
from services.registry.commands.declarations import Declarations
from services.registry.commands.drafts import Drafts, NewEndpoint
from services.registry.commands.owners import own_endpoint
from services.registry.endpoint_secrets import EndpointSecrets
from services.registry.found import dialect_of, found_in
from services.registry.ledger import Ledger
from services.registry.probes import Probes, sealed_for
from services.registry.serving import ServingStore

DEFAULT_WAIT_S, MOST_WAIT_S = 10, 25
SILENT = "no healthcheck told anything in time; is one running in a zone that reaches it?"


class Tried(NamedTuple):
    """What a look showed, and which models the endpoint would serve."""

    result: ProbeResult | None
    models: tuple[Served, ...] = ()

    @property
    def reason(self) -> str:
        """Why it is of no use, in a few words; empty when it is."""
        return SILENT if self.result is None else self.result.reason


class TrialOrders(NamedTuple):
    """Testing endpoints, saved and not yet saved."""

    drafts: Drafts
    declarations: Declarations
    secrets: EndpointSecrets
    store: ServingStore
    probes: Probes
    ledger: Ledger

    async def test(self, caller: Principal, name: str, wait_s: int) -> Tried | None:
        """Have an endpoint looked at; None when there is none for the caller."""
        _require_wait(wait_s)
        endpoint = await own_endpoint(caller, name, self.drafts.standing)
        if endpoint is None:
            return None
        sealed = await sealed_for(endpoint, self.secrets.store)
        ask = await self._ask(endpoint, wait_s, sealed)
        return await self._tried(ask, endpoint)

    async def try_out(self, caller: Principal, new: NewEndpoint, wait_s: int) -> Tried:
        """Have an endpoint looked at that is not set up yet; nothing of it is kept.

        Its secret travels sealed, for this one look.
        """
        _require_wait(wait_s)
        endpoint = await self.drafts.new(caller, new)
        await self.declarations.require_sound(new.models, endpoint.owner)
        ask = structs.replace(await self._ask(endpoint, wait_s, None), is_saved=False)
        if new.secret is not None:
            destination = new.secret.destination(endpoint.owner, read(endpoint.url))
            name = tried(endpoint.id, ask.id)
            sealed = self.secrets.sealed(name, 1, destination, new.secret.value)
            ask = structs.replace(ask, credential=sealed)
        return await self._tried(ask, endpoint, new)

    async def _ask(
        self, endpoint: Endpoint, wait_s: int, sealed: EndpointCredential | None
    ) -> ProbeAsk:
        until = self.probes.clock() + timedelta(seconds=wait_s)
        return self.probes.about(endpoint, (await self.ledger.head()).revision, until, sealed)

    async def _tried(
        self, ask: ProbeAsk, endpoint: Endpoint, new: NewEndpoint | None = None
    ) -> Tried:
        result = await self.probes.wait(ask)
        if result is None or result.answers is None:
            return Tried(result)
        saved = await self.store.find(endpoint.id) if new is None else None
        declared = new.models if new else saved.declared if saved else ()
        listed = joined(found_in(result.answers, endpoint), declared)
        dialect = dialect_of(result.answers, endpoint)
        return Tried(result, await self.declarations.known.served(endpoint, listed, dialect))


def _require_wait(wait_s: int) -> None:
    if not 1 <= wait_s <= MOST_WAIT_S:
        raise InvalidRequest(f"Wait 1 to {MOST_WAIT_S} seconds.", field="waitS")
