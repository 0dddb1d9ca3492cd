"""What the relay says of keys and secrets, from PostgreSQL to a channel in memory."""

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from routeyard.domain import graph as graphs
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import Unauthenticated
from routeyard.domain.events import EndpointConnected
from routeyard.domain.keys import Pepper
from routeyard.domain.secret import SecretText
from routeyard.domain.tenancy import Role, Tenant
from routeyard.runtime.background import running
from routeyard.wire.record import Incoming, Outgoing, Position
from routeyard.wire.sealing import SealingKeys, unseal
from routeyard.wire.topics import Carries, Topics
from services.registry import relay as relaying
from services.registry.besides import Besides
from services.registry.endpoint_secrets import Destination, EndpointSecrets
from services.registry.keys import Issued, Keys, WantedKey
from services.registry.keystore import Act
from services.registry.ledger import Batch
from services.registry.postgres.endpoint_secrets import PostgresSecrets
from services.registry.postgres.keys import PostgresKeys
from services.registry.postgres.ledger import PostgresLedger
from services.registry.postgres.outbox import PostgresOutbox
from services.registry.relay import Relay
from services.router.current import Current
from services.router.resolve_api import ResolveApi
from tests.builders import at, event
from tests.fakes.secrets import put

TOPICS = Topics()
CREDENTIAL, LOG = TOPICS.name(Carries.CREDENTIAL), TOPICS.name(Carries.GRAPH_LOG)
PEPPER, SEALING = Pepper(b"p" * 16), SealingKeys(bytes(32))
WHY = Act("admin", "because", at())
DEADLINE_S = 20.0
TENANTS = [
    graphs.put(EntityRef(Kind.TENANT, t), graphs.canonical(Tenant(id=t, name=t)))
    for t in ("acme", "beta")
]
GRAPH = graphs.load("e", 1, TENANTS)


class Broker:
    """Keeps what is written, and hands credentials to a router."""

    def __init__(self) -> None:
        self.records: list[Outgoing] = []
        self.current = Current("here")
        self.current.take_graph(GRAPH, None)
        self.api = ResolveApi(self.current, PEPPER, "here")
        self._news = asyncio.Event()

    async def write(self, records: Sequence[Outgoing]) -> list[Position]:
        positions = []
        for record in records:
            self.records.append(record)
            positions.append(Position(record.topic, 0, len(self.records)))
            if record.topic == CREDENTIAL:
                self.current.take_credential(Incoming(positions[-1], record.key, record.value))
        self._news.set()
        return positions

    async def end_of_log(self) -> int:
        return len(self.records)

    @asynccontextmanager
    async def connect(self) -> AsyncIterator["Broker"]:
        yield self

    async def until(self, holds: Callable[[], bool]) -> None:
        async with asyncio.timeout(DEADLINE_S):
            while not holds():
                self._news.clear()
                await self._news.wait()

    async def is_let_in(self, issued: Issued) -> bool:
        try:
            await self.api.authenticate({"x-api-key": issued.key}, at())
        except Unauthenticated:
            return False
        return True

    @property
    def bookmarks(self) -> int:
        return len([each for each in self.records if each.topic == LOG])


@pytest.fixture
def keys(engine: AsyncEngine) -> Keys:
    return Keys(PostgresKeys(engine), PEPPER, at, os.urandom)


@pytest.fixture
def secrets(engine: AsyncEngine) -> EndpointSecrets:
    return EndpointSecrets(PostgresSecrets(engine), SEALING, at, os.urandom)


@pytest.fixture
async def broker(
    engine: AsyncEngine, ledger_database: str, monkeypatch: pytest.MonkeyPatch
) -> AsyncIterator[Broker]:
    """With a relay that has said its first bookmark and says the next in an hour."""
    monkeypatch.setattr(relaying, "BOOKMARK_S", 3600.0)
    broker = Broker()
    relay = Relay(
        PostgresOutbox(ledger_database), PostgresLedger(engine), broker.connect, TOPICS, at
    )
    async with running(relay.run()):
        await broker.until(lambda: broker.bookmarks == 1)
        yield broker
        # All there was to hear came between two bookmarks.
        assert broker.bookmarks == 1


async def test_a_key_is_known_and_revoked_at_routers_between_two_bookmarks(
    broker: Broker, keys: Keys
) -> None:
    issued = await keys.issue(WantedKey(Role.SERVICE))
    await broker.until(lambda: issued.key_id in broker.current.keys)
    assert await broker.is_let_in(issued)

    await keys.store.revoke(issued.key_id, WHY)
    await broker.until(lambda: broker.current.keys[issued.key_id].revoked)
    assert not await broker.is_let_in(issued)


async def test_a_rotation_reaches_routers_with_both_keys(broker: Broker, keys: Keys) -> None:
    first = await keys.issue(WantedKey(Role.SERVICE))
    known = await keys.store.find(first.key_id)
    assert known is not None
    second = await keys.rotate(known, timedelta(seconds=5), WHY)
    await broker.until(lambda: second.key_id in broker.current.keys)
    await broker.until(lambda: broker.current.keys[first.key_id].expires_at == at(5))
    assert await broker.is_let_in(first)
    assert await broker.is_let_in(second)


async def test_shredded_keys_leave_the_topic_and_the_routers(broker: Broker, keys: Keys) -> None:
    gone = [await keys.issue(WantedKey(Role.TENANT_USER, "acme")) for _ in range(2)]
    kept = await keys.issue(WantedKey(Role.TENANT_USER, "beta"))
    await broker.until(lambda: len(broker.current.keys) == 3)
    await keys.shred("acme", WHY)
    await broker.until(lambda: len(broker.current.keys) == 1)
    assert [await broker.is_let_in(each) for each in (*gone, kept)] == [False, False, True]
    newest = {record.key: record.value for record in broker.records if record.topic == CREDENTIAL}
    assert [newest[f"key/{each.key_id}".encode()] for each in gone] == [None, None]


async def test_an_endpoints_secret_comes_changes_and_goes(
    broker: Broker, secrets: EndpointSecrets
) -> None:
    held = broker.current.secrets
    await put(secrets, "acme/gpu", Destination("acme", "gpu.example"), SecretText("one"))
    await broker.until(lambda: "acme/gpu" in held)
    await put(secrets, "acme/gpu", Destination("acme", "gpu.example"), SecretText("two"))
    await broker.until(lambda: held["acme/gpu"].version == 2)
    sealed = held["acme/gpu"]
    assert unseal(sealed.sealed, sealed.binding, SEALING) == SecretText("two")

    await secrets.drop_of_tenant("acme")
    await broker.until(lambda: not held)


async def test_a_secret_is_told_before_the_commit_that_names_it(
    engine: AsyncEngine, ledger_database: str, secrets: EndpointSecrets
) -> None:
    broker, ledger = Broker(), PostgresLedger(engine)
    relay = Relay(PostgresOutbox(ledger_database), ledger, broker.connect, TOPICS, at)
    async with running(relay.run()):
        for number in (1, 2, 3):
            before = len(broker.records)
            where = Destination(None, "https://h")
            sealed = await secrets.following("e", where, SecretText(f"{number}"))
            said = EndpointConnected(
                endpoint="e", provider="e", url="https://h", credential=str(number)
            )
            batch = Batch([event(said, id=f"{number}", source="operator")], is_order=True)
            await ledger.record(batch._replace(besides=Besides("e", secret=sealed)))
            await broker.until(lambda since=before: _deltas(broker, since) != [])  # type: ignore[misc]
            told = broker.records[: _deltas(broker, before)[0]]
            assert [each.topic for each in told[before:] if each.topic == CREDENTIAL]
            assert broker.current.secrets["e"].version == number


def _deltas(broker: Broker, since: int) -> list[int]:
    return [
        number
        for number, record in enumerate(broker.records)
        if number >= since and record.topic == LOG and b'"ops"' in (record.value or b"")
    ]


async def test_a_relay_that_starts_tells_everything_again(
    engine: AsyncEngine, ledger_database: str, keys: Keys, secrets: EndpointSecrets
) -> None:
    """The topic may have been lost meanwhile."""
    issued = await keys.issue(WantedKey(Role.SERVICE))
    await put(secrets, "e", Destination(None, "h"), SecretText("x"))
    for _ in range(2):
        broker = Broker()
        relay = Relay(
            PostgresOutbox(ledger_database), PostgresLedger(engine), broker.connect, TOPICS, at
        )
        async with running(relay.run()):
            await broker.until(lambda found=broker.current: bool(found.secrets))  # type: ignore[misc]
        assert await broker.is_let_in(issued)
