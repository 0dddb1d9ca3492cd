"""Endpoints' secrets: sealed when they are set, and never opened by the registry again."""

import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from msgspec import structs

from routeyard.domain.errors import NotAllowed, Unsealable
from routeyard.domain.secret import SecretText
from routeyard.runtime.clock import Clock
from routeyard.wire.credential import EndpointCredential, Scheme
from routeyard.wire.sealing import Binding, SealingKeys, head_of, rewrap, seal

PAGE = 200
log = logging.getLogger(__name__)


class Held(NamedTuple):
    """What is known of an endpoint's secret: 0 before the first, and no credential once dropped."""

    version: int = 0
    credential: EndpointCredential | None = None


class Destination(NamedTuple):
    """Where a secret goes: one host, in one way, for one owner (None is the platform)."""

    owner: str | None
    host: str
    scheme: Scheme = Scheme.BEARER
    header: str | None = None


class SecretStore(Protocol):
    """Keeps sealed secrets, and has changes announced at once. Commits set them (`besides`).

    Methods raise Unavailable when it does not answer.
    """

    async def find(self, endpoint: str) -> Held:
        """What is known of an endpoint's secret."""

    async def drop_of_tenant(self, owner: str, at: datetime) -> int:
        """Forget a tenant's secrets; how many there were."""

    async def drop_version(self, endpoint: str, version: int, at: datetime) -> bool:
        """Forget a secret if it is still of that version; False when it is not."""

    async def older_than(self, at: datetime, after: str, most: int) -> Sequence[EndpointCredential]:
        """Secrets that were set before then, by endpoint, from the one after `after` on."""

    async def sealed_otherwise(
        self, head: bytes, after: str, most: int
    ) -> Sequence[EndpointCredential]:
        """Secrets that begin with other bytes, by endpoint, from the one after `after` on."""

    async def replace(self, old: EndpointCredential, new: EndpointCredential) -> bool:
        """Keep the same version in other bytes; False when it is not as it was."""


class EndpointSecrets(NamedTuple):
    """Seals secrets and forgets them. `entropy`: random bytes from the operating system."""

    store: SecretStore
    keys: SealingKeys
    clock: Clock
    entropy: Callable[[int], bytes]

    async def following(
        self, endpoint: str, destination: Destination, secret: SecretText
    ) -> EndpointCredential:
        """A secret as the version after the one that is there, to be kept with a commit.

        Raises:
            NotAllowed: the one that is there belongs to somebody else.
        """
        held = await self.store.find(endpoint)
        if held.credential is not None and held.credential.owner != destination.owner:
            raise NotAllowed("The endpoint's secret belongs to somebody else.")
        return self.sealed(endpoint, held.version + 1, destination, secret)

    async def drop_of_tenant(self, owner: str) -> int:
        """Forget a tenant's secrets, here and at routers; how many there were."""
        return await self.store.drop_of_tenant(owner, self.clock())

    async def rewrap(self) -> int:
        """Put what is under a former encryption key under the current one; how many were.

        What does not open is left as it is, and logged.
        """
        done, after, head = 0, "", head_of(self.keys.current)
        while page := await self.store.sealed_otherwise(head, after, PAGE):
            for credential in page:
                done += await self._rewrap(credential)
            after = page[-1].endpoint
        return done

    async def _rewrap(self, old: EndpointCredential) -> bool:
        try:
            sealed = rewrap(old.sealed, old.binding, self.keys, self.entropy)
        except Unsealable as fault:
            log.warning("the secret of the endpoint %s is left: %s", old.endpoint, fault.message)
            return False
        return await self.store.replace(old, structs.replace(old, sealed=sealed))

    def sealed(
        self, endpoint: str, version: int, destination: Destination, secret: SecretText
    ) -> EndpointCredential:
        """A secret, sealed for one endpoint, version, owner and host, and kept nowhere."""
        binding = Binding(destination.owner, endpoint, version, destination.host)
        return EndpointCredential(
            endpoint=endpoint,
            owner=destination.owner,
            version=version,
            scheme=destination.scheme,
            header=destination.header,
            host=destination.host,
            sealed=seal(secret, binding, self.keys, self.entropy),
        )
