"""What every ledger does, on the one in memory and on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal

import pytest

from routeyard.domain import graph as graphs
from routeyard.domain.catalog import Price
from routeyard.domain.events import Event
from routeyard.domain.graph import Graph
from services.registry import ledger as port
from services.registry.ledger import Batch, Ledger
from services.registry.postgres import schema
from services.registry.postgres.engine import connect
from services.registry.postgres.ledger import PostgresLedger
from tests.builders import endpoint, event, released, source
from tests.fakes.ledger import MemoryLedger

OPENING = [
    event(source("dev", 70), id="s1", source="operator"),
    event(source("litellm", 40), id="s2", source="operator"),
    event(endpoint("openai"), id="e"),
]


class LedgerCases:
    async def test_revisions_count_up_without_gaps(self, ledger: Ledger) -> None:
        for number in range(1, 6):
            receipt = await ledger.record(Batch([priced(number)]))
            assert (receipt.head.revision, receipt.is_new_revision) == (number + 1, True)

    async def test_a_repeated_event_changes_nothing(self, ledger: Ledger) -> None:
        first = await ledger.record(Batch([priced(1)]))
        again = await ledger.record(Batch([priced(1), priced(1)]))

        assert (again.duplicates, again.is_new_revision) == (2, False)
        assert again.head == first.head

    async def test_an_id_with_another_body_is_a_conflict(self, ledger: Ledger) -> None:
        await ledger.record(Batch([priced(1)]))
        other = event(released(context=9), id="p1", seconds=1)
        receipt = await ledger.record(Batch([other, priced(2)]))

        assert list(receipt.conflicts) == [other]
        assert price_of(await graph_of(ledger)) == Decimal(2)

    async def test_the_same_fact_said_again_makes_no_revision(self, ledger: Ledger) -> None:
        first = await ledger.record(Batch([priced(1)]))
        later = event(released(price=Price(input=Decimal("1.00"))), id="x", seconds=50)
        receipt = await ledger.record(Batch([later]))

        assert receipt.head == first.head
        # Its stamp counts all the same: what lies between the two is history.
        await ledger.record(
            Batch([event(released(price=Price(input=Decimal(7))), id="y", seconds=20)])
        )
        assert price_of(await graph_of(ledger)) == Decimal(1)

    async def test_the_source_of_higher_rank_is_believed(self, ledger: Ledger) -> None:
        low = event(released(price=Price(input=Decimal(9))), id="l", source="litellm", seconds=900)
        await ledger.record(Batch([priced(1), low]))

        assert price_of(await graph_of(ledger)) == Decimal(1)

    async def test_what_waits_comes_with_what_it_needs(self, ledger: Ledger) -> None:
        early = event(released(endpoint="edge-1", native_id="m"), id="o")
        await ledger.record(Batch([early]))
        assert "edge-1/m" not in (await graph_of(ledger)).offerings

        await ledger.record(Batch([event(endpoint("edge-1", provider="openai"), id="e1")]))
        assert "edge-1/m" in (await graph_of(ledger)).offerings

    async def test_the_snapshot_adds_up_to_the_heads_checksum(self, ledger: Ledger) -> None:
        await ledger.record(Batch([priced(n) for n in range(1, 9)]))
        head, ops = await ledger.snapshot()
        loaded = graphs.load(head.epoch, head.revision, ops)

        assert graphs.write_checksum(loaded.checksum) == head.checksum

    async def test_many_events_that_make_a_large_delta_are_refused_together(
        self, ledger: Ledger
    ) -> None:
        before = await ledger.head()
        many = [event(released(native_id=f"m{'x' * 400}{n}"), id=f"m{n}") for n in range(600)]

        with pytest.raises(port.TooLarge):
            await ledger.record(Batch(many))

        assert await ledger.head() == before

    async def test_concurrent_commits_follow_one_another(self, ledger: Ledger) -> None:
        before = (await ledger.head()).revision
        batches = [
            Batch([event(released(native_id=f"m{n}"), id=f"c{n}")], {("t", n): 1})
            for n in range(12)
        ]
        receipts = await asyncio.gather(*(ledger.record(batch) for batch in batches))

        assert sorted(r.head.revision for r in receipts) == list(range(before + 1, before + 13))


class TestMemoryLedger(LedgerCases):
    @pytest.fixture
    async def ledger(self) -> Ledger:
        made = MemoryLedger()
        await made.record(Batch(OPENING))
        return made


class TestPostgresLedger(LedgerCases):
    @pytest.fixture
    async def ledger(self, database: str) -> AsyncIterator[Ledger]:
        schema.migrate(database)
        engine = connect(database)
        made = PostgresLedger(engine)
        await made.record(Batch(OPENING))
        yield made
        await engine.dispose()


def priced(number: int) -> Event:
    price = Price(input=Decimal(number))
    return event(released(price=price), id=f"p{number}", seconds=number)


async def graph_of(ledger: Ledger) -> Graph:
    head, ops = await ledger.snapshot()
    return graphs.load(head.epoch, head.revision, ops)


def price_of(graph: Graph) -> Decimal | None:
    price = graph.offerings["openai/gpt-4o"].price
    return price.input if price else None
