"""Orders about endpoints that are set up here: tenants' own, and the platform's.

The secret, the record of the models and what the graph says are one commit: after a crash all of
it is there, or nothing is (docs/decisions/0013).
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

from msgspec import structs

from routeyard.domain import events
from routeyard.domain.catalog import Endpoint
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.matching import Listed, joined
from routeyard.domain.tenancy import Principal
from services.registry.admission import require_text
from services.registry.besides import Besides
from services.registry.commands.addresses import read
from services.registry.commands.declarations import Declarations
from services.registry.commands.drafts import Drafts, Given, NewEndpoint
from services.registry.commands.naming import Naming, Order
from services.registry.commands.owners import own_endpoint
from services.registry.commands.recording import CARRY_OUT, Effect, Manner, Recorder
from services.registry.commands.secrets import NewSecret
from services.registry.commands.standing import Standing
from services.registry.endpoint_secrets import Destination, EndpointSecrets
from services.registry.found import dialect_of
from services.registry.serving import Serving, ServingStore, departure, difference

MOST_OF_A_TENANT = 50


class EndpointOrders(NamedTuple):
    """Setting endpoints up, changing them, and taking them down."""

    recorder: Recorder
    standing: Standing
    drafts: Drafts
    declarations: Declarations
    secrets: EndpointSecrets
    store: ServingStore

    async def register(
        self, caller: Principal, new: NewEndpoint, manner: Manner = CARRY_OUT
    ) -> Effect:
        """Set an endpoint up; what it serves besides what is declared is found out from it."""
        return await self._naming.insist(partial(self._register, caller, new), manner)

    async def update(
        self, caller: Principal, name: str, given: Given, manner: Manner = CARRY_OUT
    ) -> Effect | None:
        """Change what is given of an endpoint; None when there is none for the caller.

        It is changed as it stands then, so that nobody's change in between is lost.
        """
        return await self._naming.insist(partial(self._update, caller, name, given), manner)

    async def rotate(
        self,
        caller: Principal,
        name: str,
        secret: NewSecret,
        reason: str,
        manner: Manner = CARRY_OUT,
    ) -> Effect | None:
        """Put a secret in the place of the one before; None when there is no such endpoint."""
        return await self.update(caller, name, Given({}, secret, reason=reason), manner)

    async def deregister(
        self, caller: Principal, name: str, reason: str, manner: Manner = CARRY_OUT
    ) -> Effect | None:
        """Take an endpoint down with all it serves; None when there is none for the caller."""
        return await self._naming.insist(partial(self._deregister, caller, name, reason), manner)

    async def _register(self, caller: Principal, new: NewEndpoint, manner: Manner) -> Effect:
        endpoint = await self.drafts.new(caller, new)
        if await self.standing.is_there(EntityRef(Kind.ENDPOINT, endpoint.id)):
            raise InvalidRequest(
                f"There is an endpoint {endpoint.id!r} already; change it with updateEndpoint.",
                field="name",
            )
        await self._require_room(endpoint.owner)
        serving = await self._serving(endpoint, Serving(endpoint.id, endpoint.owner), new.models)
        reason = f"register the endpoint {endpoint.id}"
        order = _order(endpoint, serving, None, _kept(endpoint, new.secret), reason)
        return await self._naming.commit(caller, order, manner)

    async def _update(
        self, caller: Principal, name: str, given: Given, manner: Manner
    ) -> Effect | None:
        held = await own_endpoint(caller, name, self.standing)
        if held is None:
            return None
        if given.reason is not None:
            require_text("reason", given.reason)
        before = await self._set_up(held)
        endpoint = await self.drafts.changed(held, given)
        models = before.declared if given.models is None else given.models
        after = await self._serving(endpoint, before, models)
        reason = given.reason or f"change the endpoint {name}"
        order = _order(endpoint, after, before, _kept(endpoint, given.secret), reason)
        effect = await self._naming.commit(caller, order, manner)
        if not manner.is_dry_run:
            await self.store.ask_at(held.id, self.recorder.clock())
        return effect

    async def _deregister(
        self, caller: Principal, name: str, reason: str, manner: Manner
    ) -> Effect | None:
        held = await own_endpoint(caller, name, self.standing)
        if held is None:
            return None
        require_text("reason", reason)
        said = departure(await self._set_up(held), reason, caller.scope.key or "")
        gone = Besides(held.id, forgets_secret=True, forgets_serving=True)
        order = Order(held.id, lambda _: said, reason, gone)
        return await self._naming.commit(caller, order, manner)

    async def _require_room(self, owner: str | None) -> None:
        if owner is not None and len(await self.standing.endpoints_of(owner)) >= MOST_OF_A_TENANT:
            raise InvalidRequest(
                f"A tenant has at most {MOST_OF_A_TENANT} endpoints; take one down first.",
                field="name",
            )

    async def _set_up(self, endpoint: Endpoint) -> Serving:
        """What is known of an endpoint's models.

        Raises:
            InvalidRequest: it was not set up here, but comes from catalogs.
        """
        serving = await self.store.find(endpoint.id)
        if serving is None:
            raise InvalidRequest(
                f"The endpoint {endpoint.id!r} comes from catalogs; enable it with enableEndpoint, "
                "or correct its fields.",
                field="id",
            )
        return serving

    async def _serving(
        self, endpoint: Endpoint, held: Serving, models: tuple[Listed, ...]
    ) -> Serving:
        await self.declarations.require_sound(models, endpoint.owner)
        listed = joined(held.found, models)
        served = await self.declarations.known.served(endpoint, listed, dialect_of(None, endpoint))
        return held._replace(declared=models, served=served)

    @property
    def _naming(self) -> Naming:
        return Naming(self.recorder, self.secrets)


def connected(endpoint: Endpoint) -> events.EndpointConnected:
    """An endpoint's record as it is said."""
    fields = structs.asdict(endpoint)
    return events.EndpointConnected(endpoint=fields.pop("id"), **fields)


def _order(
    endpoint: Endpoint,
    after: Serving,
    before: Serving | None,
    new: tuple[NewSecret, Destination] | None,
    reason: str,
) -> Order:
    told = before.served if before is not None else ()
    served = difference(endpoint, after.served, told, told)

    def say(version: str | None) -> list[events.Payload]:
        named = endpoint if version is None else structs.replace(endpoint, credential=version)
        return [connected(named), *([served] if served is not None else [])]

    kept = Besides(endpoint.id, serving=after, forgets_secret=endpoint.keyless)
    return Order(endpoint.id, say, reason, kept, new)


def _kept(endpoint: Endpoint, secret: NewSecret | None) -> tuple[NewSecret, Destination] | None:
    if secret is None:
        return None
    return secret, secret.destination(endpoint.owner, read(endpoint.url))
