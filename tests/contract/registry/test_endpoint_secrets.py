"""What every store of endpoints' secrets does, in memory and in PostgreSQL."""

import asyncio
import logging
import os

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine

from routeyard.domain.errors import NotAllowed, Unsealable
from routeyard.domain.secret import SecretText
from routeyard.wire.credential import EndpointCredential, Scheme
from routeyard.wire.sealing import SealingKeys, unseal
from services.registry import endpoint_secrets
from services.registry.endpoint_secrets import Destination, EndpointSecrets, Held, SecretStore
from services.registry.outbox import SecretTold
from services.registry.postgres.endpoint_secrets import PostgresSecrets
from services.registry.postgres.engine import transaction
from services.registry.postgres.outbox import PostgresOutbox
from services.registry.postgres.scope import PLATFORM
from tests.builders import at
from tests.fakes.secrets import MemorySecrets, drop, put, put_sealed

OLD, NEW = bytes(32), bytes([1]) * 32
ACME = Destination("acme", "gpu.acme.example")
OURS = Destination(None, "api.openai.com")
SECRET = SecretText("canary-5d21c")


def secrets_in(store: SecretStore, keys: SealingKeys | None = None) -> EndpointSecrets:
    return EndpointSecrets(store, keys or SealingKeys(NEW), at, os.urandom)


async def opened(store: SecretStore, endpoint: str, key: bytes = NEW) -> str:
    credential = (await store.find(endpoint)).credential
    assert credential is not None
    return unseal(credential.sealed, credential.binding, SealingKeys(key)).reveal()


class SecretCases:
    async def test_a_secret_is_kept_sealed_for_its_destination(self, store: SecretStore) -> None:
        where = Destination("acme", "gpu.acme.example", Scheme.HEADER, "api-key")
        assert await put(secrets_in(store), "acme/gpu", where, SECRET) == 1
        version, credential = await store.find("acme/gpu")
        assert version == 1
        assert credential is not None
        assert (credential.owner, credential.host) == ("acme", "gpu.acme.example")
        assert (credential.scheme, credential.header) == (Scheme.HEADER, "api-key")
        assert SECRET.reveal().encode() not in bytes(credential.sealed)[:]
        assert await opened(store, "acme/gpu") == SECRET.reveal()

    async def test_each_change_is_a_version_and_the_last_one_counts(
        self, store: SecretStore
    ) -> None:
        secrets = secrets_in(store)
        await put(secrets, "e", OURS, SecretText("one"))
        assert await put(secrets, "e", OURS, SecretText("two")) == 2
        assert await opened(store, "e") == "two"

    async def test_versions_go_on_after_a_secret_was_forgotten(self, store: SecretStore) -> None:
        secrets = secrets_in(store)
        await put(secrets, "e", ACME, SECRET)
        await drop(secrets, "e")
        assert await store.find("e") == Held(2, None)
        await drop(secrets, "e")
        await drop(secrets, "nowhere")
        assert await store.find("e") == Held(2, None)
        # Whoever has the endpoint now sets the next one.
        assert await put(secrets, "e", ACME._replace(owner="beta"), SecretText("new")) == 3
        assert await opened(store, "e") == "new"

    @pytest.mark.parametrize("other", [ACME._replace(owner="beta"), OURS])
    async def test_nobody_sets_a_secret_over_anothers(
        self, store: SecretStore, other: Destination
    ) -> None:
        secrets = secrets_in(store)
        await put(secrets, "e", ACME, SECRET)
        with pytest.raises(NotAllowed, match="somebody else"):
            await put(secrets, "e", other, SecretText("x"))
        stolen = secrets.sealed("e", 2, other, SecretText("x"))
        assert not await put_sealed(store, stolen, at())
        assert await opened(store, "e") == SECRET.reveal()

    @pytest.mark.parametrize("version", [0, 1, 3])
    async def test_only_the_next_version_is_taken(self, store: SecretStore, version: int) -> None:
        secrets = secrets_in(store)
        await put(secrets, "e", ACME, SECRET)
        assert not await put_sealed(store, secrets.sealed("e", version, ACME, SECRET), at())
        assert (await store.find("e")).version == 1

    async def test_what_is_unknown_has_no_version(self, store: SecretStore) -> None:
        assert await store.find("nowhere") == Held(0, None)

    async def test_a_tenants_secrets_are_forgotten_and_nobody_elses(
        self, store: SecretStore
    ) -> None:
        secrets = secrets_in(store)
        for endpoint, owner in (("a", "acme"), ("b", "acme"), ("c", "beta"), ("d", None)):
            await put(secrets, endpoint, Destination(owner, "h"), SECRET)
        assert await secrets.drop_of_tenant("acme") == 2
        assert await secrets.drop_of_tenant("acme") == 0
        left = [(await store.find(e)).credential is not None for e in "abcd"]
        assert left == [False, False, True, True]

    async def test_after_a_change_of_keys_everything_is_put_under_the_new_one(
        self, store: SecretStore, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setattr(endpoint_secrets, "PAGE", 2)
        before = secrets_in(store, SealingKeys(OLD))
        for endpoint in "abcde":
            await put(before, endpoint, ACME, SecretText(f"secret of {endpoint}"))
        await drop(before, "b")
        changing = secrets_in(store, SealingKeys(NEW, OLD))
        await put(changing, "c", ACME, SecretText("new"))
        assert await changing.rewrap() == 3
        assert await changing.rewrap() == 0
        for endpoint in "ade":
            assert await opened(store, endpoint) == f"secret of {endpoint}"
            assert (await store.find(endpoint)).version == 1
        assert await opened(store, "c") == "new"

    async def test_what_does_not_open_is_left_and_told(
        self, store: SecretStore, caplog: pytest.LogCaptureFixture
    ) -> None:
        await put(secrets_in(store, SealingKeys(OLD)), "e", ACME, SECRET)
        with caplog.at_level(logging.WARNING):
            assert await secrets_in(store, SealingKeys(NEW, bytes([7]) * 32)).rewrap() == 0
        assert "the secret of the endpoint e is left" in caplog.text
        assert await opened(store, "e", OLD) == SECRET.reveal()

    async def test_secrets_swapped_between_owners_do_not_open(self, store: SecretStore) -> None:
        secrets = secrets_in(store)
        await put(secrets, "a", ACME, SECRET)
        await put(secrets, "b", ACME._replace(owner="beta"), SecretText("x"))
        one, other = [(await store.find(e)).credential for e in "ab"]
        assert one is not None
        assert other is not None
        with pytest.raises(Unsealable):
            unseal(one.sealed, other.binding, SealingKeys(NEW))


class TestSecretsInMemory(SecretCases):
    @pytest.fixture
    def store(self) -> SecretStore:
        return MemorySecrets()


class TestSecretsInPostgres(SecretCases):
    @pytest.fixture
    def store(self, engine: AsyncEngine) -> SecretStore:
        return PostgresSecrets(engine)

    async def test_many_at_once_are_all_kept_one_after_the_other(self, store: SecretStore) -> None:
        secrets = secrets_in(store)
        versions = await asyncio.gather(
            *(put(secrets, "e", OURS, SecretText(str(n))) for n in range(4))
        )
        assert sorted(versions) == [1, 2, 3, 4]

    async def test_while_keys_change_every_secret_opens_all_the_time(
        self, store: SecretStore
    ) -> None:
        before = secrets_in(store, SealingKeys(OLD))
        for number in range(10):
            await put(before, f"e{number}", ACME, SECRET)
        changing = SealingKeys(NEW, OLD)
        done = asyncio.create_task(secrets_in(store, changing).rewrap())
        opened = 0
        while not done.done() or opened < 20:
            held = (await store.find(f"e{opened % 10}")).credential
            assert held is not None
            assert unseal(held.sealed, held.binding, changing) == SECRET
            opened += 1
        assert await done == 10

    async def test_changes_wait_to_be_announced_until_they_are(
        self, store: SecretStore, ledger_database: str
    ) -> None:
        secrets = secrets_in(store, SealingKeys(OLD))
        await put(secrets, "a", ACME, SECRET)
        await put(secrets, "b", OURS, SECRET)
        async with PostgresOutbox(ledger_database).lead() as lead:
            first = await lead.secrets(all_of_them=False)
            held = [(await store.find(e)).credential for e in "ab"]
            assert [each.credential for each in first] == held
            # What changes during the announcement is announced again.
            await put(secrets, "a", ACME, SecretText("newer"))
            await lead.mark_secrets(first)
            assert [(s.endpoint, s.version) for s in await lead.secrets(all_of_them=False)] == [
                ("a", 2)
            ]
            await lead.mark_secrets(await lead.secrets(all_of_them=False))
            await drop(secrets, "a")
            assert await lead.secrets(all_of_them=False) == [SecretTold("a", 3, None)]
            await lead.mark_secrets(await lead.secrets(all_of_them=False))
            await secrets_in(store, SealingKeys(NEW, OLD)).rewrap()
            before = await lead.secrets(all_of_them=False)
            assert [(s.endpoint, s.version) for s in before] == [("b", 1)]
            await lead.mark_secrets(first)
            assert await lead.secrets(all_of_them=False) == before
            await lead.mark_secrets(before)
            assert await lead.secrets(all_of_them=False) == []
            assert len(await lead.secrets(all_of_them=True)) == 2

    async def test_a_forgotten_secret_is_in_no_row_any_more(
        self, store: SecretStore, engine: AsyncEngine
    ) -> None:
        await put(secrets_in(store), "e", ACME, SECRET)
        await secrets_in(store).drop_of_tenant("acme")
        async with transaction(engine, PLATFORM) as connection:
            row = (await connection.execute(text("SELECT * FROM endpoint_secret"))).one()
        assert (row.sealed, row.scheme, row.header, row.host) == (None, None, None, None)


def test_a_credential_shows_nothing_of_its_secret() -> None:
    sealed = secrets_in(MemorySecrets()).sealed("e", 1, ACME, SECRET)
    assert isinstance(sealed, EndpointCredential)
    assert SECRET.reveal() not in repr(sealed)
