"""Key verifiers in memory."""

from collections.abc import Sequence
from datetime import datetime

from msgspec import structs

from routeyard.domain.errors import InvalidRequest
from routeyard.domain.keys import KeyVerifier, is_last_admin
from services.registry.keystore import Act, KeyChange, KeyEntry, KeyEvent, Whose


class MemoryKeys:
    """See `services.registry.keystore.KeyStore`."""

    def __init__(self) -> None:
        self._entries: dict[str, KeyEntry] = {}
        self._events: list[tuple[KeyVerifier, KeyEvent]] = []

    async def add(self, verifier: KeyVerifier, act: Act) -> None:
        self._entries[verifier.key_id] = KeyEntry(verifier, act.at)
        self._note(verifier, KeyChange.ISSUED, act)

    async def rotate(
        self, old: KeyVerifier, ending: KeyVerifier, new: KeyVerifier, act: Act
    ) -> bool:
        held = self._entries.get(old.key_id)
        if held is None or held.verifier != old:
            return False
        if any(each.rotates == old.key_id for each in self._entries.values()):
            return False
        self._entries[new.key_id] = KeyEntry(new, act.at, rotates=old.key_id)
        self._put(ending, None)
        self._note(new, KeyChange.ISSUED, act)
        self._note(ending, KeyChange.ROTATED, act)
        return True

    async def find(self, key_id: str) -> KeyVerifier | None:
        held = self._entries.get(key_id)
        return held.verifier if held else None

    async def revoke(self, key_id: str, act: Act, *, forced: bool = False) -> bool:
        known = await self.find(key_id)
        if known is None:
            return False
        held = [each.verifier for each in self._entries.values()]
        if not forced and is_last_admin(key_id, held, act.at):
            raise InvalidRequest("This is the last platform admin's key.")
        self._put(structs.replace(known, revoked=True), act.at)
        self._note(known, KeyChange.REVOKED, act)
        return True

    async def shred(self, tenant: str, act: Act, project: str | None = None) -> int:
        held = [e.verifier for e in self._entries.values() if e.verifier.tenant == tenant]
        left = [each for each in held if each.digest and project in (None, each.project)]
        for each in left:
            self._put(structs.replace(each, revoked=True, digest=""), act.at)
            self._note(each, KeyChange.SHREDDED, act)
        return len(left)

    async def labelled(self, label: str) -> list[KeyVerifier]:
        held = [each.verifier for each in self._entries.values()]
        return [each for each in held if each.label == label and not each.revoked]

    async def page(
        self, asker: str | None, whose: Whose, after: str | None, most: int
    ) -> Sequence[KeyEntry]:
        found = [
            entry
            for key_id, entry in sorted(self._entries.items())
            if asker in (None, entry.verifier.tenant)
            and _is_meant(entry.verifier, whose)
            and key_id > (after or "")
        ]
        return found[:most]

    async def history(
        self, asker: str | None, whose: Whose, before: int | None, most: int
    ) -> Sequence[KeyEvent]:
        found = [
            event
            for verifier, event in reversed(self._events)
            if asker in (None, verifier.tenant)
            and _is_meant(verifier, whose)
            and (before is None or event.number < before)
        ]
        return found[:most]

    def _put(self, verifier: KeyVerifier, revoked_at: datetime | None) -> None:
        held = self._entries[verifier.key_id]
        self._entries[verifier.key_id] = held._replace(
            verifier=verifier, revoked_at=held.revoked_at or revoked_at
        )

    def _note(self, verifier: KeyVerifier, change: KeyChange, act: Act) -> None:
        number = len(self._events) + 1
        event = KeyEvent(number, verifier.key_id, verifier.tenant, change, act)
        actor = self._entries.get(act.actor)
        is_own = actor is not None and actor.verifier.tenant == verifier.tenant is not None
        event = event._replace(is_own=is_own)
        self._events.append((verifier, event))


def _is_meant(verifier: KeyVerifier, whose: Whose) -> bool:
    return (
        whose.tenant in (None, verifier.tenant)
        and whose.project in (None, verifier.project)
        and whose.key_id in (None, verifier.key_id)
    )
