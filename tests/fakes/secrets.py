"""Endpoints' sealed secrets in memory."""

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from routeyard.domain.secret import SecretText
from routeyard.wire.credential import EndpointCredential
from services.registry.endpoint_secrets import Destination, EndpointSecrets, Held, SecretStore
from services.registry.postgres import endpoint_secrets
from services.registry.postgres.endpoint_secrets import PostgresSecrets
from services.registry.postgres.engine import transaction
from services.registry.postgres.scope import PLATFORM


class MemorySecrets:
    """See `services.registry.endpoint_secrets.SecretStore`."""

    def __init__(self) -> None:
        self._held: dict[str, Held] = {}
        self._changed_at: dict[str, datetime] = {}

    async def find(self, endpoint: str) -> Held:
        return self._held.get(endpoint, Held())

    def put(self, credential: EndpointCredential, at: datetime) -> bool:
        """As a commit does."""
        version, there = self._held.get(credential.endpoint, Held())
        if credential.version != version + 1:
            return False
        if there is not None and there.owner != credential.owner:
            return False
        self._held[credential.endpoint] = Held(credential.version, credential)
        self._changed_at[credential.endpoint] = at
        return True

    def drop(self, endpoint: str) -> bool:
        """As a commit does."""
        version, there = self._held.get(endpoint, Held())
        if there is not None:
            self._held[endpoint] = Held(version + 1)
        return there is not None

    async def drop_version(self, endpoint: str, version: int, _: datetime) -> bool:
        if (await self.find(endpoint)).version != version:
            return False
        return self.drop(endpoint)

    async def older_than(self, at: datetime, after: str, most: int) -> Sequence[EndpointCredential]:
        found = [
            held.credential
            for endpoint, held in sorted(self._held.items())
            if held.credential and endpoint > after and self._changed_at[endpoint] < at
        ]
        return found[:most]

    async def drop_of_tenant(self, owner: str, _: datetime) -> int:
        there = [held.credential for held in self._held.values() if held.credential]
        own = [each for each in there if each.owner == owner]
        for each in own:
            self.drop(each.endpoint)
        return len(own)

    async def sealed_otherwise(
        self, head: bytes, after: str, most: int
    ) -> Sequence[EndpointCredential]:
        found = [
            held.credential
            for endpoint, held in sorted(self._held.items())
            if held.credential and endpoint > after and not held.credential.sealed.startswith(head)
        ]
        return found[:most]

    async def replace(self, old: EndpointCredential, new: EndpointCredential) -> bool:
        is_there = (await self.find(old.endpoint)).credential == old
        if is_there:
            self._held[old.endpoint] = Held(new.version, new)
        return is_there


async def put(
    secrets: EndpointSecrets, endpoint: str, destination: Destination, secret: SecretText
) -> int:
    """Keep a secret as the commit of an order does; its version."""
    while True:
        credential = await secrets.following(endpoint, destination, secret)
        if await put_sealed(secrets.store, credential, secrets.clock()):
            return credential.version


async def put_sealed(store: SecretStore, credential: EndpointCredential, at: datetime) -> bool:
    """The same of a secret that is sealed."""
    if isinstance(store, MemorySecrets):
        return store.put(credential, at)
    async with _connection(store) as connection:
        return await endpoint_secrets.put(connection, credential, at)


async def drop(secrets: EndpointSecrets, endpoint: str) -> None:
    """Forget a secret as the commit of an order does."""
    if isinstance(secrets.store, MemorySecrets):
        secrets.store.drop(endpoint)
        return
    async with _connection(secrets.store) as connection:
        await endpoint_secrets.drop(connection, endpoint, secrets.clock())


def _connection(store: SecretStore) -> AbstractAsyncContextManager[AsyncConnection]:
    assert isinstance(store, PostgresSecrets)
    return transaction(store._engine, PLATFORM)
