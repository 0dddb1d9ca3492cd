"""What every ledger does, on the one in memory and on PostgreSQL."""

import asyncio
from collections.abc import AsyncIterator
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text

from routeyard.domain import events as e
from routeyard.domain import graph as graphs
from routeyard.domain.catalog import Price
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import Conflict, InvalidEvent, InvalidRequest, NotUnderstood
from routeyard.domain.events import Event
from routeyard.domain.graph import Graph
from routeyard.domain.overrides import OverrideKind
from routeyard.domain.statements import statements_of
from routeyard.domain.tenancy import TargetKind
from services.registry import ledger as port
from services.registry.ledger import Batch, Ledger
from services.registry.postgres import schema
from services.registry.postgres.engine import connect
from services.registry.postgres.ledger import PostgresLedger
from tests.builders import defined, endpoint, event, released, source
from tests.components.databases import as_service
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

    async def test_a_tenant_takes_along_all_that_stands_on_it(self, ledger: Ledger) -> None:
        own: dict[str, Any] = {"endpoint": "acme/rack", "owner": "acme"}
        served = e.Served(
            native_id="ft", model="@acme/ft", release="@acme/ft@undated", is_private=True
        )
        said: list[e.Payload] = [
            e.TenantRegistered(tenant="acme", name="Acme"),
            e.ProjectRegistered(tenant="acme", project="web", name="Web"),
            e.EndpointConnected(provider="acme", url="https://a.example", **own),
            e.EndpointServed(serves=(served,), **own),
        ]
        told = [event(each, id=f"t{n}", source="operator") for n, each in enumerate(said)]
        before = await graph_of(ledger)
        for each in reversed(told):
            await ledger.record(Batch([each]))
        graph = await graph_of(ledger)
        assert graph.offerings["acme/rack/ft"].model == "@acme/ft"
        assert {graph.models["@acme/ft"].owner, graph.releases["@acme/ft@undated"].owner} == {
            "acme"
        }

        leaves = e.TenantOffboarded(tenant="acme", reason="r", actor="a")
        await ledger.record(Batch([event(leaves, id="t9", source="operator", seconds=9)]))
        assert (await graph_of(ledger)).entities == before.entities
        assert (await graph_of(ledger)).checksum == before.checksum

    async def test_a_project_takes_along_what_is_said_for_it_and_for_nothing_else(
        self, ledger: Ledger
    ) -> None:
        aim: dict[str, Any] = {
            "name": "no",
            "kind": OverrideKind.DENY,
            "target_kind": TargetKind.MODEL,
            "target": "a/b",
            "reason": "r",
            "actor": "a",
            "tenant": "acme",
        }
        web: dict[str, Any] = {**aim, "project": "web"}
        said: list[e.Payload] = [
            e.TenantRegistered(tenant="acme", name="Acme"),
            e.ProjectRegistered(tenant="acme", project="web", name="Web"),
            e.ProjectRegistered(tenant="acme", project="app", name="App"),
            e.TenantOverridden(**aim),
            e.TenantOverridden(**web),
            e.TenantOverridden(**aim, project="app"),
            e.TenantOverridden(**web, key="k1"),
            e.PlatformOverridden(**web),
        ]
        empty = await graph_of(ledger)
        told = [event(each, id=f"t{n}", source="operator") for n, each in enumerate(said)]
        for each in reversed(told):
            await ledger.record(Batch([each]))
        everything = await graph_of(ledger)
        assert len(everything.overrides) == 5

        gone = e.ProjectRemoved(tenant="acme", project="web")
        left = await ledger.record(Batch([event(gone, id="t8", source="operator", seconds=8)]))
        assert {each.ref.id for each in left.changed if each.after is None} == {
            "acme/web",
            "acme/project:web/no",
            "platform:acme/project:web/no",
        }
        # A key that is no more is nobody's: what is said for it may stay, and leaves with the last.
        assert {"acme/no", "acme/project:app/no", "acme/key:k1/no"} == {
            *(await graph_of(ledger)).overrides
        }

        back = e.ProjectRegistered(tenant="acme", project="web", name="Web")
        await ledger.record(Batch([event(back, id="t9", source="operator", seconds=9)]))
        assert (await graph_of(ledger)).entities == everything.entities
        leaves = e.TenantOffboarded(tenant="acme", reason="r", actor="a")
        await ledger.record(Batch([event(leaves, id="t10", source="operator", seconds=10)]))
        assert (await graph_of(ledger)).checksum == empty.checksum

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

        with pytest.raises(port.TooMany):
            await ledger.record(Batch(many))

        assert await ledger.head() == before

    async def test_a_source_that_counts_more_from_now_on_is_believed_from_now_on(
        self, ledger: Ledger
    ) -> None:
        low = event(released(price=Price(input=Decimal(9))), id="l", source="litellm")
        await ledger.record(Batch([priced(1), low]))

        promoted = event(source("litellm", 90), id="s3", source="operator", seconds=5)
        receipt = await ledger.record(Batch([promoted]))

        assert price_of(await graph_of(ledger)) == Decimal(9)
        assert {changed.ref.kind for changed in receipt.changed} == {Kind.SOURCE, Kind.OFFERING}

    async def test_what_a_name_stands_for_is_what_the_operator_says(self, ledger: Ledger) -> None:
        catalog = event(released(native_id="gpt-4-turbo-x", context=5), id="o1")
        measured = e.CapabilityUpdated("openai/house", quality={"general": 0.5})
        deprecated = e.ModelDeprecated("openai", "gpt-4-turbo-x", retires_on=date(2027, 1, 1))
        await ledger.record(Batch([catalog, event(measured, id="q")]))
        await ledger.record(Batch([event(deprecated, id="d", seconds=1)]))

        await ledger.record(Batch([named("gpt-4-turbo-x", "openai/house", 1)]))
        later = released(native_id="gpt-4-turbo-x", context=7)
        await ledger.record(Batch([event(later, id="o2", seconds=2)]))

        graph = await graph_of(ledger)
        assert graph.offerings["openai/gpt-4-turbo-x"].model == "openai/house"
        house = graph.models["openai/house"]
        assert (house.context, house.quality) == (7, {"general": 0.5})
        assert str(graph.releases["openai/house@undated"].retires_on) == "2027-01-01"
        assert not [name for name in graph.models if "turbo" in name]

        await ledger.record(Batch([named("gpt-4-turbo-x", "openai/gpt-4-turbo-x", 2)]))
        graph = await graph_of(ledger)
        assert "openai/house" not in graph.models
        assert graph.models["openai/gpt-4-turbo-x"].context == 7

    async def test_a_capability_that_nobody_defined_is_refused_alone(self, ledger: Ledger) -> None:
        good = priced(1)
        bad = event(released(native_id="o3", capabilities={"telepathy": 1.0}), id="b")
        before = await ledger.head()

        with pytest.raises(port.TooMany):
            await ledger.record(Batch([good, bad]))
        with pytest.raises(NotUnderstood, match="telepathy"):
            await ledger.record(Batch([bad]))
        assert await ledger.head() == before

        await ledger.record(Batch([*defined("telepathy"), bad]))
        assert (await graph_of(ledger)).models["openai/o3"].capabilities == {"telepathy": 1.0}

    @pytest.mark.parametrize("relation", ["succeeded_by", "variant_of", "falls_back_to"])
    async def test_a_relation_that_closes_a_circle_is_refused(
        self, ledger: Ledger, relation: str
    ) -> None:
        names = ["gpt-4", "gpt-4o", "gpt-5"]
        await ledger.record(Batch([event(released(native_id=n), id=n) for n in names]))
        await ledger.record(
            Batch(
                [
                    related("gpt-4", relation, "gpt-4o"),
                    related("gpt-4o", relation, "gpt-5"),
                ]
            )
        )

        with pytest.raises(InvalidEvent, match="openai/gpt-5 -> openai/gpt-4 -> openai/gpt-4o"):
            await ledger.record(Batch([related("gpt-5", relation, "gpt-4")]))
        with pytest.raises(InvalidEvent, match="circle"):
            await ledger.record(Batch([related("gpt-5", relation, "gpt-5")]))

    async def test_a_dry_run_tells_what_would_change_and_leaves_no_trace(
        self, ledger: Ledger
    ) -> None:
        await ledger.record(Batch([priced(1)]))
        before = await ledger.head()

        dry = await ledger.record(Batch([priced(2)], is_dry_run=True))

        assert (dry.is_new_revision, dry.findings) == (True, ())
        (changed,) = dry.changed
        assert changed.ref == EntityRef(Kind.OFFERING, "openai/gpt-4o")
        assert b'"1"' in (changed.before or b"")
        assert b'"2"' in (changed.after or b"")
        assert await ledger.head() == before
        assert price_of(await graph_of(ledger)) == Decimal(1)
        assert (await ledger.record(Batch([priced(2)]))).head.checksum == dry.head.checksum

    async def test_a_dry_run_tells_what_speaks_against_it(self, ledger: Ledger) -> None:
        bad = event(released(native_id="o3", capabilities={"telepathy": 1.0}), id="b")

        dry = await ledger.record(Batch([priced(1), bad], is_dry_run=True))

        assert {finding.field for finding in dry.findings} == {"capabilities.telepathy"}

    async def test_concurrent_commits_follow_one_another(self, ledger: Ledger) -> None:
        before = (await ledger.head()).revision
        batches = [
            Batch([event(released(native_id=f"m{n}"), id=f"c{n}")], {("t", n): 1})
            for n in range(12)
        ]
        receipts = await asyncio.gather(*(ledger.record(batch) for batch in batches))

        assert sorted(r.head.revision for r in receipts) == list(range(before + 1, before + 13))

    async def test_orders_happen_in_the_order_of_their_commits(self, ledger: Ledger) -> None:
        await ledger.record(registering("first", id="a", seconds=9_999))
        await ledger.record(registering("second", id="b", seconds=-9_999))

        assert (await graph_of(ledger)).tenants["acme"].name == "second"

    async def test_events_of_one_order_happen_in_the_order_in_which_they_stand(
        self, ledger: Ledger
    ) -> None:
        said = [*registering("z", id="z").events, *registering("y", id="a").events]
        await ledger.record(Batch(said, is_order=True))

        assert (await graph_of(ledger)).tenants["acme"].name == "y"

    async def test_an_order_that_changes_nothing_has_its_time_too(self, ledger: Ledger) -> None:
        for number, name in enumerate(("one", "one", "one", "two")):
            await ledger.record(registering(name, id=str(number)))

        assert (await graph_of(ledger)).tenants["acme"].name == "two"

    async def test_times_of_commits_rise_strictly(self, ledger: Ledger) -> None:
        receipts = [await ledger.record(Batch([priced(n)])) for n in range(1, 9)]
        times = [receipt.head.committed_at for receipt in receipts]

        assert times == sorted(set(times))

    async def test_a_repeated_order_gets_the_receipt_it_got(self, ledger: Ledger) -> None:
        first = await ledger.record(registering("first", id="a"))
        await ledger.record(registering("second", id="b"))
        again = await ledger.record(registering("first", id="a", seconds=77))

        assert (again.duplicates, again.is_new_revision) == (1, False)
        assert (again.head, again.changed) == (first.head, first.changed)
        assert (await graph_of(ledger)).tenants["acme"].name == "second"

    async def test_a_repeated_order_that_changed_nothing_says_so_again(
        self, ledger: Ledger
    ) -> None:
        await ledger.record(registering("first", id="a"))
        same = await ledger.record(registering("first", id="b"))
        await ledger.record(registering("second", id="c"))
        again = await ledger.record(registering("first", id="b"))

        assert again.head == same.head
        assert not [*same.changed, *again.changed]

    async def test_what_an_order_came_to_can_be_asked_for(self, ledger: Ledger) -> None:
        first = await ledger.record(registering("first", id="a"))
        await ledger.record(registering("second", id="b"))

        told = await ledger.receipt("a")
        assert told is not None
        assert (told.head, told.changed) == (first.head, first.changed)
        assert await ledger.receipt("x") is None

    async def test_of_an_order_that_is_known_in_part_nothing_is_done(self, ledger: Ledger) -> None:
        await ledger.record(registering("first", id="a"))
        said = [*registering("first", id="a").events, *registering("new", id="b").events]
        receipt = await ledger.record(Batch(said, is_order=True))

        assert receipt.duplicates == 1
        assert (await graph_of(ledger)).tenants["acme"].name == "first"

    async def test_an_orders_id_with_another_body_is_a_conflict(self, ledger: Ledger) -> None:
        await ledger.record(registering("first", id="a"))
        receipt = await ledger.record(registering("other", id="a"))

        assert [each.id for each in receipt.conflicts] == ["a"]
        assert (await graph_of(ledger)).tenants["acme"].name == "first"

    async def test_what_changed_after_the_expected_revision_is_not_changed(
        self, ledger: Ledger
    ) -> None:
        seen = (await ledger.record(registering("first", id="a"))).head.revision
        await ledger.record(Batch([priced(1)]))
        after = (await ledger.record(registering("second", id="b", expected=seen))).head.revision

        with pytest.raises(Conflict) as caught:
            await ledger.record(registering("third", id="c", expected=seen))

        assert caught.value.fields == {"field": "ifRevision", "revision": after}
        assert (await graph_of(ledger)).tenants["acme"].name == "second"
        assert await ledger.receipt("c") is None

    async def test_what_was_removed_after_the_expected_revision_was_changed(
        self, ledger: Ledger
    ) -> None:
        rule: Any = {"tenant": "acme", "name": "rule", "actor": "jo", "reason": "because"}
        given = e.TenantOverridden(
            **rule, kind=OverrideKind.DENY, target_kind=TargetKind.MODEL, target="a/b"
        )
        gone = e.TenantOverrideRemoved(**rule)
        await ledger.record(registering("first", id="a"))
        seen = (await ledger.record(ordered(given, id="b"))).head.revision
        removed = (await ledger.record(ordered(gone, id="c"))).head.revision
        (statement,) = statements_of(event(given))
        expected = {statement.ref: seen}

        with pytest.raises(Conflict) as caught:
            await ledger.record(ordered(given, id="d")._replace(expected=expected))

        assert caught.value.fields["revision"] == removed

    async def test_revision_zero_expects_that_there_never_was_one(self, ledger: Ledger) -> None:
        await ledger.record(registering("first", id="a", expected=0))

        with pytest.raises(Conflict):
            await ledger.record(registering("first", id="b", expected=0))

    @pytest.mark.parametrize("revision", [-1, 1_000_000])
    async def test_a_revision_that_does_not_exist_cannot_be_expected(
        self, ledger: Ledger, revision: int
    ) -> None:
        with pytest.raises(InvalidRequest, match="no revision"):
            await ledger.record(registering("first", id="a", expected=revision))

    async def test_a_repeated_order_does_not_conflict_with_itself(self, ledger: Ledger) -> None:
        seen = (await ledger.record(registering("first", id="a"))).head.revision
        second = await ledger.record(registering("second", id="b", expected=seen))

        again = await ledger.record(registering("second", id="b", expected=seen))
        assert again.head == second.head


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
        engine = connect(as_service(database))
        made = PostgresLedger(engine)
        await made.record(Batch(OPENING))
        yield made
        await engine.dispose()


class TestAClockThatGoesBack:
    async def test_the_later_order_counts_all_the_same(self, database: str) -> None:
        schema.migrate(database)
        engine = connect(database)
        ledger = PostgresLedger(engine)
        await ledger.record(registering("first", id="a"))
        async with engine.begin() as connection:
            ahead = "'2099-01-01T00:00:00Z'"
            await connection.execute(text(f"UPDATE head SET ordered_at = {ahead}"))  # noqa: S608 - a constant
        for number, name in enumerate(("second", "third")):
            await ledger.record(registering(name, id=f"{number}"))

        head = await ledger.head()
        assert head.committed_at.isoformat() == "2099-01-01T00:00:00.000002+00:00"
        assert (await graph_of(ledger)).tenants["acme"].name == "third"
        await engine.dispose()


def ordered(said: e.Payload, *, id: str, seconds: float = 0) -> Batch:
    return Batch([event(said, id=id, source="operator", seconds=seconds)], is_order=True)


def registering(name: str, *, id: str, seconds: float = 0, expected: int | None = None) -> Batch:
    batch = ordered(e.TenantRegistered(tenant="acme", name=name), id=id, seconds=seconds)
    tenant = EntityRef(Kind.TENANT, "acme")
    return batch if expected is None else batch._replace(expected={tenant: expected})


def named(native_id: str, model: str, second: int) -> Event:
    said = e.NameAssigned(f"openai/{native_id}", model, f"{model}@undated", "a look", "jo")
    return event(said, id=f"{native_id} {model}", source="operator", seconds=second)


def related(model: str, relation: str, target: str) -> Event:
    said = e.ModelRelated(model=f"openai/{model}", **{relation: f"openai/{target}"})  # type: ignore[arg-type]
    return event(said, id=f"{model} {relation} {target}")


def priced(number: int) -> Event:
    price = Price(input=Decimal(number))
    return event(released(price=price), id=f"p{number}", seconds=number)


async def graph_of(ledger: Ledger) -> Graph:
    head, ops = await ledger.snapshot()
    return graphs.load(head.epoch, head.revision, ops)


def price_of(graph: Graph) -> Decimal | None:
    price = graph.offerings["openai/gpt-4o"].price
    return price.input if price else None
