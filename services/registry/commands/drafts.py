"""Endpoints as they would be, checked as a whole before anything of them is kept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from msgspec import structs

from routeyard.domain.catalog import Endpoint, ServerKind
from routeyard.domain.errors import InvalidRequest, NotAllowed
from routeyard.domain.matching import Listed
from routeyard.domain.tenancy import Principal, Role
from services.registry.admission import require_name
from services.registry.commands.addresses import Address, Addresses, origin, written
from services.registry.commands.owners import owner_of, record_of
from services.registry.commands.secrets import NewSecret, require_usable
from services.registry.commands.standing import Standing, require_tenant
from services.registry.commands.tenants import require_places

MOST_TENANTS = 100
MOST_ZONES = 32


class NewEndpoint(NamedTuple):
    """An endpoint to be set up. `details` are further fields of `Endpoint`.

    `tenant`, `dedicated_to` and `provider` are for platform admins to name.
    """

    name: str
    url: str
    details: Mapping[str, Any]
    secret: NewSecret | None = None
    models: tuple[Listed, ...] = ()
    tenant: str | None = None
    dedicated_to: tuple[str, ...] = ()
    provider: str | None = None


class Given(NamedTuple):
    """What is given to be changed; None and empty is left as it is."""

    fields: Mapping[str, Any]
    secret: NewSecret | None = None
    models: tuple[Listed, ...] | None = None
    reason: str | None = None


class Drafts(NamedTuple):
    """Makes them of what is given."""

    standing: Standing
    addresses: Addresses

    async def new(self, caller: Principal, new: NewEndpoint) -> Endpoint:
        """The endpoint as it would be, if the caller may set it up and it may be called."""
        owner = owner_of(caller, new.tenant)
        if caller.role is not Role.PLATFORM_ADMIN and (new.dedicated_to or new.provider):
            raise NotAllowed("Only a platform admin's key may name a provider or other tenants.")
        require_name("name", new.name)
        if owner is not None and new.dedicated_to:
            raise InvalidRequest(
                "A tenant's own endpoint is the tenant's alone; leave dedicatedTo out.",
                field="dedicatedTo",
            )
        if new.provider is not None:
            require_name("provider", new.provider)
        endpoint = Endpoint(
            id=new.name if owner is None else f"{owner}/{new.name}",
            provider=(new.provider or new.name) if owner is None else f"@{owner}",
            owner=owner,
            dedicated_to=new.dedicated_to,
        )
        return await self.changed(endpoint, Given({"url": new.url, **new.details}, new.secret))

    async def changed(self, held: Endpoint, given: Given) -> Endpoint:
        """An endpoint with what is given, checked as a whole.

        `credential` stands for a secret that is there; which version it is, is found out later.
        """
        fields = dict(given.fields)
        if given.secret is not None:
            require_usable(given.secret)
            fields = {"keyless": False, **fields}
        endpoint = structs.replace(held, **fields)
        if given.secret is not None and endpoint.keyless:
            raise InvalidRequest(
                "Give a secret, or say that it is keyless, not both.", field="keyless"
            )
        if endpoint.keyless:
            endpoint = structs.replace(endpoint, credential=None)
        await self._require_sound(endpoint)
        has_secret = given.secret is not None or endpoint.credential is not None
        if not endpoint.keyless and not has_secret:
            raise InvalidRequest("Give a secret, or say `keyless: true`.", field="secret")
        owner = await record_of(endpoint.owner, self.standing)
        address = Address(endpoint.url or "", endpoint.server, owner, has_secret, endpoint.zones)
        target = await self.addresses.judged(address)
        endpoint = structs.replace(endpoint, url=written(target))
        if given.secret is None and endpoint.credential is not None:
            await self._require_same_address(held, endpoint)
        return endpoint

    async def _require_sound(self, endpoint: Endpoint) -> None:
        require_places(endpoint.residency)
        for field, most, values in (
            ("zones", MOST_ZONES, endpoint.zones),
            ("dedicatedTo", MOST_TENANTS, endpoint.dedicated_to),
        ):
            if len(values) > most:
                raise InvalidRequest(f"Name at most {most}.", field=field)
            for value in values:
                require_name(field, value)
        for tenant in endpoint.dedicated_to:
            await require_tenant(self.standing.is_there, tenant)
        if endpoint.server is ServerKind.TCP and not endpoint.keyless:
            raise InvalidRequest(
                "A bare port takes no secret; say `keyless: true`.", field="server"
            )

    async def _require_same_address(self, held: Endpoint, changed: Endpoint) -> None:
        if origin(held.url) != origin(changed.url):
            raise InvalidRequest(
                "The secret is bound to the address it was given for; give it again with the new "
                "one.",
                field="secret",
            )
