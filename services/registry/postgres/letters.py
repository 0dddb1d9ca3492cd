"""Letters in PostgreSQL, byte for byte."""

from base64 import b64decode, b64encode
from collections.abc import Sequence
from datetime import datetime
from hashlib import blake2b
from typing import Any

import msgspec
from sqlalchemy import Row, text
from sqlalchemy.ext.asyncio import AsyncEngine

from routeyard.wire.record import Headers, Position
from services.registry.letters import Fate, Letter
from services.registry.postgres.engine import transaction
from services.registry.postgres.scope import PLATFORM

_COLUMNS = (
    'id, fate, topic, partition, "offset", key, value, headers::text AS headers, '
    "code, error, consumer, received_at, replayed_at"
)
_KEEP = (
    'INSERT INTO letter (fate, topic, partition, "offset", origin_digest, key, headers, value, '
    "code, error, consumer, received_at) VALUES (:fate, :topic, :partition, :offset, :digest, "
    ":key, CAST(:headers AS jsonb), :value, :code, :error, :consumer, :received_at) "
    'ON CONFLICT (topic, partition, "offset", origin_digest) DO NOTHING'
)


class PostgresLetters:
    """See `services.registry.letters.LetterStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def keep(self, letters: Sequence[Letter]) -> int:
        """Keep letters; how many were new. One that is there already changes nothing."""
        async with transaction(self._engine, PLATFORM) as connection:
            done = [await connection.execute(text(_KEEP), _values(letter)) for letter in letters]
        return sum(max(result.rowcount, 0) for result in done)

    async def find(self, letter: int) -> Letter | None:
        """One letter."""
        async with transaction(self._engine, PLATFORM) as connection:
            found = await connection.execute(
                text(f"SELECT {_COLUMNS} FROM letter WHERE id = :id"),
                {"id": letter},
            )
            row = found.one_or_none()
        return _letter(row) if row else None

    async def page(self, fate: Fate | None, before: int | None, most: int) -> list[Letter]:
        """Letters older than `before`, newest first."""
        async with transaction(self._engine, PLATFORM) as connection:
            found = await connection.execute(
                text(
                    f"SELECT {_COLUMNS} FROM letter "
                    "WHERE (CAST(:fate AS text) IS NULL OR fate = :fate) "
                    "AND (CAST(:before AS bigint) IS NULL OR id < :before) "
                    "ORDER BY id DESC LIMIT :most"
                ),
                {"fate": fate, "before": before, "most": most},
            )
            return [_letter(row) for row in found]

    async def mark_replayed(self, letter: int, at: datetime) -> None:
        """It was replayed."""
        async with transaction(self._engine, PLATFORM) as connection:
            await connection.execute(
                text("UPDATE letter SET replayed_at = :at WHERE id = :id"),
                {"id": letter, "at": at},
            )


def _values(letter: Letter) -> dict[str, Any]:
    return {
        "fate": letter.fate,
        "topic": _storable(letter.origin.topic),
        "partition": letter.origin.partition,
        "offset": letter.origin.offset,
        "digest": _digest(letter),
        "key": letter.key,
        "headers": msgspec.json.encode(
            [(_base64(name.encode()), _base64(value)) for name, value in letter.headers]
        ).decode(),
        "value": letter.value,
        "code": _storable(letter.code),
        "error": _storable(letter.error),
        "consumer": _storable(letter.consumer),
        "received_at": letter.received_at,
    }


def _letter(row: Row[Any]) -> Letter:
    return Letter(
        fate=Fate(row.fate),
        origin=Position(row.topic, row.partition, row.offset),
        key=row.key,
        value=row.value,
        headers=_headers(row.headers),
        code=row.code,
        error=row.error,
        consumer=row.consumer,
        received_at=row.received_at,
        id=row.id,
        replayed_at=row.replayed_at,
    )


def _headers(written: str) -> Headers:
    pairs = msgspec.json.decode(written, type=list[tuple[str, str]])
    return tuple((b64decode(name).decode(), b64decode(value)) for name, value in pairs)


def _digest(letter: Letter) -> bytes:
    """Tells two records apart that had the same place, before and after a broker forgot it."""
    said = blake2b(digest_size=16)
    for part in (letter.key, letter.value):
        said.update(b"%d:" % (-1 if part is None else len(part)) + (part or b""))
    return said.digest()


def _base64(data: bytes) -> str:
    return b64encode(data).decode()


def _storable(text_: str) -> str:
    """PostgreSQL's text cannot hold NUL."""
    return text_.replace("\x00", "\ufffd")
