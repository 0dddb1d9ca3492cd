"""The graph as it was: at a revision, at a time, between two, and an entity's history."""

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncEngine

from routeyard.domain import events as e
from routeyard.domain.catalog import Price
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.difference import difference
from routeyard.domain.errors import InvalidRequest
from routeyard.domain.events import EndpointRemoved, ModelWithdrawn
from routeyard.domain.overrides import OverrideKind
from routeyard.domain.tenancy import TargetKind
from services.registry.ledger import Batch
from services.registry.postgres.ledger import PostgresLedger
from services.registry.postgres.reads import PostgresReads
from services.registry.reads import Changed, Version, Viewer
from tests.builders import defined, endpoint, event, released, source
from tests.components.databases import give

EVERYTHING, OWN, OTHER = Viewer(None), Viewer("acme"), Viewer("beta")
GPT = EntityRef(Kind.OFFERING, "openai/gpt-4o")


def priced(dollars: int, **fields: object) -> e.ModelReleased:
    return released("openai", "gpt-4o", price=Price(input=Decimal(dollars)), **fields)


@pytest.fixture
async def reads(engine: AsyncEngine, database: str) -> PostgresReads:
    """Six commits: two sources quarrel about a price, and a model comes and goes."""
    ledger = PostgresLedger(engine)
    steps = [
        [
            event(source("dev", 50), id="s1", source="operator"),
            event(source("lists", 80), id="s2", source="operator"),
            *defined("vision"),
            event(endpoint("openai"), id="e1"),
            event(endpoint("acme-gpu", provider="acme"), id="e2"),
        ],
        [event(priced(5), id="p1"), event(released("acme", "own", endpoint="acme-gpu"), id="o1")],
        [event(priced(4), id="p2", source="lists", seconds=1)],
        [event(priced(3), id="p3", source="lists", seconds=2)],
        [event(released("openai", "o3", capabilities={"vision": 1.0}), id="m1")],
        [event(ModelWithdrawn(provider="openai", native_id="o3"), id="m2", seconds=9)],
    ]
    for number, step in enumerate(steps):
        await ledger.record(Batch(step, actor=f"actor-{number + 1}", reason=f"step {number + 1}"))
    give(database, "acme-gpu", "acme")
    return PostgresReads(engine)


async def versions(reads: PostgresReads, viewer: Viewer, ref: EntityRef) -> list[Version]:
    async with reads.open(viewer) as reading:
        return list((await reading.versions(ref, 50, None)).items)


async def changed(
    reads: PostgresReads, viewer: Viewer, old: int, new: int, kind: Kind | None = None
) -> dict[str, Changed]:
    async with reads.open(viewer) as reading:
        page = await reading.differences((old, new), kind, 200, None)
    return {f"{each.ref.kind} {each.ref.id}": each for each in page.items}


def fields(version: Version | Changed) -> dict[str, tuple[object, object]]:
    told = difference(version.ref, version.before, version.after)
    assert told is not None
    return {each.name: (each.before, each.after) for each in told.fields}


async def test_a_moment_is_a_revision_or_the_newest_one_at_a_time(reads: PostgresReads) -> None:
    async with reads.open(EVERYTHING) as reading:
        second, third = await reading.moment(2), await reading.moment(3)
        assert second.revision == 2
        assert await reading.moment(second.committed_at) == second
        just_before = third.committed_at - timedelta(microseconds=1)
        assert await reading.moment(just_before) == second
        head = await reading.head()
        assert (await reading.moment(head.committed_at + timedelta(days=1))).revision == 6
        for asked in (0, -1, 7, 2**62):
            with pytest.raises(InvalidRequest, match="There is no revision"):
                await reading.moment(asked)
        with pytest.raises(InvalidRequest, match="first commit came later"):
            await reading.moment((await reading.moment(1)).committed_at - timedelta(seconds=1))


async def test_checksums_of_the_past_are_those_of_the_log(reads: PostgresReads) -> None:
    async with reads.open(EVERYTHING) as reading:
        head = await reading.head()
        assert await reading.checksum(6) == head.checksum
        found = [await reading.checksum(revision) for revision in (4, 5, 6)]
        # A model came and went: the graph is what it was before.
        assert found[0] == found[2] != found[1]


async def test_counts_are_of_the_revision(reads: PostgresReads) -> None:
    async with reads.open(EVERYTHING) as reading:
        then, now = await reading.counts(5), await reading.counts()
    assert (then.of[Kind.MODEL], now.of[Kind.MODEL]) == (3, 2)
    assert (then.dead, now.dead) == (None, 0)


async def test_a_history_tells_what_changed_by_whom_and_which_event_made_it(
    reads: PostgresReads,
) -> None:
    found = await versions(reads, EVERYTHING, GPT)
    assert [(v.revision, v.actor, v.reason) for v in found] == [
        (4, "actor-4", "step 4"),
        (3, "actor-3", "step 3"),
        (2, "actor-2", "step 2"),
    ]
    assert [fields(v).get("price.input") for v in found] == [("4", "3"), ("5", "4"), (None, "5")]
    events = [[(each.source, each.id) for each in v.events or ()] for v in found]
    assert events == [[("lists", "p3")], [("lists", "p2")], [("dev", "p1")]]
    assert found[0].events is not None
    assert found[0].events[0].type == "routeyard.model.released.v1"


async def test_a_history_has_pages(reads: PostgresReads) -> None:
    async with reads.open(EVERYTHING) as reading:
        first = await reading.versions(GPT, 2, None)
        second = await reading.versions(GPT, 2, first.items[-1].revision)
    assert [v.revision for v in [*first.items, *second.items]] == [4, 3, 2]
    assert (first.has_more, second.has_more) == (True, False)


async def test_what_went_is_in_the_history_and_may_come_again(
    reads: PostgresReads, engine: AsyncEngine
) -> None:
    again = event(released("openai", "o3"), id="m3", seconds=20)
    await PostgresLedger(engine).record(Batch([again]))
    found = await versions(reads, EVERYTHING, EntityRef(Kind.MODEL, "openai/o3"))
    told = [(v.revision, v.before is None, v.after is None) for v in found]
    assert told == [(7, True, False), (6, False, True), (5, True, False)]
    assert [[each.id for each in v.events or ()] for v in found] == [["m3"], ["m2"], ["m1"]]


async def test_what_waited_came_by_the_event_it_waited_for(
    reads: PostgresReads, engine: AsyncEngine
) -> None:
    ledger = PostgresLedger(engine)
    await ledger.record(Batch([event(released("late", "m"), id="w1")]))
    await ledger.record(Batch([event(endpoint("late"), id="w2")]))
    (version,) = await versions(reads, EVERYTHING, EntityRef(Kind.OFFERING, "late/m"))
    assert sorted(each.id for each in version.events or ()) == ["w1", "w2"]


async def test_a_sources_weight_is_a_cause_too(reads: PostgresReads, engine: AsyncEngine) -> None:
    lighter = event(source("lists", 10), id="s3", source="operator", seconds=60)
    await PostgresLedger(engine).record(Batch([lighter]))
    newest = (await versions(reads, EVERYTHING, GPT))[0]
    assert fields(newest)["price.input"] == ("3", "5")
    assert [each.id for each in newest.events or ()] == ["s3"]


async def test_makers_are_shown_to_operators_only(reads: PostgresReads) -> None:
    for version in await versions(reads, OWN, GPT):
        assert (version.actor, version.reason, version.events) == (None, None, None)


async def test_a_tenant_sees_who_made_its_own_overrides(
    reads: PostgresReads, engine: AsyncEngine
) -> None:
    told = [
        event(e.TenantRegistered(tenant="acme", name="Acme"), id="t", source="operator"),
        event(
            e.TenantOverridden(
                tenant="acme",
                name="no",
                kind=OverrideKind.DENY,
                target_kind=TargetKind.MODEL,
                target="openai/gpt-4o",
                reason="budget",
                actor="jo",
            ),
            id="v",
        ),
    ]
    await PostgresLedger(engine).record(Batch(told))
    ref = EntityRef(Kind.OVERRIDE, "acme/no")
    (version,) = await versions(reads, OWN, ref)
    assert [(each.actor, each.reason) for each in version.events or ()] == [("jo", "budget")]
    assert await versions(reads, OTHER, ref) == []


async def test_foreign_histories_and_differences_are_absent(reads: PostgresReads) -> None:
    for kind, name in (
        (Kind.ENDPOINT, "acme-gpu"),
        (Kind.OFFERING, "acme-gpu/own"),
        (Kind.MODEL, "acme/own"),
        (Kind.RELEASE, "acme/own@undated"),
        (Kind.SOURCE, "dev"),
    ):
        assert await versions(reads, EVERYTHING, EntityRef(kind, name)) != []
        assert (await versions(reads, OWN, EntityRef(kind, name)) != []) is (
            kind is not Kind.SOURCE
        )
        assert await versions(reads, OTHER, EntityRef(kind, name)) == []
        assert f"{kind} {name}" in await changed(reads, EVERYTHING, 0, 6)
        assert f"{kind} {name}" not in await changed(reads, OTHER, 0, 6)


async def test_a_difference_is_between_the_ends(reads: PostgresReads) -> None:
    found = await changed(reads, EVERYTHING, 2, 6)
    # The model that came and went is the same at both ends: absent.
    assert found.keys() == {"offering openai/gpt-4o"}
    offering = found["offering openai/gpt-4o"]
    assert offering.revisions == [3, 4]
    assert fields(offering) == {"price.input": ("5", "3")}
    assert await changed(reads, OTHER, 2, 6) == found
    assert await changed(reads, OTHER, 3, 3) == {}


async def test_differences_by_kind_and_page_after_page(reads: PostgresReads) -> None:
    everything = await changed(reads, EVERYTHING, 0, 5)
    assert {each.ref.kind for each in everything.values()} == {
        Kind.CAPABILITY,
        Kind.ENDPOINT,
        Kind.MODEL,
        Kind.OFFERING,
        Kind.RELEASE,
        Kind.SOURCE,
    }
    models = await changed(reads, EVERYTHING, 0, 5, Kind.MODEL)
    assert models.keys() == {key for key in everything if key.startswith("model ")}
    for viewer, whole in ((EVERYTHING, everything), (OTHER, await changed(reads, OTHER, 0, 5))):
        seen: list[str] = []
        last, has_more = None, True
        while has_more:
            async with reads.open(viewer) as reading:
                page = await reading.differences((0, 5), None, 2, last)
            seen += [f"{each.ref.kind} {each.ref.id}" for each in page.items]
            last, has_more = page.items[-1].ref, page.has_more
        assert seen == list(whole)


async def test_a_history_names_what_took_an_entity_along_however_far_away_it_was(
    reads: PostgresReads, engine: AsyncEngine
) -> None:
    rule = e.TenantOverridden(
        tenant="acme",
        project="web",
        name="no",
        kind=OverrideKind.DENY,
        target_kind=TargetKind.MODEL,
        target="openai/o3",
        reason="not yet",
        actor="jo",
    )
    steps: list[e.Payload] = [
        e.TenantRegistered(tenant="acme", name="Acme"),
        e.ProjectRegistered(tenant="acme", project="web", name="Web"),
        rule,
        e.TenantOffboarded(tenant="acme", reason="left", actor="jo"),
        e.TenantRegistered(tenant="acme", name="Acme"),
        e.ProjectRemoved(tenant="acme", project="web"),
    ]
    for number, data in enumerate(steps):
        told = event(data, id=f"t{number}", source="operator", seconds=number)
        await PostgresLedger(engine).record(Batch([told]))

    found = await versions(reads, EVERYTHING, EntityRef(Kind.OVERRIDE, "acme/project:web/no"))
    causes = [{each.id for each in version.events or ()} for version in found]
    # It came back with its tenant, by what was said of the rule before.
    assert causes == [{"t5"}, {"t2", "t4"}, {"t3"}, {"t2"}]


async def test_a_removed_endpoint_takes_what_it_served_out_of_the_difference(
    reads: PostgresReads, engine: AsyncEngine
) -> None:
    gone = event(EndpointRemoved(endpoint="openai"), id="gone", seconds=99)
    await PostgresLedger(engine).record(Batch([gone]))
    found = await changed(reads, EVERYTHING, 6, 7)
    assert {key for key, each in found.items() if each.after is None} == {
        "endpoint openai",
        "offering openai/gpt-4o",
    }
    # Nobody offers the model any more: a tenant does not see it, though it is still there.
    assert "model openai/gpt-4o" in await changed(reads, OTHER, 6, 7)
    assert "model openai/gpt-4o" not in found
    async with reads.open(OTHER) as reading:
        then = await reading.entities([EntityRef(Kind.MODEL, "openai/gpt-4o")], 6)
        now = await reading.entities([EntityRef(Kind.MODEL, "openai/gpt-4o")], 7)
    assert (len(then), len(now)) == (1, 0)
