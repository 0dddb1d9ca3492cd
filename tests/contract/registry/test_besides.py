"""What orders keep besides the graph: with the commit or not at all, in memory and PostgreSQL."""

import os
from collections.abc import AsyncIterator
from typing import Any, NamedTuple

import pytest

from routeyard.domain.claims import OPERATOR
from routeyard.domain.errors import Unavailable
from routeyard.domain.events import EndpointConnected, Event
from routeyard.domain.matching import Listed
from routeyard.domain.secret import SecretText
from routeyard.wire.sealing import SealingKeys, unseal
from services.registry.besides import Besides
from services.registry.endpoint_secrets import Destination, EndpointSecrets
from services.registry.ledger import Batch, Ledger, Overtaken, Receipt
from services.registry.postgres import besides as postgres_besides
from services.registry.postgres import endpoint_secrets, schema, serving, writes
from services.registry.postgres.endpoint_secrets import PostgresSecrets
from services.registry.postgres.engine import connect
from services.registry.postgres.ledger import PostgresLedger
from services.registry.postgres.serving import PostgresServing
from services.registry.serving import Serving, ServingStore
from tests.builders import NOON, at
from tests.components.databases import as_service
from tests.fakes.besides import MemoryBesides
from tests.fakes.ledger import MemoryLedger
from tests.fakes.secrets import MemorySecrets
from tests.fakes.serving import MemoryServing

KEYS = SealingKeys(bytes(range(32)))
WHERE = Destination(None, "https://gpu.example")
NAME = "gpu"
RECORD = Serving(NAME, None, declared=(Listed(native_id="a"),))


class Kept(NamedTuple):
    ledger: Ledger
    secrets: EndpointSecrets
    serving: ServingStore

    async def order(self, number: int, secret: str, **more: Any) -> Receipt:
        """Set the endpoint up, or change it, with a secret of its own."""
        sealed = await self.secrets.following(NAME, WHERE, SecretText(secret))
        fields = {"secret": sealed, "serving": RECORD, **more}
        return await self.record(number, str(sealed.version), Besides(NAME, **fields))

    async def record(self, number: int, version: str, kept: Besides, **more: Any) -> Receipt:
        said = EndpointConnected(endpoint=NAME, provider=NAME, url="https://gpu.example")
        event = Event(
            id=f"order-{number}",
            source=OPERATOR,
            observed_at=NOON,
            data=type(said)(endpoint=NAME, provider=NAME, url=said.url, credential=version),
        )
        return await self.ledger.record(Batch([event], is_order=True, besides=kept, **more))

    async def is_now(self) -> tuple[object, ...]:
        """The graph, the secret and the record; and they must agree."""
        head, ops = await self.ledger.snapshot()
        return head, ops, await self.secrets.store.find(NAME), await self.serving.find(NAME)

    async def opened(self) -> str:
        held = (await self.secrets.store.find(NAME)).credential
        assert held is not None
        return unseal(held.sealed, held.binding, KEYS).reveal()


@pytest.fixture(params=["memory", "postgres"])
async def kept(request: pytest.FixtureRequest) -> AsyncIterator[Kept]:
    if request.param == "memory":
        sealed, records = MemorySecrets(), MemoryServing()
        ledger = MemoryLedger(besides=MemoryBesides(sealed, records))
        yield Kept(ledger, EndpointSecrets(sealed, KEYS, at, os.urandom), records)
        return
    async for each in _in_postgres(request.getfixturevalue("database")):
        yield each


@pytest.fixture
async def in_postgres(database: str) -> AsyncIterator[Kept]:
    async for each in _in_postgres(database):
        yield each


async def _in_postgres(database: str) -> AsyncIterator[Kept]:
    schema.migrate(database)
    pool = connect(as_service(database))
    secrets = EndpointSecrets(PostgresSecrets(pool), KEYS, at, os.urandom)
    yield Kept(PostgresLedger(pool), secrets, PostgresServing(pool))
    await pool.dispose()


async def test_secret_record_and_graph_are_kept_together(kept: Kept) -> None:
    await kept.order(1, "one")
    _, (op,) = await kept.ledger.snapshot()
    assert b'"credential":"1"' in bytes(op.body)
    assert (await kept.secrets.store.find(NAME)).version == 1
    assert await kept.serving.find(NAME) == RECORD._replace(version=1)
    assert await kept.opened() == "one"


async def test_what_was_changed_meanwhile_leaves_all_as_it_was(kept: Kept) -> None:
    await kept.order(1, "one")
    late = await kept.secrets.following(NAME, WHERE, SecretText("late"))
    await kept.order(2, "two")
    before = await kept.is_now()
    with pytest.raises(Overtaken):
        await kept.record(3, "2", Besides(NAME, secret=late))
    with pytest.raises(Overtaken):
        await kept.order(4, "four", serving=RECORD._replace(version=9))
    assert await kept.is_now() == before
    assert await kept.opened() == "two"
    # Nothing of it was taken over: it may be said again.
    assert (await kept.order(3, "three")).is_new_revision


async def test_a_dry_run_keeps_nothing(kept: Kept) -> None:
    await kept.order(1, "one")
    before = await kept.is_now()
    gone = Besides(NAME, forgets_secret=True, forgets_serving=True)
    await kept.record(2, "7", gone, is_dry_run=True)
    assert await kept.is_now() == before


async def test_an_order_that_comes_again_keeps_nothing_again(kept: Kept) -> None:
    sealed = await kept.secrets.following(NAME, WHERE, SecretText("one"))
    first = await kept.record(1, "1", Besides(NAME, secret=sealed, serving=RECORD))
    before = await kept.is_now()
    again = await kept.record(1, "1", Besides(NAME, secret=sealed, serving=RECORD))
    assert again.head == first.head
    assert await kept.is_now() == before


async def test_secret_and_record_are_forgotten_with_the_commit(kept: Kept) -> None:
    await kept.order(1, "one")
    await kept.record(2, "2", Besides(NAME, forgets_secret=True, forgets_serving=True))
    _, _, held, record = await kept.is_now()
    assert (held, record) == ((2, None), None)


@pytest.mark.parametrize(
    ("module", "name"),
    [
        (writes, "order"),
        (writes, "statements"),
        (writes, "entities"),
        (writes, "commit"),
        (writes, "inbox"),
        (endpoint_secrets, "put"),
        (endpoint_secrets, "announce"),
        (serving, "put"),
        (postgres_besides, "keep"),
    ],
)
async def test_a_crash_after_any_of_the_writes_leaves_all_as_it_was(
    in_postgres: Kept, monkeypatch: pytest.MonkeyPatch, module: Any, name: str
) -> None:
    await in_postgres.order(1, "one")
    before = await in_postgres.is_now()
    write, crashed = getattr(module, name), 0

    async def crashing(*given: Any) -> Any:
        nonlocal crashed
        await write(*given)
        crashed += 1
        raise Unavailable("it is gone")

    monkeypatch.setattr(module, name, crashing)
    with pytest.raises(Unavailable):
        await in_postgres.order(2, "two")
    monkeypatch.undo()
    assert crashed == 1
    assert await in_postgres.is_now() == before
    assert await in_postgres.opened() == "one"
    await in_postgres.order(2, "two")
    assert await in_postgres.opened() == "two"
