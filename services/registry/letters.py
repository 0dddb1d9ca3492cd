"""Records that were put aside: kept, listed, and replayed once somebody has mended the cause."""

from collections.abc import Callable, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple, Protocol

from routeyard.domain.errors import ErrorCode, InvalidRequest
from routeyard.kafka.letters import PREFIX
from routeyard.runtime.clock import Clock
from routeyard.wire.record import Headers, Incoming, Outgoing, Position
from routeyard.wire.topics import REPLAYABLE, Carries, Topics

MAX_DIGITS = 18


class Fate(StrEnum):
    """Why a record was put aside."""

    DEAD = "dead"
    PARKED = "parked"


class Letter(NamedTuple):
    """A record that was put aside, with the place it came from and the reason.

    `id` is None before it is kept; `headers` are the original's own.
    """

    fate: Fate
    origin: Position
    key: bytes | None
    value: bytes | None
    headers: Headers
    code: str
    error: str
    consumer: str
    received_at: datetime
    id: int | None = None
    replayed_at: datetime | None = None


class LetterStore(Protocol):
    """Where letters are kept. Methods raise Unavailable when it does not answer."""

    async def keep(self, letters: Sequence[Letter]) -> int:
        """Keep letters; how many were new. One that is there already changes nothing."""

    async def find(self, letter: int) -> Letter | None:
        """One letter."""

    async def page(self, fate: Fate | None, before: int | None, most: int) -> list[Letter]:
        """Letters older than `before`, newest first."""

    async def mark_replayed(self, letter: int, at: datetime) -> None:
        """It was replayed."""


class Post(Protocol):
    """Publishes records; raises Unavailable when the broker is away."""

    async def write(self, records: Sequence[Outgoing]) -> list[Position]:
        """Publish records; where each came to lie."""


class Letters(NamedTuple):
    """Takes letters in from Kafka, and sends them back.

    `noted` is told how many new ones of a fate, with a code, were kept.
    """

    store: LetterStore
    post: Post
    topics: Topics
    clock: Clock
    noted: Callable[[Fate, str, int], None]

    async def take(self, records: Sequence[Incoming]) -> None:
        """Keep the records of the dead-letter and parked topics."""
        letters = [self._read(record) for record in records]
        for fate, code in sorted({(letter.fate, letter.code) for letter in letters}):
            alike = [letter for letter in letters if (letter.fate, letter.code) == (fate, code)]
            self.noted(fate, code, await self.store.keep(alike))

    def _read(self, record: Incoming) -> Letter:
        parked_topic = self.topics.name(Carries.PARKED)
        fate = Fate.PARKED if record.position.topic == parked_topic else Fate.DEAD
        return read(record, fate, self.clock())

    async def replay(self, letter: int) -> Letter | None:
        """Publish the original again, where it came from; None when there is no such letter.

        Raises:
            InvalidRequest: it did not come from a topic that may be replayed to.
            Unavailable: the broker or the database is away.
        """
        found = await self.store.find(letter)
        if found is None:
            return None
        await self.post.write([original(found, self.topics)])
        at = self.clock()
        await self.store.mark_replayed(letter, at)
        return found._replace(replayed_at=at)


def read(record: Incoming, fate: Fate, at: datetime) -> Letter:
    """The letter in a record. Total: whatever somebody wrote to the topic becomes a letter."""
    said = {name: record.header(f"{PREFIX}{name}") for name in _REASONS}
    partition, offset = _number(said["partition"]), _number(said["offset"])
    is_placed = bool(said["topic"]) and partition is not None and offset is not None
    return Letter(
        fate=fate,
        origin=Position(said["topic"] or "", partition or 0, offset or 0)
        if is_placed
        else record.position,
        key=record.key,
        value=record.value,
        headers=tuple(h for h in record.headers if not h[0].startswith(PREFIX)),
        code=said["code"] or ErrorCode.INVALID_EVENT,
        error=said["error"] or "The record says no reason.",
        consumer=said["consumer"] or "unknown",
        received_at=at,
    )


_REASONS = ("topic", "partition", "offset", "code", "error", "consumer")


def _number(text: str | None) -> int | None:
    is_number = text is not None and text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS
    return int(text) if text is not None and is_number else None


def original(letter: Letter, topics: Topics) -> Outgoing:
    """The record as it was before it was put aside.

    Raises:
        InvalidRequest: it did not come from a topic that may be replayed to.
    """
    if letter.origin.topic not in {topics.name(carries) for carries in REPLAYABLE}:
        raise InvalidRequest(
            f"Letter {letter.id} came from {letter.origin.topic!r}, which is not replayed to; "
            "publish a corrected record instead."
        )
    return Outgoing(letter.origin.topic, letter.key, letter.value, letter.headers)
