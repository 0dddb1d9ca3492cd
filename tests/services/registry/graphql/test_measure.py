"""How much a document asks for."""

from typing import Any

import pytest
from graphql import OperationDefinitionNode, parse
from hypothesis import given
from hypothesis import strategies as st

from services.registry.graphql.measure import Measure, Size

FIRSTS = {"models": 50, "offerings": 10}
SPREAD = """{ models(first: 2) { ...m } } fragment m on C { nodes { ...o } }
    fragment o on M { offerings(first: 3) { nodes { id } } }"""
CIRCLE = """{ ...a } fragment a on Q { models(first: 1) { nodes { ...b } } }
    fragment b on M { models(first: 2) { nodes { ...a } } }"""


def measured(text: str, **variables: Any) -> Size:
    document = parse(text)
    operation = next(e for e in document.definitions if isinstance(e, OperationDefinitionNode))
    return Measure(document, FIRSTS).size(operation, variables)


@pytest.mark.parametrize(
    ("query", "nodes"),
    [
        ("{ revision }", 0),
        ("{ models { nodes { id } } }", 50),
        ("{ models(first: 3) { nodes { offerings(first: 5) { nodes { id } } } } }", 3 * 6),
        ("{ models(first: 3) { nodes { offerings { nodes { id } } } } }", 3 * 11),
        ("{ a: models(first: 3) { nodes { id } } b: models(first: 4) { nodes { id } } }", 7),
        ("query($n: Int = 7) { models(first: $n) { nodes { id } } }", 7),
        ("query($n: Int) { models(first: $n) { nodes { id } } }", 50),
        ("query($m: Int) { models(first: $m) { nodes { offerings(first: $m) { x } } } }", 930),
        (SPREAD, 8),
        ("{ ... @include(if: true) { models(first: 2) { nodes { id } } } }", 2),
        ("{ models(first: -5) { nodes { id } } }", 0),
        ('{ models(first: "x") { nodes { id } } }', 50),
        (CIRCLE, 3),
    ],
)
def test_nodes_are_counted_through_nested_lists(query: str, nodes: int) -> None:
    assert measured(query, m=30).nodes == nodes


@pytest.mark.parametrize("value", [None, "x", [], {}, float("nan"), float("inf"), True, 1e400])
def test_a_variable_that_is_no_number_is_left_to_execution(value: Any) -> None:
    query = "query($m: Int) { models(first: $m) { nodes { id } } }"
    assert measured(query, m=value).nodes in {1, 50}


def test_everything_else_is_counted_too() -> None:
    size = measured(
        "query @d { a: x @skip(if: true) x { y { z } } ...f @e } "
        "fragment f on Q { x ...g b: x } fragment g on Q { x __schema { types { name } } }"
    )
    assert size == Size(depth=2, aliases=2, directives=3, roots=6, repeats=3)


@given(st.integers(1, 6), st.integers(1, 3))
def test_spread_fragments_come_to_what_their_fields_would(depth: int, wide: int) -> None:
    """The second formulation: the same document written out."""
    spread = [f"fragment f{n} on Q {{ a: x " + f"...f{n + 1} " * wide + "}" for n in range(depth)]
    spread.append(f"fragment f{depth} on Q {{ models(first: 2) {{ nodes {{ id }} }} }}")
    text = "models(first: 2) { nodes { id } }"
    for _ in range(depth):
        text = "a: x " + f"{text} " * wide
    assert measured("{ ...f0 } " + " ".join(spread)) == measured(f"{{ {text} }}")


def test_fragments_that_double_a_hundred_times_are_measured_at_once() -> None:
    spread = [f"fragment f{n} on Q {{ ...f{n + 1} ...f{n + 1} }}" for n in range(100)]
    size = measured("{ ...f0 } fragment f100 on Q { x } " + " ".join(spread))
    assert size.repeats == 2**100


@given(st.permutations(["a", "b", "c"]), st.lists(st.sampled_from("abc"), max_size=4))
def test_circles_come_to_an_end(order: list[str], spreads: list[str]) -> None:
    inner = " ".join(f"...{each}" for each in spreads)
    text = " ".join(f"fragment {name} on Q {{ x {inner} }}" for name in order)
    assert measured("{ ...a } " + text).depth == 0
