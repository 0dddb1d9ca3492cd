"""A secret and the commit that names its version: the one before the other, or neither."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import Conflict, Invalid
from routeyard.domain.events import Payload
from routeyard.domain.tenancy import Principal
from services.registry.commands.recording import Effect, Manner, Recorder
from services.registry.commands.secrets import NewSecret
from services.registry.endpoint_secrets import Destination, EndpointSecrets

Say = Callable[[str | None], Sequence[Payload]]


class Order(NamedTuple):
    """What is said of an endpoint, given the version of its new secret; None without one."""

    endpoint: str
    say: Say
    reason: str


class Naming(NamedTuple):
    """Keeps secrets and commits what names them.

    An order is rehearsed first: what is refused touches no secret. After a crash between the two
    a secret lies there that nothing names; `services.registry.sweep` takes it away.
    """

    recorder: Recorder
    secrets: EndpointSecrets

    async def commit(
        self,
        caller: Principal,
        order: Order,
        new: tuple[NewSecret, Destination] | None,
        manner: Manner,
    ) -> Effect:
        """Keep the secret, if there is a new one, and commit."""
        if new is None:
            return await self._record(caller, order, None, manner)
        held = await self.secrets.store.find(order.endpoint)
        effect = await self.rehearse(caller, order, str(held.version + 1), manner)
        if manner.is_dry_run:
            return effect
        secret, destination = new
        version = await self.secrets.put(order.endpoint, destination, secret.value)
        try:
            return await self._record(caller, order, str(version), manner)
        except Conflict:
            raise  # by somebody who may have named it
        except Invalid:
            at = self.recorder.clock()
            await self.secrets.store.drop_version(order.endpoint, version, at)
            raise

    async def rehearse(
        self, caller: Principal, order: Order, version: str | None, manner: Manner
    ) -> Effect:
        """What an order would change.

        Raises:
            Invalid: it would be refused, unless it is a dry run anyway.
        """
        effect = await self._record(caller, order, version, manner._replace(is_dry_run=True))
        if effect.findings and not manner.is_dry_run:
            raise effect.findings[0].fault()
        return effect

    async def _record(
        self, caller: Principal, order: Order, version: str | None, manner: Manner
    ) -> Effect:
        about = [EntityRef(Kind.ENDPOINT, order.endpoint)]
        said = order.say(version)
        return await self.recorder.record(caller, said, order.reason, manner, changes=about)
