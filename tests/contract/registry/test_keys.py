"""What every store of keys does, in memory and in PostgreSQL."""

import asyncio
import os
from collections.abc import Mapping
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from routeyard.domain.errors import InvalidRequest, Unauthenticated
from routeyard.domain.keys import Pepper
from routeyard.domain.tenancy import Role
from services.registry.keys import REFUSAL, Keys, WantedKey
from services.registry.keystore import Act, KeyChange, KeyStore, Whose
from services.registry.postgres.keys import PostgresKeys
from services.registry.postgres.outbox import PostgresOutbox
from tests.builders import NOON, at
from tests.fakes.keys import MemoryKeys

PEPPER = Pepper(b"pepper" * 4)
WHY = Act("admin", "because", at())


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
        other_pepper = keys._replace(pepper=Pepper(b"other"))
        assert await store.revoke(revoked.key_id, WHY)

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
        assert not await store.revoke("nobody", WHY)

    async def test_a_label_finds_keys_that_are_not_revoked(self, store: KeyStore) -> None:
        keys = keys_on(store)
        kept = await keys.issue(WantedKey(Role.SERVICE, label="bootstrap"))
        gone = await keys.issue(WantedKey(Role.SERVICE, label="bootstrap"))
        await keys.issue(WantedKey(Role.SERVICE, label="other"))
        await store.revoke(gone.key_id, WHY)
        assert [v.key_id for v in await store.labelled("bootstrap")] == [kept.key_id]

    async def test_a_rotated_key_works_on_for_the_overlap_and_the_new_one_at_once(
        self, store: KeyStore
    ) -> None:
        first = await keys_on(store).issue(WantedKey(Role.TENANT_USER, "acme", "ci", project="web"))
        known = await store.find(first.key_id)
        assert known is not None
        second = await keys_on(store).rotate(known, timedelta(seconds=60), WHY)

        for key in (first, second):
            principal = await keys_on(store, seconds=59).authenticate(bearer(key.key))
            assert (principal.role, principal.scope.tenant) == (Role.TENANT_USER, "acme")
            assert principal.scope.project == "web"
        late = keys_on(store, seconds=60)
        assert (await late.authenticate(bearer(second.key))).scope.key == second.key_id
        with pytest.raises(Unauthenticated):
            await late.authenticate(bearer(first.key))
        listed = {e.verifier.key_id: e for e in await store.page(None, Whose(), None, 9)}
        assert listed[second.key_id].rotates == first.key_id
        assert listed[second.key_id].verifier.label == "ci"

    async def test_without_an_overlap_the_old_key_is_over_at_once(self, store: KeyStore) -> None:
        first = await keys_on(store).issue(WantedKey(Role.SERVICE))
        known = await store.find(first.key_id)
        assert known is not None
        await keys_on(store).rotate(known, timedelta(), WHY)
        with pytest.raises(Unauthenticated):
            await keys_on(store).authenticate(bearer(first.key))

    async def test_the_new_key_lives_as_long_as_the_old_one_was_meant_to(
        self, store: KeyStore
    ) -> None:
        first = await keys_on(store).issue(WantedKey(Role.SERVICE, expires_at=at(100)))
        known = await store.find(first.key_id)
        assert known is not None
        later = WHY._replace(at=at(90))
        second = await keys_on(store, seconds=90).rotate(known, timedelta(seconds=60), later)
        old, new = [await store.find(each.key_id) for each in (first, second)]
        assert old is not None
        assert new is not None
        # The overlap does not make the old one live longer.
        assert (old.expires_at, new.expires_at) == (at(100), at(190))

    async def test_a_key_is_rotated_once_and_only_as_it_is(self, store: KeyStore) -> None:
        first = await keys_on(store).issue(WantedKey(Role.SERVICE))
        known = await store.find(first.key_id)
        assert known is not None
        await keys_on(store).rotate(known, timedelta(days=1), WHY)
        ending = await store.find(first.key_id)
        assert ending is not None
        for each in (known, ending):
            with pytest.raises(InvalidRequest, match="was rotated before"):
                await keys_on(store).rotate(each, timedelta(days=1), WHY)
        assert len(await store.page(None, Whose(), None, 9)) == 2

    async def test_a_revoked_key_is_not_rotated(self, store: KeyStore) -> None:
        first = await keys_on(store).issue(WantedKey(Role.SERVICE))
        known = await store.find(first.key_id)
        assert known is not None
        await store.revoke(first.key_id, WHY)
        revoked = await store.find(first.key_id)
        assert revoked is not None
        # Neither by who saw it before, nor by who sees it now.
        for each in (known, revoked):
            with pytest.raises(InvalidRequest, match="not valid any more"):
                await keys_on(store).rotate(each, timedelta(), WHY)

    async def test_the_last_platform_admins_key_is_revoked_by_force_only(
        self, store: KeyStore
    ) -> None:
        keys = keys_on(store)
        one, two = [await keys.issue(WantedKey(Role.PLATFORM_ADMIN)) for _ in range(2)]
        await keys.issue(WantedKey(Role.PLATFORM_ADMIN, expires_at=at(-1)))
        await keys.issue(WantedKey(Role.SERVICE))
        assert await store.revoke(one.key_id, WHY)
        with pytest.raises(InvalidRequest, match="last platform admin's key"):
            await store.revoke(two.key_id, WHY)
        assert (await keys.authenticate(bearer(two.key))).role is Role.PLATFORM_ADMIN
        # One that is revoked already is no last one.
        assert await store.revoke(one.key_id, WHY)
        assert await store.revoke(two.key_id, WHY, forced=True)
        with pytest.raises(Unauthenticated):
            await keys.authenticate(bearer(two.key))

    async def test_a_tenants_keys_are_shredded_and_nobody_elses(self, store: KeyStore) -> None:
        keys = keys_on(store)
        gone = [await keys.issue(WantedKey(Role.TENANT_USER, "acme")) for _ in range(3)]
        await store.revoke(gone[2].key_id, WHY)
        kept = [await keys.issue(WantedKey(Role.TENANT_USER, t)) for t in ("beta", "acme2")]
        service = await keys.issue(WantedKey(Role.SERVICE))

        assert await keys.shred("acme", WHY) == 3
        assert await keys.shred("acme", WHY) == 0
        assert await keys.shred("nobody", WHY) == 0
        for each in gone:
            with pytest.raises(Unauthenticated):
                await keys.authenticate(bearer(each.key))
            held = await store.find(each.key_id)
            assert held is not None
            assert (held.digest, held.revoked) == ("", True)
        for each in (*kept, service):
            await keys.authenticate(bearer(each.key))

    async def test_a_projects_keys_are_shredded_alone(self, store: KeyStore) -> None:
        keys = keys_on(store)
        made = [
            await keys.issue(WantedKey(Role.TENANT_USER, "acme", project=project))
            for project in ("web", "search", None)
        ]
        assert await keys.shred("acme", WHY, "web") == 1
        held = [await store.find(each.key_id) for each in made]
        assert [each is not None and each.revoked for each in held] == [True, False, False]

    async def test_keys_are_listed_by_id_in_pages(self, store: KeyStore) -> None:
        keys = keys_on(store)
        for tenant, project in (("acme", "a"), ("acme", None), ("beta", "a"), (None, None)):
            role = Role.TENANT_USER if tenant else Role.SERVICE
            await keys.issue(WantedKey(role, tenant, "x", project=project))
        everything = await store.page(None, Whose(), None, 9)
        ids = [each.verifier.key_id for each in everything]
        assert ids == sorted(ids)
        assert len(ids) == 4
        assert await store.page(None, Whose(), None, 2) == everything[:2]
        assert await store.page(None, Whose(), ids[1], 9) == everything[2:]
        acme = await store.page(None, Whose("acme"), None, 9)
        assert {e.verifier.tenant for e in acme} == {"acme"}
        assert len(acme) == 2
        assert len(await store.page(None, Whose("acme", "a"), None, 9)) == 1
        assert await store.page(None, Whose("nobody"), None, 9) == []
        assert {each.created_at for each in everything} == {at()}

    async def test_it_is_told_whether_a_key_of_the_same_tenant_changed_a_key(
        self, store: KeyStore
    ) -> None:
        keys = keys_on(store)
        boss = await keys.issue(WantedKey(Role.PLATFORM_ADMIN, label="boss"), "bootstrap")
        beta = await keys.issue(WantedKey(Role.TENANT_ADMIN, "beta", "b"), boss.key_id)
        first = await keys.issue(WantedKey(Role.TENANT_ADMIN, "acme", "a"), boss.key_id)
        second = await keys.issue(WantedKey(Role.TENANT_USER, "acme", "ci"), first.key_id)
        await store.revoke(second.key_id, Act(beta.key_id, "odd", at(1)))
        await keys.issue(WantedKey(Role.TENANT_USER, "acme", "idp"), "token:jo")
        told = await store.history(None, Whose(), None, 99)
        assert [event.is_own for event in reversed(told)] == [
            False,
            False,
            False,
            True,
            False,
            False,
        ]

    async def test_a_tenant_is_shown_its_own_keys_whatever_is_meant(self, store: KeyStore) -> None:
        keys = keys_on(store)
        own = await keys.issue(WantedKey(Role.TENANT_USER, "acme", "x"))
        for role, tenant in ((Role.TENANT_USER, "beta"), (Role.SERVICE, None)):
            await keys.issue(WantedKey(role, tenant, "x"))
        for asked, found in ((Whose(), [own.key_id]), (Whose("beta"), [])):
            shown = await store.page("acme", asked, None, 9)
            assert [each.verifier.key_id for each in shown] == found
            told = await store.history("acme", asked, None, 9)
            assert [each.key_id for each in told] == found

    async def test_whoever_changed_a_key_is_written_down(self, store: KeyStore) -> None:
        keys = keys_on(store)
        first = await keys.issue(WantedKey(Role.TENANT_USER, "acme", "ci"), "boss")
        other = await keys.issue(WantedKey(Role.SERVICE, label="s"), "boss", "needed")
        known = await store.find(first.key_id)
        assert known is not None
        second = await keys.rotate(known, timedelta(), Act("jo", "quarterly", at(1)))
        await store.revoke(second.key_id, Act("ann", "leaked", at(2)))
        await keys.shred("acme", Act("bob", "left", at(3)))

        everything = await store.history(None, Whose(), None, 99)
        told = [(e.key_id, e.change, e.act.actor, e.act.reason) for e in everything]
        assert set(told[:2]) == {
            (key.key_id, KeyChange.SHREDDED, "bob", "left") for key in (first, second)
        }
        assert told[2] == (second.key_id, KeyChange.REVOKED, "ann", "leaked")
        assert set(told[3:5]) == {
            (first.key_id, KeyChange.ROTATED, "jo", "quarterly"),
            (second.key_id, KeyChange.ISSUED, "jo", "quarterly"),
        }
        assert told[5] == (other.key_id, KeyChange.ISSUED, "boss", "needed")
        assert told[6] == (first.key_id, KeyChange.ISSUED, "boss", "ci")
        numbers = [each.number for each in everything]
        assert numbers == sorted(numbers, reverse=True)
        assert await store.history(None, Whose(), numbers[1], 3) == everything[2:5]
        assert {e.tenant for e in await store.history(None, Whose("acme"), None, 99)} == {"acme"}
        assert len(await store.history(None, Whose(key_id=first.key_id), None, 99)) == 3
        assert await store.history(None, Whose("beta", key_id=first.key_id), None, 99) == []


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
            await store.revoke(issued.key_id, WHY)
            await lead.mark_keys(before)
            assert [v.revoked for v in await lead.keys(all_of_them=False)] == [True]

    async def test_two_admins_cannot_revoke_one_another_at_the_same_time(
        self, store: KeyStore
    ) -> None:
        keys = keys_on(store)
        for _ in range(5):
            wanted = WantedKey(Role.PLATFORM_ADMIN, label="pair")
            pair = [await keys.issue(wanted) for _ in range(2)]
            done = await asyncio.gather(
                *(store.revoke(each.key_id, WHY) for each in pair), return_exceptions=True
            )
            assert done.count(True) == 1
            assert len([each for each in done if isinstance(each, InvalidRequest)]) == 1
            (left,) = await store.labelled("pair")
            await store.revoke(left.key_id, WHY, forced=True)

    async def test_a_key_is_rotated_once_however_many_ask_at_the_same_time(
        self, store: KeyStore
    ) -> None:
        first = await keys_on(store).issue(WantedKey(Role.SERVICE))
        known = await store.find(first.key_id)
        assert known is not None
        asked = [keys_on(store).rotate(known, timedelta(), WHY) for _ in range(4)]
        done = await asyncio.gather(*asked, return_exceptions=True)
        assert len([each for each in done if isinstance(each, InvalidRequest)]) == 3
        assert len(await store.page(None, Whose(), None, 9)) == 2

    async def test_rotated_and_shredded_keys_wait_to_be_announced(
        self, store: KeyStore, ledger_database: str
    ) -> None:
        issued = await keys_on(store).issue(WantedKey(Role.TENANT_USER, "acme"))
        known = await store.find(issued.key_id)
        assert known is not None
        async with PostgresOutbox(ledger_database).lead() as lead:
            await lead.mark_keys(await lead.keys(all_of_them=False))
            await keys_on(store).rotate(known, timedelta(days=1), WHY)
            waiting = await lead.keys(all_of_them=False)
            assert len(waiting) == 2
            await lead.mark_keys(waiting)
            await store.shred("acme", WHY)
            waiting = await lead.keys(all_of_them=False)
            assert [(v.revoked, v.digest) for v in waiting] == [(True, "")] * 2
            await lead.mark_keys(waiting)
            assert await lead.keys(all_of_them=False) == []
            # A router that reads the topic anew is told again.
            assert len(await lead.keys(all_of_them=True)) == 2
