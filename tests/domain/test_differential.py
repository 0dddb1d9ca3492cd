"""The compiled resolver against the specification, over random worlds that change."""

import ast
from collections import Counter
from pathlib import Path

import pytest

from routeyard.domain.resolution import Because, Outcome, Reason
from tests.domain import reference
from tests.domain.differential import A_WORLD, Tally, cases

WORLDS, AT_ONCE = 420, 20
CASES = WORLDS * A_WORLD
# What the specification may use: values, and what is agreed on with others (places, cohorts).
PLAIN = {
    *("catalog", "cohort", "graph", "health", "overrides", "resolution", "tenancy", "territories"),
    *("policies.condition", "policies.policy"),
}


@pytest.mark.parametrize("first", range(0, WORLDS, AT_ONCE))
def test_it_answers_as_specified(first: int) -> None:
    for seed in range(first, first + AT_ONCE):
        for case in cases(seed):
            assert not case.differences, (case.seed, case.number, case.inputs)


def test_the_cases_are_worth_their_number() -> None:
    """Half of them leave a choice, and everything that may happen happens often."""
    tally = Tally.empty()
    for seed in range(WORLDS):
        for case in cases(seed):
            tally.add(case)

    assert tally.survivors.total() == CASES >= 5_000
    assert tally.survivors.total() - tally.survivors[0] - tally.survivors[1] >= CASES / 2
    assert Counter({reason: tally.reasons[reason] for reason in Reason}).most_common()[-1][1] >= 50
    assert all(tally.seen[f"because {each}"] >= 50 for each in Because)
    assert all(tally.seen[f"rule {each}"] >= 50 for each in Outcome)
    assert tally.seen["first_attempt_ms"] >= 50


def test_the_specification_uses_nothing_of_the_compiled_resolver() -> None:
    folder = Path(reference.__file__).parent
    found = {name for path in folder.glob("*.py") for name in imports(ast.parse(path.read_text()))}
    ours = {
        each.removeprefix("routeyard.domain.") for each in found if each.startswith("routeyard")
    }

    assert ours <= PLAIN
    assert {each for each in found if each.startswith("tests.")} == {
        f"tests.domain.reference.{path.stem}" for path in folder.glob("[!_]*.py")
    }


def imports(tree: ast.Module) -> set[str]:
    """The modules that are imported, wherever it is done; `from a import b` may mean `a.b`."""
    found = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found |= {each.name for each in node.names}
        elif isinstance(node, ast.ImportFrom):
            inner = {f"{node.module}.{each.name}" for each in node.names}
            is_package = node.module in {"routeyard", "routeyard.domain", "tests", "tests.domain"}
            found |= inner if is_package else {str(node.module)}
    return found
