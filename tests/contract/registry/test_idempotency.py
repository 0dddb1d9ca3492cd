"""Requests under keys, kept in memory and in PostgreSQL."""

from collections.abc import Awaitable, Callable
from datetime import timedelta

import psycopg
import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from services.registry.idempotency import Answered, Begun, Held, Keyed, Other, RequestStore
from services.registry.postgres.idempotency import PostgresRequests
from tests.fakes.idempotency import MemoryRequests

ASKED = Keyed("tenant_admin/acme/k1", "key", b"digest")
Wait = Callable[[float], Awaitable[None]]
DAY = 86_401.0


class RequestCases:
    async def test_the_first_begins_and_the_second_finds_it_held(self, store: RequestStore) -> None:
        assert await store.begin(ASKED, b"seed", 60) == Begun(b"seed")
        assert await store.begin(ASKED, b"other seed", 60) == Held()

    async def test_an_answer_is_found_again(self, store: RequestStore) -> None:
        await store.begin(ASKED, b"seed", 60)
        await store.answer(ASKED, b"answer")
        await store.answer(ASKED, b"a later answer")
        await store.let_go(ASKED)

        assert await store.begin(ASKED, b"seed", 60) == Answered(b"answer")

    async def test_another_request_under_the_key_is_told_apart(self, store: RequestStore) -> None:
        await store.begin(ASKED, b"seed", 0)
        assert await store.begin(ASKED._replace(digest=b"x"), b"seed", 60) == Other()
        await store.answer(ASKED, b"answer")
        assert await store.begin(ASKED._replace(digest=b"x"), b"seed", 60) == Other()

    async def test_keys_of_different_callers_have_nothing_to_do_with_one_another(
        self, store: RequestStore
    ) -> None:
        await store.begin(ASKED, b"seed", 60)
        other = ASKED._replace(scope="tenant_admin/beta/k2")
        assert await store.begin(other, b"other seed", 60) == Begun(b"other seed")

    async def test_whoever_comes_after_the_holders_time_goes_on_with_its_seed(
        self, store: RequestStore, wait: Wait
    ) -> None:
        await store.begin(ASKED, b"seed", 60)
        await wait(61)
        assert await store.begin(ASKED, b"other seed", 60) == Begun(b"seed")
        assert await store.begin(ASKED, b"other seed", 60) == Held()

    async def test_what_is_let_go_is_free_and_keeps_its_seed(self, store: RequestStore) -> None:
        await store.begin(ASKED, b"seed", 60)
        await store.let_go(ASKED)
        assert await store.begin(ASKED, b"other seed", 60) == Begun(b"seed")

    @pytest.mark.parametrize("is_answered", [True, False])
    async def test_after_a_day_a_key_is_new(
        self, store: RequestStore, wait: Wait, *, is_answered: bool
    ) -> None:
        await store.begin(ASKED, b"seed", 60)
        if is_answered:
            await store.answer(ASKED, b"answer")
        await wait(DAY)
        other = ASKED._replace(digest=b"x")
        assert await store.begin(other, b"new seed", 60) == Begun(b"new seed")
        assert await store.begin(ASKED, b"seed", 60) == Other()

    async def test_what_is_older_than_a_day_is_forgotten(
        self, store: RequestStore, wait: Wait
    ) -> None:
        await store.begin(ASKED, b"seed", 60)
        assert await store.prune() == 0
        await wait(DAY)
        await store.begin(ASKED._replace(key="newer"), b"seed", 60)
        assert await store.prune() == 1
        assert await store.prune() == 0


class TestMemoryRequests(RequestCases):
    @pytest.fixture
    def store(self) -> MemoryRequests:
        return MemoryRequests()

    @pytest.fixture
    def wait(self, store: MemoryRequests) -> Wait:
        async def wait(seconds: float) -> None:
            store.now += seconds

        return wait


class TestPostgresRequests(RequestCases):
    @pytest.fixture
    def store(self, engine: AsyncEngine) -> PostgresRequests:
        return PostgresRequests(engine)

    @pytest.fixture
    def wait(self, database: str) -> Wait:
        async def wait(seconds: float) -> None:
            """Time passes for the rows that are there."""
            past = "begun_at = begun_at - %(by)s, held_until = held_until - %(by)s"
            connecting = psycopg.AsyncConnection.connect(database)
            async with await connecting as connection:
                await connection.execute(
                    f"UPDATE idempotency SET {past}".encode(),  # noqa: S608 - a constant
                    {"by": timedelta(seconds=seconds)},
                )

        return wait
