"""Orders about an endpoint: its secret, its models and what the graph says of it, in one commit."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from typing import NamedTuple, TypeVar

from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import Conflict, Unavailable
from routeyard.domain.events import Payload
from routeyard.domain.tenancy import Principal
from services.registry.besides import Besides
from services.registry.commands.recording import MOST_REVISIONS, Effect, Manner, Recorder
from services.registry.commands.secrets import NewSecret
from services.registry.endpoint_secrets import Destination, EndpointSecrets
from services.registry.ledger import Overtaken

Done = TypeVar("Done")
Say = Callable[[str | None], Sequence[Payload]]


class Order(NamedTuple):
    """What is said of an endpoint, given the version of its new secret; None without one.

    `besides` is what is kept with it, the new secret aside.
    """

    endpoint: str
    say: Say
    reason: str
    besides: Besides
    new: tuple[NewSecret, Destination] | None = None


class Naming(NamedTuple):
    """Commits orders with the secrets that they name."""

    recorder: Recorder
    secrets: EndpointSecrets

    async def commit(self, caller: Principal, order: Order, manner: Manner) -> Effect:
        """Keep the secret, if there is a new one, and commit: both, or neither.

        Raises:
            Overtaken: others set one at the same time; it is to be looked at anew.
        """
        said, besides = order.say(None), order.besides
        if order.new is not None:
            secret, destination = order.new
            sealed = await self.secrets.following(order.endpoint, destination, secret.value)
            said = order.say(str(sealed.version))
            besides = besides._replace(secret=sealed)
        about = [EntityRef(Kind.ENDPOINT, order.endpoint)]
        return await self.recorder.record(
            caller, said, order.reason, manner, changes=about, besides=besides
        )

    async def insist(self, attempt: Callable[[Manner], Awaitable[Done]], manner: Manner) -> Done:
        """Try until nobody gets in between: what is decided is decided on how things stand.

        Raises:
            Conflict: the endpoint changed after the caller's own `if_revision`.
            Unavailable: it changes again and again.
        """
        for _ in range(MOST_REVISIONS):
            seen = (await self.recorder.ledger.head()).revision
            is_callers = manner.if_revision is not None
            try:
                return await attempt(manner if is_callers else manner._replace(if_revision=seen))
            except Overtaken:
                continue
            except Conflict:
                if is_callers:
                    raise
        raise Unavailable("It is changed again and again by others; please try again.")
