"""Orders about the platform's own secrets for endpoints that catalogs list."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from msgspec import structs

from routeyard.domain.catalog import Endpoint
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.events import EndpointCredentialed, Payload
from routeyard.domain.tenancy import Principal
from services.registry.admission import require_platform_admin, require_text
from services.registry.besides import Besides
from services.registry.commands.addresses import Address, Addresses, read, written
from services.registry.commands.naming import Naming, Order
from services.registry.commands.recording import CARRY_OUT, Effect, Manner, Recorder
from services.registry.commands.secrets import NewSecret, require_usable
from services.registry.commands.standing import Standing
from services.registry.endpoint_secrets import EndpointSecrets
from services.registry.serving import ServingStore


class EnablingOrders(NamedTuple):
    """Giving the platform a secret for an endpoint, and taking it away."""

    recorder: Recorder
    standing: Standing
    addresses: Addresses
    secrets: EndpointSecrets
    store: ServingStore

    async def enable(
        self,
        caller: Principal,
        name: str,
        secret: NewSecret,
        url: str | None = None,
        manner: Manner = CARRY_OUT,
    ) -> Effect | None:
        """Let the platform call an endpoint that catalogs list; None when there is none."""
        require_platform_admin(caller)
        return await self._naming.insist(partial(self._enable, caller, name, secret, url), manner)

    async def disable(
        self, caller: Principal, name: str, reason: str, manner: Manner = CARRY_OUT
    ) -> Effect | None:
        """Take the platform's secret for an endpoint away; None when there is none."""
        require_platform_admin(caller)
        require_text("reason", reason)
        return await self._naming.insist(partial(self._disable, caller, name, reason), manner)

    async def _enable(
        self, caller: Principal, name: str, secret: NewSecret, url: str | None, manner: Manner
    ) -> Effect | None:
        endpoint = await self._listed(name)
        if endpoint is None:
            return None
        require_usable(secret)
        if url is None and endpoint.url is None:
            raise InvalidRequest("Catalogs know no address of it; give the url.", field="url")
        endpoint = structs.replace(endpoint, url=url or endpoint.url)
        target = await self.addresses.judged(
            Address(endpoint.url or "", endpoint.server, None, has_secret=True)
        )
        # Said outright, so that catalogs cannot lead it elsewhere afterwards.
        said = EndpointCredentialed(endpoint=name, url=written(target))

        def say(version: str | None) -> list[Payload]:
            return [structs.replace(said, credential=version)]

        new = (secret, secret.destination(None, read(said.url)))
        order = Order(name, say, f"enable the endpoint {name}", Besides(name), new)
        return await self._naming.commit(caller, order, manner)

    async def _disable(
        self, caller: Principal, name: str, reason: str, manner: Manner
    ) -> Effect | None:
        endpoint = await self._listed(name)
        if endpoint is None or endpoint.credential is None:
            return None
        gone = Besides(name, forgets_secret=True)
        order = Order(name, lambda _: [EndpointCredentialed(endpoint=name)], reason, gone)
        return await self._naming.commit(caller, order, manner)

    @property
    def _naming(self) -> Naming:
        return Naming(self.recorder, self.secrets)

    async def _listed(self, name: str) -> Endpoint | None:
        """An endpoint of the platform's that was not set up here.

        Raises:
            InvalidRequest: it was, or it is a tenant's.
        """
        found = None
        if "\x00" not in name:
            found = await self.standing.find(EntityRef(Kind.ENDPOINT, name))
        if not isinstance(found, Endpoint):
            return None
        if found.owner is not None or await self.store.find(name) is not None:
            raise InvalidRequest(
                f"The endpoint {name!r} was set up here; change it with updateEndpoint or "
                "rotateSecret.",
                field="id",
            )
        return found
