"""What every store of letters does, in memory and in PostgreSQL; and what becomes a letter."""

import asyncio
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy.ext.asyncio import AsyncEngine

from routeyard.domain.errors import (
    InvalidEvent,
    InvalidRequest,
    NotUnderstood,
    RouteyardError,
    Unavailable,
)
from routeyard.kafka.letters import put_aside
from routeyard.wire.record import Incoming, Outgoing, Position
from routeyard.wire.topics import Carries, Topics
from services.registry.letters import Fate, Letters, LetterStore, original, read
from services.registry.postgres.letters import PostgresLetters
from tests.builders import NOON, at
from tests.fakes.letters import MemoryLetters, RecordingPost

TOPICS = Topics("t")
ORIGINAL = Incoming(
    Position(TOPICS.name(Carries.MODEL_RELEASE), 2, 17),
    b"openai/gpt",
    b"\xff\x00 junk",
    (("ce_type", b"nope\xff\x00"), ("odd\x00", b""), ("ce_type", b"twice")),
)
ANY_TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs"]), max_size=20)
ANY_HEADERS = st.lists(
    st.tuples(ANY_TEXT | st.sampled_from(["ry_topic", "ry_offset", "ry_error"]), st.binary()),
    max_size=5,
)


def put(record: Incoming, offset: int = 0, fault: RouteyardError | None = None) -> Incoming:
    """The letter of a record, as it is read from its topic."""
    letter = put_aside(record, fault or InvalidEvent("It is junk\x00."), "registry", TOPICS)
    return Incoming(Position(letter.topic, 0, offset), letter.key, letter.value, letter.headers)


def letters_on(store: LetterStore, post: RecordingPost, noted: list[object]) -> Letters:
    return Letters(store, post, TOPICS, lambda: NOON, lambda *told: noted.append(told))


class LetterCases:
    @pytest.fixture
    def post(self) -> RecordingPost:
        return RecordingPost()

    async def test_a_letter_is_kept_byte_for_byte(
        self, store: LetterStore, post: RecordingPost
    ) -> None:
        await letters_on(store, post, []).take([put(ORIGINAL)])
        (kept,) = await store.page(None, None, 10)
        assert (kept.origin, kept.key, kept.value) == ORIGINAL[:3]
        assert kept.headers == ORIGINAL.headers
        assert (kept.fate, kept.code, kept.consumer) == (Fate.DEAD, "invalid_event", "registry")
        assert original(kept, TOPICS) == Outgoing(ORIGINAL.position.topic, *ORIGINAL[1:])

    async def test_the_same_letter_twice_is_one(
        self, store: LetterStore, post: RecordingPost
    ) -> None:
        noted: list[object] = []
        letters = letters_on(store, post, noted)
        await letters.take([put(ORIGINAL), put(ORIGINAL, 1)])
        await letters.take([put(ORIGINAL, 2)])
        assert len(await store.page(None, None, 10)) == 1
        assert noted == [(Fate.DEAD, "invalid_event", 1), (Fate.DEAD, "invalid_event", 0)]

    async def test_a_broker_that_forgot_gives_places_anew(
        self, store: LetterStore, post: RecordingPost
    ) -> None:
        await letters_on(store, post, []).take([put(ORIGINAL), put(ORIGINAL._replace(value=b"x"))])
        assert len(await store.page(None, None, 10)) == 2

    async def test_pages_go_from_the_newest_to_the_oldest(
        self, store: LetterStore, post: RecordingPost
    ) -> None:
        later = NotUnderstood("A type of a later version.")
        records = [put(ORIGINAL._replace(value=b"%d" % n), n) for n in range(5)]
        records.append(put(ORIGINAL, 9, later))
        await letters_on(store, post, []).take(records)
        seen: list[int] = []
        while page := await store.page(Fate.DEAD, seen[-1] if seen else None, 2):
            seen += [letter.id or 0 for letter in page]
        assert (len(seen), sorted(seen, reverse=True)) == (5, seen)
        assert [letter.value for letter in await store.page(Fate.PARKED, None, 9)] == [ORIGINAL[2]]

    async def test_a_replay_sends_the_original_and_remembers(
        self, store: LetterStore, post: RecordingPost
    ) -> None:
        letters = letters_on(store, post, [])
        await letters.take([put(ORIGINAL)])
        number = await only(store)
        replayed = await letters.replay(number)
        assert replayed is not None
        assert replayed.replayed_at == NOON
        assert post.sent == [Outgoing(ORIGINAL.position.topic, *ORIGINAL[1:])]
        assert await letters.replay(number + 1) is None

    async def test_a_replay_that_was_not_sent_is_not_remembered(
        self, store: LetterStore, post: RecordingPost
    ) -> None:
        letters = letters_on(store, post, [])
        await letters.take([put(ORIGINAL)])
        post.is_away = True
        with pytest.raises(Unavailable):
            await letters.replay(await only(store))
        (kept,) = await store.page(None, None, 10)
        assert kept.replayed_at is None

    @pytest.mark.parametrize(
        "carries", [Carries.GRAPH_LOG, Carries.CREDENTIAL, Carries.DEAD_LETTER]
    )
    async def test_nothing_is_replayed_to_topics_of_the_registrys_own(
        self, store: LetterStore, post: RecordingPost, carries: Carries
    ) -> None:
        forged = ORIGINAL._replace(position=Position(TOPICS.name(carries), 0, 1))
        letters = letters_on(store, post, [])
        await letters.take([put(forged)])
        with pytest.raises(InvalidRequest, match="not replayed to"):
            await letters.replay(await only(store))
        assert post.sent == []


async def only(store: LetterStore) -> int:
    (kept,) = await store.page(None, None, 10)
    return kept.id or 0


class TestLettersInMemory(LetterCases):
    @pytest.fixture
    def store(self) -> LetterStore:
        return MemoryLetters()


class TestLettersInPostgres(LetterCases):
    @pytest.fixture
    def store(self, engine: AsyncEngine) -> LetterStore:
        return PostgresLetters(engine)

    async def test_whatever_lies_in_the_topic_is_kept(
        self, store: LetterStore, post: RecordingPost
    ) -> None:
        found: list[Incoming] = []

        @given(st.none() | st.binary(), st.none() | st.binary(), ANY_HEADERS)
        def collect(
            key: bytes | None, value: bytes | None, headers: Sequence[tuple[str, bytes]]
        ) -> None:
            place = Position(TOPICS.name(Carries.DEAD_LETTER), 0, len(found))
            found.append(Incoming(place, key, value, tuple(headers)))

        await asyncio.to_thread(collect)
        await letters_on(store, post, []).take(found)
        kept = await store.page(None, None, 1_000)
        wanted = {(x.key, x.value, x.headers) for x in (read(r, Fate.DEAD, at(0)) for r in found)}
        assert {(x.key, x.value, x.headers) for x in kept} == wanted
