"""Names find their model on the links that publishers state, where no rule was made for them."""

from pathlib import Path

import pytest

from tests.experiments.identity import Score, coverage, scores
from tests.experiments.links import Link, links


@pytest.fixture(scope="module")
def held_out(data_dir: Path) -> list[Link]:
    return [link for link in links(data_dir) if link.is_held_out]


def test_the_links_are_many_and_of_both_kinds(held_out: list[Link]) -> None:
    assert sum(link.same for link in held_out) > 2500
    assert sum(not link.same for link in held_out) > 10_000
    assert len({link.publisher for link in held_out}) >= 9


def test_names_find_their_model(held_out: list[Link]) -> None:
    score = scores(held_out)["all"].figures()

    assert score["precision"] is not None
    assert score["recall"] is not None
    assert score["recall_spelled_otherwise"] is not None
    assert score["precision"] >= 0.99
    assert score["recall"] >= 0.95
    assert score["recall_spelled_otherwise"] >= 0.95


def test_they_do_so_without_the_table_of_ollamas_tags(held_out: list[Link]) -> None:
    score = scores(link for link in held_out if link.publisher != "Ollama")["all"].figures()

    assert score["precision"] is not None
    assert score["recall"] is not None
    assert score["precision"] >= 0.99
    assert score["recall"] >= 0.95


def test_most_names_land_on_a_model_that_another_catalog_names(data_dir: Path) -> None:
    found = coverage(data_dir)

    assert found["names"] > 13_000
    assert found["names_on_models_of_several_catalogs"] > 0.75 * found["names"]


def test_a_score_counts_misses_and_false_merges() -> None:
    assert Score(same=4, found=3, different=9, merged=1).figures() == {
        "same": 4,
        "found": 3,
        "plain": 0,
        "plain_found": 0,
        "different": 9,
        "merged": 1,
        "precision": 0.75,
        "recall": 0.75,
        "recall_spelled_otherwise": None,
    }
