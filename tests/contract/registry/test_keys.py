"""What every store of keys does, in memory and in PostgreSQL."""

import os
from collections.abc import Mapping

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from routeyard.domain.errors import Unauthenticated
from routeyard.domain.tenancy import Role
from services.registry.keys import REFUSAL, Keys, KeyStore, WantedKey
from services.registry.postgres.keys import PostgresKeys
from services.registry.postgres.outbox import PostgresOutbox
from tests.builders import NOON, at
from tests.fakes.keys import MemoryKeys

PEPPER = b"pepper" * 4


def keys_on(store: KeyStore, *, seconds: float = 0) -> Keys:
    return Keys(store, PEPPER, lambda: at(seconds), os.urandom)


def bearer(key: str) -> Mapping[str, str]:
    return {"authorization": f"Bearer {key}"}


class KeyCases:
    async def test_an_issued_key_is_its_holder(self, store: KeyStore) -> None:
        keys = keys_on(store)
        issued = await keys.issue(WantedKey(Role.TENANT_ADMIN, "acme", "first"))
        for headers in (bearer(issued.key), {"x-api-key": issued.key}):
            principal = await keys.authenticate(headers)
            assert (principal.role, principal.scope.tenant) == (Role.TENANT_ADMIN, "acme")
            assert principal.scope.key == issued.key_id

    async def test_the_key_itself_is_kept_nowhere(self, store: KeyStore) -> None:
        issued = await keys_on(store).issue(WantedKey(Role.SERVICE))
        assert issued.key.rpartition("_")[2][:52] not in repr(await store.find(issued.key_id))

    async def test_whatever_is_wrong_the_answer_is_the_same(self, store: KeyStore) -> None:
        keys = keys_on(store)
        good = await keys.issue(WantedKey(Role.SERVICE))
        revoked = await keys.issue(WantedKey(Role.SERVICE))
        over = await keys.issue(WantedKey(Role.SERVICE, expires_at=NOON))
        unknown = await keys_on(MemoryKeys()).issue(WantedKey(Role.SERVICE))
        other_pepper = keys._replace(pepper=b"other")
        assert await store.revoke(revoked.key_id)

        refused = [
            {},
            {"authorization": good.key},
            {"authorization": "Basic eDp5"},
            bearer(""),
            bearer(good.key[:-1]),
            bearer("ry_a_b\x0001234567"),
            *(bearer(each.key) for each in (revoked, over, unknown)),
        ]
        for headers in refused:
            with pytest.raises(Unauthenticated, match=REFUSAL):
                await keys.authenticate(headers)
        with pytest.raises(Unauthenticated, match=REFUSAL):
            await other_pepper.authenticate(bearer(good.key))

    async def test_revoking_what_is_not_there_says_so(self, store: KeyStore) -> None:
        assert not await store.revoke("nobody")

    async def test_a_label_finds_keys_that_are_not_revoked(self, store: KeyStore) -> None:
        keys = keys_on(store)
        kept = await keys.issue(WantedKey(Role.SERVICE, label="bootstrap"))
        gone = await keys.issue(WantedKey(Role.SERVICE, label="bootstrap"))
        await keys.issue(WantedKey(Role.SERVICE, label="other"))
        await store.revoke(gone.key_id)
        assert [v.key_id for v in await store.labelled("bootstrap")] == [kept.key_id]


class TestKeysInMemory(KeyCases):
    @pytest.fixture
    def store(self) -> KeyStore:
        return MemoryKeys()


class TestKeysInPostgres(KeyCases):
    @pytest.fixture
    def store(self, engine: AsyncEngine) -> KeyStore:
        return PostgresKeys(engine)

    async def test_a_key_waits_to_be_announced_until_it_is(
        self, store: KeyStore, ledger_database: str
    ) -> None:
        issued = await keys_on(store).issue(WantedKey(Role.SERVICE, label="x", expires_at=at(9)))
        async with PostgresOutbox(ledger_database).lead() as lead:
            waiting = await lead.keys(all_of_them=False)
            assert [v.key_id for v in waiting] == [issued.key_id]
            await lead.mark_keys(waiting)
            assert await lead.keys(all_of_them=False) == []

    async def test_a_revocation_during_the_announcement_is_announced_too(
        self, store: KeyStore, ledger_database: str
    ) -> None:
        issued = await keys_on(store).issue(WantedKey(Role.SERVICE))
        async with PostgresOutbox(ledger_database).lead() as lead:
            before = await lead.keys(all_of_them=False)
            await store.revoke(issued.key_id)
            await lead.mark_keys(before)
            assert [v.revoked for v in await lead.keys(all_of_them=False)] == [True]
