from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from routeyard.domain.errors import InvalidCatalog, Unavailable
from routeyard.domain.events import ModelReleased, ModelWithdrawn
from services.registry.catalogs import ingest as ingesting
from services.registry.catalogs import state
from services.registry.catalogs.ingest import Consumed, Run, ingest
from services.registry.catalogs.parsed import ParsedCatalog, Refusal
from services.registry.catalogs.report import Report, line
from tests.services.catalogs.fakes import Broker, Registry

pytestmark = pytest.mark.anyio
NOON = datetime(2026, 11, 23, 12, tzinfo=UTC)


def catalog(models: int) -> ParsedCatalog:
    return ParsedCatalog(
        source="test",
        payloads=tuple(ModelReleased(provider="p", native_id=f"m{n}") for n in range(models)),
        refusals=(Refusal(row="odd", reason="has no id"),),
        rows=models + 1,
        omissions=(Refusal(row="p/m0", reason="context is 0, which says nothing"),) * 2,
    )


@dataclass
class Bench:
    directory: Path
    broker: Broker

    async def run(  # noqa: PLR0913 - each test turns one of these
        self,
        models: int,
        consumed: Consumed | None = None,
        *,
        name: str | None = None,
        full: bool = False,
        force: bool = False,
        dry: bool = False,
        wait_s: float = 5.0,
    ) -> Report:
        run = Run(
            directory=self.directory,
            observed_at=NOON,
            is_full=full,
            is_forced=force,
            is_dry=dry,
            wait_s=wait_s,
        )
        broker = None if dry else self.broker
        return await ingest(catalog(models), run, broker, consumed, lambda *_: None, name=name)


@pytest.fixture
def bench(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Bench:
    monkeypatch.setattr(ingesting, "POLL_S", 0.001)
    return Bench(tmp_path, Broker())


async def test_a_second_run_publishes_nothing(bench: Bench) -> None:
    first = await bench.run(20)
    assert (first.published, first.unchanged) == (20, 0)
    second = await bench.run(20)
    assert (second.published, second.unchanged) == (0, 20)
    assert len(bench.broker.events) == 20


async def test_a_row_gone_is_withdrawn(bench: Bench) -> None:
    await bench.run(20)
    done = await bench.run(19)
    assert (done.published, done.withdrawn) == (0, 1)
    assert isinstance(bench.broker.events[-1].data, ModelWithdrawn)


async def test_a_collapse_is_refused_unless_forced(bench: Bench) -> None:
    await bench.run(20)
    with pytest.raises(InvalidCatalog, match="--force"):
        await bench.run(10)
    assert len(bench.broker.events) == 20
    assert (await bench.run(10, force=True)).withdrawn == 10


async def test_a_dry_run_changes_nothing(bench: Bench) -> None:
    done = await bench.run(20, dry=True)
    assert (done.published, done.is_dry_run) == (20, True)
    assert bench.broker.events == []
    assert list(bench.directory.iterdir()) == []


async def test_a_full_run_states_everything_and_still_withdraws(bench: Bench) -> None:
    await bench.run(20)
    done = await bench.run(19, full=True)
    assert (done.published, done.withdrawn) == (19, 1)


async def test_a_full_run_needs_no_readable_state(bench: Bench) -> None:
    (bench.directory / "test.json").write_text("{")
    with pytest.raises(InvalidCatalog, match="--full"):
        await bench.run(20)
    assert (await bench.run(20, full=True)).published == 20
    assert (await bench.run(20)).published == 0


async def test_what_the_broker_did_not_take_is_published_again(bench: Bench) -> None:
    bench.broker.is_down = True
    with pytest.raises(Unavailable):
        await bench.run(20)
    bench.broker.is_down = False
    assert (await bench.run(20)).published == 20


async def test_the_run_waits_until_the_registry_has_read_every_partition(bench: Bench) -> None:
    registry = Registry(
        {}, {("facts", 0): 10}, {("facts", 0): 10, ("facts", 1): 9}, {("facts", 1): 10}
    )
    await bench.run(20, registry)
    assert registry.looks == 4
    assert state.read(bench.directory, "test")


async def test_what_the_registry_did_not_read_is_published_again(bench: Bench) -> None:
    with pytest.raises(Unavailable, match="has not read"):
        await bench.run(20, Registry({}), wait_s=0.01)
    assert state.read(bench.directory, "test") == {}
    assert (await bench.run(20)).published == 20


async def test_nothing_published_is_nothing_to_wait_for(bench: Bench) -> None:
    await bench.run(20)
    registry = Registry({})
    await bench.run(20, registry, wait_s=0.01)
    assert registry.looks == 0


async def test_states_go_by_their_names(bench: Bench) -> None:
    await bench.run(20, name="test.a")
    assert (await bench.run(20, name="test.b")).published == 20
    assert (await bench.run(20, name="test.a")).published == 0


async def test_a_report_counts_reasons(bench: Bench) -> None:
    done = await bench.run(3)
    assert done.refused == {"has no id": 1}
    assert done.omitted == {"context is 0, which says nothing": 2}
    assert line(done) == (
        "test: 4 rows, published 3, unchanged 0, withdrawn 0, refused 1 (1 has no id), "
        "left out 2 fields (2 context is 0, which says nothing)"
    )
