"""What sources may not say is put aside at the registry's door; what they sign gets through it."""

import asyncio
from collections.abc import Sequence
from typing import Any

import pytest

from routeyard.domain import events as e
from routeyard.domain.errors import InvalidSettings
from routeyard.domain.events import Event, Payload
from routeyard.kafka.publisher import Publisher, connect
from routeyard.runtime.settings import KafkaSettings
from routeyard.wire import envelope
from routeyard.wire.record import Incoming, Outgoing, Position
from routeyard.wire.signature import Signer, make_keys
from routeyard.wire.topics import Topics
from services.registry.ingest import Ingest
from services.registry.ledger import Batch
from tests.builders import at, endpoint, event, released
from tests.domain.test_authority import OVERRIDE
from tests.fakes.ledger import MemoryLedger
from tests.services.registry.test_ingest import Letterbox

TOPICS = Topics()
KEYS = make_keys()
SIGNER = Signer.of_pem(KEYS.private.encode())


class Door:
    """A registry that knows one source, and what it put aside."""

    def __init__(self, *, allows_unsigned_grants: bool = False) -> None:
        self.ledger, self.box = MemoryLedger(), Letterbox()
        self._ingest = Ingest(
            self.ledger,
            self.box,
            TOPICS,
            at,
            allows_unsigned_grants=allows_unsigned_grants,
        )

    async def register(self, *entities: str, public_key: str | None = None) -> None:
        said = e.SourceRegistered(
            name="dev",
            rank=50,
            types=tuple(e.PAYLOADS),
            entities=entities,
            public_key=public_key,
        )
        tenant = e.TenantRegistered(tenant="acme", name="Acme")
        await self.ledger.record(Batch([event(said, id="s", source="operator")]))
        await self.ledger.record(Batch([event(tenant, id="t", source="operator")]))

    async def take(self, *records: Outgoing) -> list[tuple[str, str]]:
        """Hand records in; the topics and codes of the letters."""
        await self._ingest.take(
            [
                Incoming(Position(r.topic, 0, number), r.key, r.value, r.headers)
                for number, r in enumerate(records)
            ]
        )
        return [
            (letter.topic.split(".")[1], dict(letter.headers)["ry_code"].decode())
            for letter in self.box.letters
        ]


def sent(data: Payload, id: str = "1", signer: Signer | None = None) -> Outgoing:
    written = envelope.write(event(data, id=id), TOPICS)
    return written if signer is None else signer.sign(written)


def tampered(record: Outgoing) -> Outgoing:
    return record._replace(value=(record.value or b"").replace(b"acme", b"beta"))


async def test_what_a_source_may_not_speak_of_is_parked_and_the_rest_taken_over() -> None:
    door = Door()
    await door.register("endpoint:acme*", "provider:acme", "model:*")
    mine, theirs = endpoint("acme-eu", provider="acme"), endpoint("openai")
    letters = await door.take(
        sent(mine), sent(theirs, "2"), sent(released("acme", "llama", endpoint="acme-eu"), "3")
    )
    assert letters == [("parked", "not_allowed")]
    known = {op.id for op in (await door.ledger.snapshot())[1]}
    assert {"acme-eu", "acme-eu/llama"} <= known
    assert "openai" not in known


async def test_a_source_with_a_key_signs_everything() -> None:
    door = Door()
    await door.register(public_key=KEYS.public)
    stranger = Signer.of_pem(make_keys().private.encode())
    letters = await door.take(
        sent(endpoint("acme"), "1", SIGNER),
        sent(endpoint("b"), "2"),
        sent(endpoint("c"), "3", stranger),
        tampered(sent(endpoint("acme-d"), "4", SIGNER)),
    )
    assert letters == [
        ("parked", "not_allowed"),
        ("dead-letter", "bad_signature"),
        ("dead-letter", "bad_signature"),
    ]
    assert {op.id for op in (await door.ledger.snapshot())[1]} == {"dev", "acme"}


async def test_a_signed_event_that_is_sent_again_changes_nothing() -> None:
    door = Door()
    await door.register(public_key=KEYS.public)
    await door.take(sent(endpoint("acme"), "1", SIGNER))
    before = await door.ledger.head()
    assert await door.take(sent(endpoint("acme"), "1", SIGNER)) == []
    assert await door.ledger.head() == before


@pytest.mark.parametrize(
    ("allows", "signer", "letters"),
    [
        (False, None, [("parked", "not_allowed")]),
        (True, None, []),
        (False, SIGNER, []),
        (True, SIGNER, []),
    ],
    ids=["unsigned", "unsigned in development", "signed", "signed in development"],
)
async def test_grants_come_from_sources_with_keys_but_in_development(
    allows: bool,  # noqa: FBT001 - pytest's own way
    signer: Signer | None,
    letters: list[tuple[str, str]],
) -> None:
    door = Door(allows_unsigned_grants=allows)
    await door.register(public_key=KEYS.public if signer else None)
    assert await door.take(sent(OVERRIDE, "1", signer)) == letters


class Client:
    """Stands in for a producer, and keeps what it is given."""

    def __init__(self) -> None:
        self.sent: list[Outgoing] = []

    async def send(self, topic: str, *, value: Any, key: Any, headers: Any) -> Any:
        self.sent.append(Outgoing(topic, key, value, tuple(headers)))
        acknowledged: asyncio.Future[Position] = asyncio.get_running_loop().create_future()
        acknowledged.set_result(Position(topic, 0, 0))
        return acknowledged


async def publish(signer: Signer | None, events: Sequence[Event]) -> list[Outgoing]:
    client: Any = Client()
    publisher = Publisher(client, TOPICS, signer)
    await publisher.send(events)
    await publisher.write([Outgoing("t", None, b"a letter")])
    kept: list[Outgoing] = client.sent
    return kept


async def test_a_publisher_signs_events_and_leaves_other_records_alone() -> None:
    signed, letter = await publish(SIGNER, [event(endpoint("acme"))])
    door = Door()
    await door.register(public_key=KEYS.public)
    assert await door.take(signed) == []
    assert letter.headers == ()
    unsigned, _ = await publish(None, [event(endpoint("acme"))])
    assert "ce_sig" not in dict(unsigned.headers)


@pytest.mark.parametrize("content", [None, b"no key"])
async def test_a_signing_key_that_cannot_be_used_is_told_at_once(
    content: bytes | None, tmp_path: Any
) -> None:
    file = tmp_path / "key.pem"
    if content is not None:
        file.write_bytes(content)
    settings = KafkaSettings(bootstrap="127.0.0.1:1", signing_key_file=str(file))
    with pytest.raises(InvalidSettings, match=r"cannot be read|no Ed25519 private key"):
        async with connect(settings, "test"):
            pass
