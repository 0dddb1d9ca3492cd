"""Keys for the tenants of the world; their ids are spelled with the tenants' words."""

from base64 import b32decode, b64decode
from datetime import datetime, timedelta

from sqlalchemy.ext.asyncio import AsyncEngine

from routeyard.domain.keys import KeyVerifier, Pepper
from routeyard.domain.tenancy import Role
from services.registry.keys import Keys, WantedKey
from services.registry.keystore import Act
from services.registry.postgres.keys import PostgresKeys
from tests.services.registry.graphql.conftest import SECRET
from tests.services.registry.scoping.customers import OTHER, OWN, PLATFORM, Customer

SECRET_BYTES = bytes(range(32))
PLATFORMS_KEY = f"{PLATFORM}admin2222"


async def issued(pool: AsyncEngine, now: datetime) -> dict[str, str]:
    """Issue all keys; those that are asked with, by holder."""
    made = {}
    admin = WantedKey(Role.PLATFORM_ADMIN, label="platform")
    made["admin"] = (await _keys(pool, now, PLATFORMS_KEY).issue(admin, PLATFORMS_KEY)).key
    for holder, who in (("own", OWN), ("other", OTHER)):
        label = f"{who.word} key"
        for role, key_id, wanted in (
            ("admin", who.key, WantedKey(Role.TENANT_ADMIN, who.word, label)),
            ("user", who.user_key, WantedKey(Role.TENANT_USER, who.word, label)),
        ):
            keys = _keys(pool, now, key_id)
            made[f"{holder} {role}"] = (await keys.issue(wanted, PLATFORMS_KEY)).key
        await _others(pool, who, now)
    return made


async def _others(pool: AsyncEngine, who: Customer, now: datetime) -> None:
    """A project's key that was rotated, and one that was revoked."""
    act = Act(who.key, f"{who.word} changes keys", now)
    wanted = WantedKey(
        Role.TENANT_USER,
        who.word,
        f"{who.word} batch",
        expires_at=now + timedelta(days=90),
        project=who.project,
    )
    old = await _keys(pool, now, who.old_key).issue(wanted, who.key)
    known = await _known(pool, old.key_id)
    await _keys(pool, now, who.new_key).rotate(known, timedelta(hours=1), act)
    gone = await _keys(pool, now, f"{who.word}gone222222").issue(wanted, who.key)
    await PostgresKeys(pool).revoke(gone.key_id, act)


async def _known(pool: AsyncEngine, key_id: str) -> KeyVerifier:
    known = await PostgresKeys(pool).find(key_id)
    assert known is not None
    return known


def _keys(pool: AsyncEngine, now: datetime, key_id: str) -> Keys:
    entropy = b32decode(key_id.upper()) + SECRET_BYTES
    return Keys(PostgresKeys(pool), Pepper(b64decode(SECRET)), lambda: now, lambda _: entropy)
