"""Key verifiers in PostgreSQL; NOTIFY wakes the relay, which announces what is new."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import msgspec
from msgspec import structs
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from routeyard.domain.errors import InvalidRequest
from routeyard.domain.keys import KeyVerifier, is_last_admin
from routeyard.domain.tenancy import Role
from services.registry.keystore import Act, KeyChange, KeyEntry, KeyEvent, Whose
from services.registry.postgres.engine import transaction
from services.registry.postgres.notice import announce
from services.registry.postgres.scope import PLATFORM, scope_of

LAST_ADMIN = (
    "This is the last platform admin's key that is valid; issue another one first, or force it."
)
_VERIFIER = msgspec.json.Decoder(KeyVerifier)
_ADD = (
    "INSERT INTO api_key (key_id, verifier, created_at, rotates) "
    "VALUES (:key_id, CAST(:verifier AS jsonb), :at, :rotates)"
)
_CHANGE = (
    "UPDATE api_key SET announced_at = NULL, verifier = CAST(:verifier AS jsonb), "
    "revoked_at = coalesce(revoked_at, CAST(:revoked_at AS timestamptz)) WHERE key_id = :key_id"
)
_NOTE = (
    "INSERT INTO key_event (key_id, tenant, project, change, actor, reason, at) "
    "VALUES (:key_id, :tenant, :project, :change, :actor, :reason, :at)"
)
_IS_MEANT = (
    "(CAST(:tenant AS text) IS NULL OR tenant = :tenant) "
    "AND (CAST(:project AS text) IS NULL OR project = :project) "
    "AND (CAST(:key_id AS text) IS NULL OR key_id = :key_id) "
)
_IS_OWN = (
    "EXISTS (SELECT FROM api_key k WHERE k.key_id = key_event.actor "
    "AND k.tenant = key_event.tenant)"
)


class PostgresKeys:
    """See `services.registry.keystore.KeyStore`."""

    def __init__(self, engine: AsyncEngine) -> None:
        self._engine = engine

    async def add(self, verifier: KeyVerifier, act: Act) -> None:
        """Keep a new key's verifier."""
        async with transaction(self._engine, PLATFORM) as connection:
            await _add(connection, verifier, act, None)
            await _note(connection, [verifier], KeyChange.ISSUED, act)
            await announce(connection)

    async def rotate(
        self, old: KeyVerifier, ending: KeyVerifier, new: KeyVerifier, act: Act
    ) -> bool:
        """Keep `new`, which comes in the place of `old`, and `ending` as what `old` is now."""
        async with transaction(self._engine, PLATFORM) as connection:
            held = await _locked(connection, "key_id = :key_id", key_id=old.key_id)
            found = await connection.execute(
                text("SELECT 1 FROM api_key WHERE rotates = :key_id"), {"key_id": old.key_id}
            )
            if held != [old] or found.first() is not None:
                return False
            await _add(connection, new, act, old.key_id)
            await _change(connection, [ending], None)
            await _note(connection, [new], KeyChange.ISSUED, act)
            await _note(connection, [ending], KeyChange.ROTATED, act)
            await announce(connection)
        return True

    async def find(self, key_id: str) -> KeyVerifier | None:
        """The verifier of a key."""
        async with transaction(self._engine, PLATFORM) as connection:
            found = await connection.execute(
                text("SELECT verifier::text FROM api_key WHERE key_id = :key_id"),
                {"key_id": key_id},
            )
            row = found.one_or_none()
        return _VERIFIER.decode(row[0]) if row else None

    async def revoke(self, key_id: str, act: Act, *, forced: bool = False) -> bool:
        """Make a key unusable; False when there is no such key."""
        async with transaction(self._engine, PLATFORM) as connection:
            # Admins' keys are locked together, so that two cannot each spare the other's last.
            held = await _locked(
                connection,
                "key_id = :key_id OR verifier ->> 'role' = :admin",
                key_id=key_id,
                admin=Role.PLATFORM_ADMIN,
            )
            known = [each for each in held if each.key_id == key_id]
            if not known:
                return False
            if not forced and is_last_admin(key_id, held, act.at):
                raise InvalidRequest(LAST_ADMIN, field="keyId")
            await _change(connection, [structs.replace(known[0], revoked=True)], act.at)
            await _note(connection, known, KeyChange.REVOKED, act)
            await announce(connection)
        return True

    async def shred(self, tenant: str, act: Act, project: str | None = None) -> int:
        """Make a tenant's keys, or a project's, unusable for good, and forget their digests."""
        async with transaction(self._engine, PLATFORM) as connection:
            held = await _locked(connection, "tenant = :tenant", tenant=tenant)
            left = [each for each in held if each.digest and project in (None, each.project)]
            gone = [structs.replace(each, revoked=True, digest="") for each in left]
            await _change(connection, gone, act.at)
            await _note(connection, gone, KeyChange.SHREDDED, act)
            await announce(connection)
        return len(gone)

    async def labelled(self, label: str) -> list[KeyVerifier]:
        """The verifiers with a label that are not revoked."""
        async with transaction(self._engine, PLATFORM) as connection:
            found = await connection.execute(
                text(
                    "SELECT verifier::text FROM api_key WHERE verifier->>'label' = :label "
                    "AND NOT coalesce(CAST(verifier->>'revoked' AS boolean), false) "
                    "ORDER BY created_at, key_id"
                ),
                {"label": label},
            )
            return [_VERIFIER.decode(row[0]) for row in found]

    async def page(
        self, asker: str | None, whose: Whose, after: str | None, most: int
    ) -> Sequence[KeyEntry]:
        """Keys by id, from the one after `after` on."""
        async with transaction(self._engine, scope_of(asker)) as connection:
            found = await connection.execute(
                text(
                    "SELECT verifier::text, created_at, revoked_at, rotates FROM api_key "
                    f"WHERE {_IS_MEANT} AND (CAST(:after AS text) IS NULL OR key_id > :after) "
                    "ORDER BY key_id LIMIT :most"
                ),
                {**whose._asdict(), "after": after, "most": most},
            )
            return [
                KeyEntry(_VERIFIER.decode(row[0]), row.created_at, row.revoked_at, row.rotates)
                for row in found
            ]

    async def history(
        self, asker: str | None, whose: Whose, before: int | None, most: int
    ) -> Sequence[KeyEvent]:
        """What became of keys, newest first."""
        async with transaction(self._engine, scope_of(asker)) as connection:
            found = await connection.execute(
                text(
                    f"SELECT id, key_id, tenant, change, actor, reason, at, {_IS_OWN} AS is_own "
                    "FROM key_event "
                    f"WHERE {_IS_MEANT} AND (CAST(:before AS bigint) IS NULL OR id < :before) "
                    "ORDER BY id DESC LIMIT :most"
                ),
                {**whose._asdict(), "before": before, "most": most},
            )
            return [
                KeyEvent(
                    row.id,
                    row.key_id,
                    row.tenant,
                    KeyChange(row.change),
                    Act(row.actor, row.reason, row.at),
                    is_own=row.is_own,
                )
                for row in found
            ]


async def _locked(
    connection: AsyncConnection, condition: str, **values: object
) -> list[KeyVerifier]:
    found = await connection.execute(
        text(f"SELECT verifier::text FROM api_key WHERE {condition} ORDER BY key_id FOR UPDATE"),
        values,
    )
    return [_VERIFIER.decode(row[0]) for row in found]


async def _add(
    connection: AsyncConnection, verifier: KeyVerifier, act: Act, rotates: str | None
) -> None:
    values = {**_written(verifier), "at": act.at, "rotates": rotates}
    await connection.execute(text(_ADD), values)


async def _change(
    connection: AsyncConnection, verifiers: Sequence[KeyVerifier], revoked_at: datetime | None
) -> None:
    if verifiers:
        rows = [{**_written(each), "revoked_at": revoked_at} for each in verifiers]
        await connection.execute(text(_CHANGE), rows)


async def _note(
    connection: AsyncConnection, verifiers: Sequence[KeyVerifier], change: KeyChange, act: Act
) -> None:
    if verifiers:
        rows = [
            {
                "key_id": each.key_id,
                "tenant": each.tenant,
                "project": each.project,
                "change": change,
                **act._asdict(),
            }
            for each in verifiers
        ]
        await connection.execute(text(_NOTE), rows)


def _written(verifier: KeyVerifier) -> dict[str, Any]:
    return {"key_id": verifier.key_id, "verifier": msgspec.json.encode(verifier).decode()}
