"""Leaderboards, from rows written by hand to facts."""

from datetime import date
from typing import Any

import pytest

from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import CapabilityUpdated, faults
from services.registry.catalogs.leaderboards import aider, livebench, lmarena, tau2, wildbench
from services.registry.catalogs.leaderboards.names import Names
from services.registry.catalogs.leaderboards.results import Page, Results, counted
from services.registry.catalogs.leaderboards.statement import catalog
from services.registry.catalogs.leaderboards.table import (
    Board,
    Category,
    Prior,
    Scale,
    Scales,
    Table,
    Unit,
)

PLAIN = Names()
TABLE = "model,math,logic\n"
CATEGORIES = {"Reasoning": ["logic"], "Mathematics": ["math"]}


def board(unit: Unit, unused: tuple[str, ...] = ()) -> Board:
    return Board(title="The Board", url="", licence="", unit=unit, what="", unused=unused)


def refused(results: Results) -> dict[str, str]:
    return {each.row: each.reason for each in results.refusals}


def omitted(results: Results) -> set[tuple[str, str]]:
    return {(each.row, each.reason) for each in results.omissions}


def run(name: str, rate: object, **fields: object) -> dict[str, object]:
    return {"model": name, "pass_rate_2": rate, "date": date(2025, 8, 1), **fields}


def polyglot(*rows: object) -> Results:
    return aider.parse([Page(name="polyglot_leaderboard.yml", content=list(rows))], PLAIN)


def edition(day: str, rows: str, categories: object = None) -> list[Page]:
    return [
        Page(name=f"table_{day}.csv", content=TABLE + rows),
        Page(name=f"categories_{day}.json", content=categories or CATEGORIES),
    ]


def rating(value: float, low: float | None = None, high: float | None = None) -> dict[str, float]:
    return {"rating": value, "rating_q025": low or value - 10, "rating_q975": high or value + 10}


def submission(name: str, results: object, **fields: object) -> dict[str, Any]:
    return {"model_name": name, "results": results, "submission_date": "2026-02-26", **fields}


def solved(first: object, fourth: object = None) -> dict[str, object]:
    return {"pass_1": first, "pass_2": None, "pass_4": fourth}


def test_aider_counts_the_best_run_of_the_newest_release() -> None:
    results = polyglot(
        run("gpt-5", 80.1),
        run("gpt-5", 86.7),
        run("gpt-4o-2024-05-13", 30.0),
        run("gpt-4o-2024-08-06", 20.0),
    )
    choice = counted(results)
    best = {model: each.results["polyglot"].value for model, (each,) in choice.runs.items()}
    assert best == {"openai/gpt-5": 86.7, "openai/gpt-4o": 20.0}
    assert [each.reason for each in choice.superseded] == ["another run of this model counts"] * 2


def test_aider_refuses_rows_that_are_no_score_of_a_model() -> None:
    results = polyglot(
        run("gpt-5", "about half"),
        run("gpt-4.1", -3),
        run("gpt-4", 130.0),
        run("o3", 78.2, edit_format="architect"),
        run("o3 + gpt-4.1", 78.2),
        run("mystery-7b", 50.0),
        "prose",
    )
    assert results.runs == ()
    assert refused(results) == {
        "gpt-5": "no usable score",
        "gpt-4.1": "no usable score",
        "gpt-4": "no usable score",
        "o3": "several models together",
        "o3 + gpt-4.1": "several models together",
        "mystery-7b": "its maker is not known from the name",
        "polyglot": "a row without a model",
    }
    assert omitted(results) == {
        ("gpt-5", "polyglot is not a number"),
        ("gpt-4.1", "polyglot is negative"),
        ("gpt-4", "polyglot is not between 0 and 100"),
    }
    assert results.rows == 7


def test_livebench_counts_the_newest_edition_that_has_a_model() -> None:
    results = livebench.parse(
        [
            *edition("2025_05_30", "gpt-5,90,80\no3,70,60\n"),
            *edition("2026_01_08", "gpt-5,50,40\n"),
        ],
        PLAIN,
    )
    runs = counted(results).runs
    (newest,), (older,) = runs["openai/gpt-5"], runs["openai/o3"]
    assert (newest.edition, newest.measured_on) == ("2026-01-08", date(2026, 1, 8))
    assert newest.results["reasoning"].value == 40
    assert older.edition == "2025-05-30"


def test_livebench_leaves_out_what_is_malformed() -> None:
    rows = "gpt-5,90,prose\ngpt-5,1,1\ngpt-4.1,-1,50\no3,,\n,5,5\n"
    results = livebench.parse(edition("2026_01_08", rows), PLAIN)
    (found,) = [each for each in results.runs if each.model == "openai/gpt-5"]
    assert set(found.results) == {"mathematics"}
    assert refused(results) == {
        "gpt-5": "listed twice",
        "o3": "no usable score",
        "table_2026_01_08.csv": "a row without a model",
    }
    assert omitted(results) == {("gpt-5", "logic is not a number"), ("gpt-4.1", "math is negative")}


def test_livebench_needs_the_categories_of_a_table() -> None:
    with pytest.raises(InvalidCatalog, match=r"put categories_2026_01_08\.json beside it"):
        livebench.parse(edition("2026_01_08", "gpt-5,1,1\n")[:1], PLAIN)


def test_lmarena_reads_ratings_with_their_intervals() -> None:
    results = lmarena.parse(
        [
            Page(
                name="leaderboard-text-style-control.json",
                content={
                    "full": {"gpt-5": rating(1437, 1430, 1444), "o3": {"rating": "high"}},
                    "if": {"gpt-5": rating(1400, 1410, 1420), "o3": rating(-5)},
                    "german": "a table",
                },
                dated=date(2025, 12, 17),
            ),
            Page(name="leaderboard-vision.json", content={"ocr": {"gpt-5": rating(1290)}}),
        ],
        PLAIN,
    )
    text, vision = sorted(results.runs, key=lambda each: each.contest)
    assert text.results["overall"].value == 1437
    assert text.results["overall"].error == pytest.approx(14 / 3.92)
    assert text.measured_on == date(2025, 12, 17)
    assert set(vision.results) == {"vision_ocr"}
    assert refused(results) == {"o3": "no usable score"}
    assert {row for row, _ in omitted(results)} == {"gpt-5", "o3", "german"}
    assert ("gpt-5", "instruction_following lies outside its own interval") in omitted(results)


def test_tau2_counts_the_widest_submission_then_the_best() -> None:
    wide = {"airline": solved(50.0, 20.0), "retail": solved(60.0)}
    results = tau2.parse(
        [
            Page(
                name="all.json",
                content=[
                    submission("gpt-5", {"airline": solved(99.0), "retail": None}),
                    submission("gpt-5", wide),
                    submission("gpt-5", {"airline": solved(40.0), "retail": solved(50.0)}),
                ],
            )
        ],
        PLAIN,
    )
    ((best,),) = counted(results).runs.values()
    assert {name: each.value for name, each in best.results.items()} == {
        "airline.pass_1": 50.0,
        "airline.pass_4": 20.0,
        "retail.pass_1": 60.0,
    }


def test_tau2_refuses_what_does_not_measure_a_model_alone() -> None:
    airline = {"airline": solved(50.0)}
    original = {"tau2_bench_version": "original tau-bench"}
    changed = {"verification": {"modified_prompts": True}}
    content = [
        submission("a", airline, modality="voice"),
        submission("b", airline, submission_type="custom"),
        submission("c", airline, methodology=original),
        submission("d", airline, methodology=changed),
        submission("gpt-5", {"airline": solved("most")}, submission_date="last spring"),
    ]
    results = tau2.parse([Page(name="all.json", content=content)], PLAIN)
    assert set(refused(results)) == {"a", "b", "c", "d", "gpt-5"}
    assert ("gpt-5", "submission_date is prose, not a date") in omitted(results)


def test_wildbench_reads_points_that_may_be_negative() -> None:
    content = {
        "gpt-4o-2024-05-13": {"WB_score.task_macro": 59.3, "WB_score.Creative Tasks": "-"},
        "gemma-2b-it": {"WB_score.task_macro": -62.0},
        "gpt-4": {"WB_score.task_macro": -162.0},
        "o3": "prose",
    }
    results = wildbench.parse([Page(name="all_stat_1500.json", content=content)], PLAIN)
    assert {each.results["overall"].value for each in results.runs} == {59.3, -62.0}
    assert refused(results) == {"gpt-4": "no usable score", "o3": "not an object"}


@pytest.mark.parametrize("parse", [aider.parse, livebench.parse, lmarena.parse, tau2.parse])
def test_another_file_is_no_leaderboard(parse: Any) -> None:
    with pytest.raises(InvalidCatalog):
        parse([Page(name="README.md", content="prose")], PLAIN)


UNIT_SCALE = Scale(middle=0.0, spread=1.0, error=0.1, models=20)
TASKS = Table(
    boards={"aider": board(Unit.PERCENT), "lmarena": board(Unit.RATING, unused=("expert",))},
    tests={
        "aider/polyglot": Category(why="", tasks={"code_generation": 1.0, "general": 0.5}),
        "lmarena/overall": Category(why="", tasks={"general": 1.0}),
        "lmarena/english": Category(why="", language="en"),
        "lmarena/german": Category(why="", language="de", capabilities={"multilingual": 1.0}),
        "lmarena/french": Category(why="", language="fr", capabilities={"multilingual": 1.0}),
    },
    unmeasured={},
    least={"multilingual": 2},
    most_lost=0.5,
)
ARENA = Scale(middle=7.4, spread=0.5, error=0.1, models=20)
PLACES = Scales(
    prior=Prior(mean=0.0, deviation=1.0),
    tests={
        "aider/polyglot": UNIT_SCALE,
        "lmarena/overall": ARENA,
        "lmarena/english": ARENA,
        "lmarena/german": ARENA,
        "lmarena/french": ARENA,
    },
)


def facts(results: Results, places: Scales = PLACES) -> dict[str, CapabilityUpdated]:
    stated = catalog(results, TASKS, places).payloads
    assert [fault for each in stated for fault in faults(each)] == []
    return {each.model: each for each in stated if isinstance(each, CapabilityUpdated)}


def test_a_run_becomes_scores_figures_and_one_sentence() -> None:
    fact = facts(polyglot(run("gpt-5", 50.0)))["openai/gpt-5"]
    assert fact.quality == {"code_generation": 0.5, "general": 0.5}
    assert fact.benchmarks == {"aider/polyglot": 50.0}
    assert fact.measured_on == date(2025, 8, 1)
    assert fact.complete
    assert fact.evidence == (
        "The Board, listed as gpt-5; standard errors: code_generation 0.02, general 0.04."
    )


def arena(**categories: float) -> Results:
    content = {name: {"gpt-5": rating(value)} for name, value in categories.items()}
    page = Page(name="leaderboard-text-style-control.json", content=content)
    return lmarena.parse([page], PLAIN)


def test_a_language_is_spoken_when_little_is_lost_against_english() -> None:
    fact = facts(arena(full=1400, english=1400, german=1370, french=1300))["openai/gpt-5"]
    assert fact.languages == ("de", "en")
    assert set(fact.capabilities or {}) == {"multilingual"}


def test_strength_in_one_language_is_not_strength_in_many() -> None:
    fact = facts(arena(full=1400, english=1400, german=1370))["openai/gpt-5"]
    assert fact.capabilities is None


def test_without_english_nothing_is_said_of_languages() -> None:
    assert facts(arena(full=1400, german=1370))["openai/gpt-5"].languages is None


def test_categories_without_a_place_are_named_and_scores_wait_for_one() -> None:
    results = arena(full=1400, expert=1400, klingon=1400)
    nowhere = Scales(prior=PLACES.prior, tests={})
    parsed = catalog(results, TASKS, nowhere)
    assert [(each.row, each.reason) for each in parsed.omissions] == [
        ("lmarena/klingon", "no category of the table"),
        ("lmarena/overall", "not on the common scale, figures only"),
    ]
    fact = facts(results, nowhere)["openai/gpt-5"]
    assert fact.quality is None
    assert fact.benchmarks == {"lmarena/overall": 1400.0}
