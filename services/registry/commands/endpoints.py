"""Orders about endpoints that are set up here: tenants' own, and the platform's.

A secret is kept before the commit that names its version, and gone before the commit that takes
its endpoint down: after a crash in between nothing can be called that should not be, and what
nobody names is swept away (`services.registry.sweep`).
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from msgspec import structs

from routeyard.domain import events
from routeyard.domain.catalog import Endpoint
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import Invalid, InvalidRequest
from routeyard.domain.matching import Listed, joined
from routeyard.domain.tenancy import Principal
from services.registry.admission import require_text
from services.registry.commands.addresses import read
from services.registry.commands.declarations import Declarations
from services.registry.commands.drafts import Drafts, Given, NewEndpoint
from services.registry.commands.owners import own_endpoint
from services.registry.commands.recording import CARRY_OUT, Effect, Manner, Recorder
from services.registry.commands.secrets import NewSecret
from services.registry.commands.standing import Standing
from services.registry.endpoint_secrets import EndpointSecrets
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
        endpoint = await self.drafts.new(caller, new)
        if await self.standing.is_there(EntityRef(Kind.ENDPOINT, endpoint.id)):
            raise InvalidRequest(
                f"There is an endpoint {endpoint.id!r} already; change it with updateEndpoint.",
                field="name",
            )
        await self._require_room(endpoint.owner)
        serving = await self._serving(endpoint, Serving(endpoint.id, endpoint.owner), new.models)
        said = difference(endpoint, serving.served, (), ())
        if not manner.is_dry_run:
            await self.store.drop(endpoint.id)
            await self.store.declare(serving, self._now())
        return await self._commit(
            caller, endpoint, new.secret, [said] if said else [], "register", manner
        )

    async def update(
        self, caller: Principal, name: str, given: Given, manner: Manner = CARRY_OUT
    ) -> Effect | None:
        """Change what is given of an endpoint; None when there is none for the caller."""
        held = await own_endpoint(caller, name, self.standing)
        if held is None:
            return None
        serving = await self._set_up(held)
        endpoint = await self.drafts.changed(held, given)
        models = serving.declared if given.models is None else given.models
        after = await self._serving(endpoint, serving, models)
        said = difference(endpoint, after.served, serving.served, serving.served)
        effect = await self._commit(
            caller, endpoint, given.secret, [said] if said else [], "change", manner
        )
        if not manner.is_dry_run:
            await self.store.change(after)
            await self.store.ask_at(endpoint.id, self._now())
            if endpoint.keyless:
                await self.secrets.drop(endpoint.id)
        return effect

    async def rotate(
        self, caller: Principal, name: str, secret: NewSecret, reason: str, manner: Manner
    ) -> Effect | None:
        """Put a secret in the place of the one before; None when there is no such endpoint."""
        held = await own_endpoint(caller, name, self.standing)
        if held is None:
            return None
        require_text("reason", reason)
        await self._set_up(held)
        endpoint = await self.drafts.changed(held, Given({}, secret))
        effect = await self._commit(caller, endpoint, secret, [], reason, manner)
        if not manner.is_dry_run:
            await self.store.ask_at(endpoint.id, self._now())
        return effect

    async def deregister(
        self, caller: Principal, name: str, reason: str, manner: Manner = CARRY_OUT
    ) -> Effect | None:
        """Take an endpoint down with all it serves; None when there is none for the caller."""
        held = await own_endpoint(caller, name, self.standing)
        if held is None:
            return None
        require_text("reason", reason)
        serving = await self._set_up(held)
        if not manner.is_dry_run:
            await self.secrets.drop(held.id)
        said = departure(serving, reason, caller.scope.key or "")
        effect = await self.recorder.record(caller, said, reason, manner)
        if not manner.is_dry_run:
            await self.store.drop(held.id)
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

    async def _commit(  # noqa: PLR0913, PLR0917 - an endpoint, what comes with it, why and how
        self,
        caller: Principal,
        endpoint: Endpoint,
        secret: NewSecret | None,
        besides: list[events.EndpointServed],
        why: str,
        manner: Manner,
    ) -> Effect:
        """Keep the secret, then name its version; what is refused leaves no secret behind."""
        version = await self._kept(endpoint, secret, manner)
        if version is not None:
            endpoint = structs.replace(endpoint, credential=str(version))
        reason = f"{why} the endpoint {endpoint.id}" if " " not in why else why
        try:
            return await self.recorder.record(
                caller, [connected(endpoint), *besides], reason, manner
            )
        except Invalid:
            if version is not None and not manner.is_dry_run:
                await self.secrets.store.drop_version(endpoint.id, version, self._now())
            raise

    async def _kept(
        self, endpoint: Endpoint, secret: NewSecret | None, manner: Manner
    ) -> int | None:
        if secret is None:
            return None
        if manner.is_dry_run:
            return (await self.secrets.store.find(endpoint.id)).version + 1
        destination = secret.destination(endpoint.owner, read(endpoint.url))
        return await self.secrets.put(endpoint.id, destination, secret.value)

    def _now(self) -> datetime:
        return self.recorder.clock()


def connected(endpoint: Endpoint) -> events.EndpointConnected:
    """An endpoint's record as it is said."""
    fields = structs.asdict(endpoint)
    return events.EndpointConnected(endpoint=fields.pop("id"), **fields)
