"""Orders about endpoints that are set up here: tenants' own, and the platform's.

A secret is kept before the commit that names its version, and gone before the commit that takes
its endpoint down: after a crash in between nothing can be called that should not be, and what
nobody names is swept away (`services.registry.sweep`).
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime
from typing import NamedTuple

from msgspec import structs

from routeyard.domain import events
from routeyard.domain.catalog import Endpoint
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import Conflict, Invalid, InvalidRequest, Unavailable
from routeyard.domain.matching import Listed, joined
from routeyard.domain.tenancy import Principal
from services.registry.admission import require_text
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
TRIES = 20


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
        endpoint = await self.drafts.new(caller, new)
        if await self.standing.is_there(EntityRef(Kind.ENDPOINT, endpoint.id)):
            raise InvalidRequest(
                f"There is an endpoint {endpoint.id!r} already; change it with updateEndpoint.",
                field="name",
            )
        await self._require_room(endpoint.owner)
        serving = await self._serving(endpoint, Serving(endpoint.id, endpoint.owner), new.models)
        order = _order(endpoint, serving, None, f"register the endpoint {endpoint.id}")
        if not manner.is_dry_run:
            await self._naming.rehearse(caller, order, endpoint.credential, manner)
            await self.store.drop(endpoint.id)
            await self.store.declare(serving, self._now())
        return await self._naming.commit(caller, order, _kept(endpoint, new.secret), manner)

    async def update(
        self, caller: Principal, name: str, given: Given, manner: Manner = CARRY_OUT
    ) -> Effect | None:
        """Change what is given of an endpoint; None when there is none for the caller.

        It is changed as it stands then, so that nobody's change in between is lost.
        """
        for _ in range(TRIES):
            seen = (await self.recorder.ledger.head()).revision
            if manner.if_revision is not None:
                return await self._update(caller, name, given, manner)
            with suppress(Conflict):
                return await self._update(caller, name, given, manner._replace(if_revision=seen))
        raise Unavailable("It is changed again and again by others; please try again.")

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
        held = await own_endpoint(caller, name, self.standing)
        if held is None:
            return None
        require_text("reason", reason)
        said = departure(await self._set_up(held), reason, caller.scope.key or "")
        order = Order(held.id, lambda _: said, reason)
        rehearsal = await self._naming.rehearse(caller, order, None, manner)
        if manner.is_dry_run:
            return rehearsal
        await self.secrets.drop(held.id)
        effect = await self._naming.commit(caller, order, None, manner)
        await self.store.drop(held.id)
        return effect

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
        order = _order(endpoint, after, before, given.reason or f"change the endpoint {name}")
        new = _kept(endpoint, given.secret)
        if manner.is_dry_run:
            return await self._naming.commit(caller, order, new, manner)
        return await self._carry_out(caller, order, new, after, manner)

    async def _carry_out(
        self,
        caller: Principal,
        order: Order,
        new: tuple[NewSecret, Destination] | None,
        after: Serving,
        manner: Manner,
    ) -> Effect:
        """What is declared is kept first: discovery finishes what a crash leaves half done."""
        await self._naming.rehearse(caller, order, None, manner)
        before = await self.store.find(order.endpoint)
        if before is None or before.version != after.version:
            raise Conflict("What it serves was found out meanwhile; try again.")
        await self.store.change(before._replace(declared=after.declared))
        try:
            effect = await self._naming.commit(caller, order, new, manner)
        except Invalid:
            await self.store.change(before._replace(version=before.version + 1))
            raise
        await self.store.change(after._replace(version=before.version + 1))
        await self.store.ask_at(order.endpoint, self._now())
        endpoint = await self.standing.find(EntityRef(Kind.ENDPOINT, order.endpoint))
        if isinstance(endpoint, Endpoint) and endpoint.keyless:
            await self.secrets.drop(order.endpoint)
        return effect

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

    def _now(self) -> datetime:
        return self.recorder.clock()


def connected(endpoint: Endpoint) -> events.EndpointConnected:
    """An endpoint's record as it is said."""
    fields = structs.asdict(endpoint)
    return events.EndpointConnected(endpoint=fields.pop("id"), **fields)


def _order(endpoint: Endpoint, serving: Serving, before: Serving | None, reason: str) -> Order:
    told = before.served if before is not None else ()
    served = difference(endpoint, serving.served, told, told)

    def say(version: str | None) -> list[events.Payload]:
        named = endpoint if version is None else structs.replace(endpoint, credential=version)
        return [connected(named), *([served] if served is not None else [])]

    return Order(endpoint.id, say, reason)


def _kept(endpoint: Endpoint, secret: NewSecret | None) -> tuple[NewSecret, Destination] | None:
    if secret is None:
        return None
    return secret, secret.destination(endpoint.owner, read(endpoint.url))
