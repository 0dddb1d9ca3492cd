"""Letters in memory, and a post that remembers what was sent."""

from collections.abc import Sequence
from datetime import datetime

from routeyard.domain.errors import Unavailable
from routeyard.wire.record import Outgoing, Position
from services.registry.letters import Fate, Letter


class MemoryLetters:
    """See `services.registry.letters.LetterStore`."""

    def __init__(self) -> None:
        self._letters: list[Letter] = []

    async def keep(self, letters: Sequence[Letter]) -> int:
        known = {_same(letter) for letter in self._letters}
        fresh = {_same(letter): letter for letter in letters if _same(letter) not in known}
        for letter in fresh.values():
            self._letters.append(letter._replace(id=len(self._letters) + 1))
        return len(fresh)

    async def find(self, letter: int) -> Letter | None:
        return next((each for each in self._letters if each.id == letter), None)

    async def page(self, fate: Fate | None, before: int | None, most: int) -> list[Letter]:
        found = [
            each
            for each in reversed(self._letters)
            if fate in (None, each.fate) and (before is None or (each.id or 0) < before)
        ]
        return found[:most]

    async def mark_replayed(self, letter: int, at: datetime) -> None:
        self._letters = [
            each._replace(replayed_at=at) if each.id == letter else each for each in self._letters
        ]


class RecordingPost:
    """See `services.registry.letters.Post`. `is_away` makes it raise Unavailable."""

    def __init__(self) -> None:
        self.is_away = False
        self.sent: list[Outgoing] = []

    async def write(self, records: Sequence[Outgoing]) -> list[Position]:
        if self.is_away:
            raise Unavailable("The broker is away.")
        self.sent += records
        return [Position(record.topic, 0, number) for number, record in enumerate(records)]


def _same(letter: Letter) -> tuple[Position, bytes | None, bytes | None]:
    return (letter.origin, letter.key, letter.value)
