"""Key verifiers in memory."""

from datetime import datetime

import msgspec

from routeyard.domain.keys import KeyVerifier


class MemoryKeys:
    """See `services.registry.keys.KeyStore`."""

    def __init__(self) -> None:
        self._verifiers: dict[str, KeyVerifier] = {}

    async def add(self, verifier: KeyVerifier, at: datetime) -> None:  # noqa: ARG002 - the port's
        self._verifiers.setdefault(verifier.key_id, verifier)

    async def find(self, key_id: str) -> KeyVerifier | None:
        return self._verifiers.get(key_id)

    async def revoke(self, key_id: str) -> bool:
        known = self._verifiers.get(key_id)
        if known is not None:
            self._verifiers[key_id] = msgspec.structs.replace(known, revoked=True)
        return known is not None

    async def labelled(self, label: str) -> list[KeyVerifier]:
        return [v for v in self._verifiers.values() if v.label == label and not v.revoked]
