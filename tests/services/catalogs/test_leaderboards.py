"""The leaderboards as published, what is packaged of them, and the commands that read them."""

import json
from datetime import date
from pathlib import Path

import pytest
import typer
from aiohttp import web
from aiohttp.test_utils import TestServer
from typer.testing import CliRunner, Result

from infra.catalogs import build_quality, published
from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import CapabilityUpdated, PrecisionDefined, faults
from routeyard.domain.resolution import GENERAL, Step
from services.registry.bootstrap import SOURCES
from services.registry.catalogs import packages, quality
from services.registry.catalogs.cli import register
from services.registry.catalogs.leaderboards import tables
from services.registry.catalogs.leaderboards.boards import BOARDS
from services.registry.catalogs.leaderboards.documents import (
    file_pages,
    folder_pages,
    url_pages,
)
from services.registry.catalogs.leaderboards.results import Results
from services.registry.catalogs.leaderboards.statement import catalog
from services.registry.vocabulary import vocabulary

TABLE = tables.table()
EXPECTED = {
    # board: models that are stated at least, and what one of them must be scored for
    "aider": (80, "code_generation"),
    "livebench": (200, "multi_hop_reasoning"),
    "lmarena": (200, "synthesis"),
    "tau2": (30, "tool_call"),
    "wildbench": (45, "planning"),
}


@pytest.fixture(scope="module")
def boards(data_dir: Path) -> dict[str, Results]:
    return published.results(data_dir)


def packaged() -> list[CapabilityUpdated]:
    found = quality.parse(packages.quality()).payloads
    return [each for each in found if isinstance(each, CapabilityUpdated)]


def floors() -> list[PrecisionDefined]:
    found = quality.parse(packages.quality()).payloads
    return [each for each in found if isinstance(each, PrecisionDefined)]


def invoke(*arguments: str) -> Result:
    app = typer.Typer()
    register(app)
    app.callback()(lambda: None)
    return CliRunner().invoke(app, ["ingest", *arguments])


def test_the_table_speaks_of_steps_tags_and_boards_that_exist() -> None:
    tasks = {task for test in TABLE.tests.values() for task in test.tasks}
    assert tasks | set(TABLE.unmeasured) == {*Step, GENERAL}
    assert tasks.isdisjoint(TABLE.unmeasured)
    graded = {each.tag for each in vocabulary() if each.is_graded}
    assert {tag for test in TABLE.tests.values() for tag in test.capabilities} == graded
    assert {test.partition("/")[0] for test in TABLE.tests} == set(TABLE.boards) == set(BOARDS)
    assert all(test.why for test in TABLE.tests.values())
    assert all(0 < weight <= 1 for test in TABLE.tests.values() for weight in test.tasks.values())


def test_each_board_is_a_source_that_ranks_below_all_together() -> None:
    assert all(SOURCES[board][0] < SOURCES["quality"][0] for board in BOARDS)


def test_every_scored_test_of_a_newest_edition_has_a_place_on_the_scale() -> None:
    placed = {
        key.partition("@")[0] + "/" + key.partition("/")[2] if "@" in key else key
        for key in tables.scales().tests
    }
    assert {test for test, each in TABLE.tests.items() if each.is_scored} <= placed


@pytest.mark.parametrize("board", sorted(EXPECTED))
def test_published_boards(boards: dict[str, Results], board: str) -> None:
    least, task = EXPECTED[board]
    parsed = catalog(boards[board], TABLE, tables.scales())
    facts = [each for each in parsed.payloads if isinstance(each, CapabilityUpdated)]
    assert len(facts) >= least
    assert len({each.model for each in facts}) == len(facts)
    assert [fault for each in facts for fault in faults(each)] == []
    assert sum(task in (each.quality or {}) for each in facts) >= 0.9 * least
    assert all(each.benchmarks and each.evidence and each.measured_on for each in facts)
    assert all(refusal.row and refusal.reason for refusal in parsed.refusals)
    assert not any("table" in each.reason for each in parsed.omissions)


def test_the_packaged_files_are_what_the_data_give(boards: dict[str, Results]) -> None:
    scales = build_quality.built_scales(published.measures(boards, TABLE))
    assert build_quality.scales_document(scales) == build_quality.SCALES.read_text()
    document = build_quality.quality_document(boards, TABLE, scales)
    assert document == build_quality.QUALITY.read_text()


def test_deepseek_v3_is_scored_for_code() -> None:
    (found,) = [each for each in packaged() if each.model == "deepseek/deepseek-v3"]
    assert "Aider" in found.evidence
    assert "code_generation" in (found.quality or {})


def test_many_models_come_with_the_installation() -> None:
    facts = packaged()
    assert len(facts) > 300
    for tag, least in {
        "instruction_following": 250,
        "multilingual": 120,
        "tool_calling_fidelity": 30,
    }.items():
        assert sum(tag in (each.capabilities or {}) for each in facts) >= least, tag
    assert sum("de" in (each.languages or ()) for each in facts) >= 100
    assert all(each.complete and each.measured_on and each.evidence for each in facts)


def test_floors_rise_and_leave_models_on_both_sides() -> None:
    found = {each.task: each for each in floors()}
    assert set(found) >= {GENERAL, Step.CODE_GENERATION, Step.TOOL_CALL}
    for task, floor in found.items():
        assert 0 < floor.low < floor.standard < floor.high < 1
        scores = [score for each in packaged() if (score := (each.quality or {}).get(task))]
        assert len(scores) >= build_quality.FEWEST_MODELS
        assert max(scores) > floor.high
    assert "planning" not in found


def test_stronger_successors_score_more() -> None:
    general = {each.model: (each.quality or {}).get(GENERAL, 0.0) for each in packaged()}
    for lesser, better in (
        ("openai/gpt-4o-mini", "openai/gpt-4o"),
        ("openai/gpt-4o", "openai/gpt-5"),
        ("openai/gpt-5", "openai/gpt-5.4"),
        ("anthropic/claude-3.5-sonnet", "anthropic/claude-sonnet-4.5"),
        ("google/gemini-2.5-pro", "google/gemini-3-pro-preview"),
        ("meta/llama-3.1-8b-instruct", "meta/llama-3.3-70b-instruct"),
    ):
        assert general[lesser] < general[better], (lesser, better)


@pytest.mark.parametrize("board", sorted(BOARDS))
def test_every_board_has_a_command_with_examples(board: str) -> None:
    done = invoke(board, "--help")
    assert done.exit_code == 0
    assert f"routeyard ingest {board}" in " ".join(done.output.split())


def test_a_board_is_read_from_a_folder(tmp_path: Path) -> None:
    (tmp_path / "table_2026_01_08.csv").write_text("model,logic\ngpt-5,70\nmystery,50\n")
    categories = {"Reasoning": ["logic"]}
    (tmp_path / "categories_2026_01_08.json").write_text(json.dumps(categories))
    done = invoke("livebench", "--folder", str(tmp_path), "--dry-run", "--json", "--show-refusals")
    assert done.exit_code == 0, done.output
    report = json.loads(done.stdout)
    assert (report["source"], report["rows"], report["published"]) == ("livebench", 2, 1)
    assert report["refusals"] == [
        {"row": "mystery", "reason": "its maker is not known from the name"}
    ]


def test_a_day_comes_from_the_name_of_the_folder_or_is_given(tmp_path: Path) -> None:
    folder = tmp_path / "arena_2025-12-17"
    folder.mkdir()
    (folder / "leaderboard-text.json").write_text("{}")
    (said,) = folder_pages(folder, BOARDS["lmarena"].files, None)
    (given,) = file_pages(folder / "leaderboard-text.json", date(2026, 1, 1))
    assert (said.dated, given.dated) == (date(2025, 12, 17), date(2026, 1, 1))


def test_a_table_alone_brings_its_categories(tmp_path: Path) -> None:
    (tmp_path / "table_2026_01_08.csv").write_text("model,logic\n")
    with pytest.raises(InvalidCatalog, match=r"categories_2026_01_08.json cannot be read"):
        file_pages(tmp_path / "table_2026_01_08.csv", None)


@pytest.mark.anyio
async def test_an_address_brings_the_categories_beside_it() -> None:
    async def table(_: web.Request) -> web.Response:
        return web.Response(text="model,logic\ngpt-5,70\n")

    async def categories(_: web.Request) -> web.Response:
        return web.json_response({"Reasoning": ["logic"]})

    app = web.Application()
    app.router.add_get("/table_2026_01_08.csv", table)
    app.router.add_get("/categories_2026_01_08.json", categories)
    async with TestServer(app) as server:
        address = str(server.make_url("/table_2026_01_08.csv"))
        pages = await url_pages(address, None)
    (run,) = BOARDS["livebench"].parse(pages, tables.names()).runs
    assert (run.model, run.results["reasoning"].value) == ("openai/gpt-5", 70)


def test_a_command_says_what_is_missing(tmp_path: Path) -> None:
    nowhere = invoke("tau2", "--dry-run")
    assert isinstance(nowhere.exception, InvalidCatalog)
    assert "one of --file, --folder or --url" in str(nowhere.exception)
    empty = invoke("aider", "--folder", str(tmp_path), "--dry-run")
    assert isinstance(empty.exception, InvalidCatalog)
    assert "polyglot_leaderboard.yml" in str(empty.exception)
