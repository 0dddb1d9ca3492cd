"""What endpoints serve, and what was seen of them, in memory."""

from collections.abc import Sequence
from datetime import datetime

from routeyard.wire.probe import ProbeResult
from services.registry.serving import Serving
from tests.builders import NOON


class MemoryServing:
    """See `services.registry.serving.ServingStore`."""

    def __init__(self) -> None:
        self._held: dict[str, Serving] = {}
        self._created_at: dict[str, datetime] = {}
        self._ask_at: dict[str, datetime] = {}

    async def find(self, endpoint: str) -> Serving | None:
        return self._held.get(endpoint)

    def put(self, serving: Serving, at: datetime) -> bool:
        """As a commit does."""
        if not self.is_current(serving):
            return False
        self._held[serving.endpoint] = serving._replace(version=serving.version + 1)
        if serving.version == 0:
            self._created_at[serving.endpoint] = self._ask_at[serving.endpoint] = at
        return True

    def is_current(self, serving: Serving) -> bool:
        held = self._held.get(serving.endpoint)
        return serving.version == 0 or (held is not None and held.version == serving.version)

    def forget(self, endpoint: str) -> None:
        """As a commit does."""
        self._held.pop(endpoint, None)

    async def change(self, serving: Serving) -> bool:
        return serving.version > 0 and self.put(serving, NOON)

    async def drop(self, endpoint: str) -> None:
        self.forget(endpoint)

    async def drop_of_tenant(self, owner: str) -> None:
        self._held = {name: held for name, held in self._held.items() if held.owner != owner}

    async def ask_at(self, endpoint: str, at: datetime) -> None:
        self._ask_at[endpoint] = at

    async def due(self, now: datetime, again_at: datetime, most: int) -> Sequence[str]:
        due = sorted(n for n in self._held if self._ask_at[n] <= now)[:most]
        self._ask_at |= dict.fromkeys(due, again_at)
        return due

    async def older_than(self, at: datetime, after: str, most: int) -> Sequence[str]:
        found = [n for n in sorted(self._held) if n > after and self._created_at[n] < at]
        return found[:most]


class MemoryProbes:
    """See `services.registry.probes.ProbeStore`."""

    def __init__(self) -> None:
        self._kept: dict[str, ProbeResult] = {}

    async def keep(self, result: ProbeResult, _: str | None) -> None:
        self._kept.setdefault(result.ask, result)

    async def find(self, ask: str) -> ProbeResult | None:
        return self._kept.get(ask)

    async def prune(self, before: datetime) -> int:
        gone = [ask for ask, result in self._kept.items() if result.at < before]
        for ask in gone:
            del self._kept[ask]
        return len(gone)
