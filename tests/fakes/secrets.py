"""Endpoints' sealed secrets in memory."""

from collections.abc import Sequence
from datetime import datetime

from routeyard.wire.credential import EndpointCredential
from services.registry.endpoint_secrets import Held


class MemorySecrets:
    """See `services.registry.endpoint_secrets.SecretStore`."""

    def __init__(self) -> None:
        self._held: dict[str, Held] = {}
        self._changed_at: dict[str, datetime] = {}

    async def find(self, endpoint: str) -> Held:
        return self._held.get(endpoint, Held())

    async def put(self, credential: EndpointCredential, at: datetime) -> bool:
        version, there = await self.find(credential.endpoint)
        if credential.version != version + 1:
            return False
        if there is not None and there.owner != credential.owner:
            return False
        self._held[credential.endpoint] = Held(credential.version, credential)
        self._changed_at[credential.endpoint] = at
        return True

    async def drop(self, endpoint: str, _: datetime) -> bool:
        version, there = await self.find(endpoint)
        if there is not None:
            self._held[endpoint] = Held(version + 1)
        return there is not None

    async def drop_version(self, endpoint: str, version: int, at: datetime) -> bool:
        if (await self.find(endpoint)).version != version:
            return False
        return await self.drop(endpoint, at)

    async def older_than(self, at: datetime, after: str, most: int) -> Sequence[EndpointCredential]:
        found = [
            held.credential
            for endpoint, held in sorted(self._held.items())
            if held.credential and endpoint > after and self._changed_at[endpoint] < at
        ]
        return found[:most]

    async def drop_of_tenant(self, owner: str, at: datetime) -> int:
        there = [held.credential for held in self._held.values() if held.credential]
        own = [each for each in there if each.owner == owner]
        for each in own:
            await self.drop(each.endpoint, at)
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
