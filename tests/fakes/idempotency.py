"""Requests under keys in memory. `now` is in seconds; tests move it."""

from services.registry.idempotency import (
    KEPT_S,
    Answered,
    Begun,
    Found,
    Held,
    Keyed,
    Other,
)


class MemoryRequests:
    """See `services.registry.idempotency.RequestStore`."""

    def __init__(self) -> None:
        self.now = 0.0
        self._rows: dict[tuple[str, str], _Row] = {}

    async def begin(self, keyed: Keyed, sealed_seed: bytes, held_s: float) -> Found:
        row = self._rows.get(keyed[:2])
        if row is None or row.begun_at < self.now - KEPT_S:
            row = self._rows[keyed[:2]] = _Row(keyed.digest, sealed_seed, self.now)
        elif row.digest != keyed.digest:
            return Other()
        elif row.is_answered:
            return Answered(row.sealed)
        elif row.held_until > self.now:
            return Held()
        row.held_until = self.now + held_s
        return Begun(row.sealed)

    async def answer(self, keyed: Keyed, sealed: bytes) -> None:
        row = self._rows[keyed[:2]]
        if not row.is_answered:
            row.sealed, row.is_answered = sealed, True

    async def let_go(self, keyed: Keyed) -> None:
        self._rows[keyed[:2]].held_until = self.now

    async def prune(self) -> int:
        old = [key for key, row in self._rows.items() if row.begun_at < self.now - KEPT_S]
        for key in old:
            del self._rows[key]
        return len(old)


class _Row:
    def __init__(self, digest: bytes, sealed: bytes, begun_at: float) -> None:
        self.digest = digest
        self.sealed = sealed
        self.begun_at = begun_at
        self.held_until = 0.0
        self.is_answered = False
