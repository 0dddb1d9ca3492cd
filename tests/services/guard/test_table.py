"""Every case of the table, through the whole of the guard; none of them makes a socket."""

import pytest

from tests.services.guard.cases import ALLOWED, REFUSED, Case, cases, outcome_of

CASES = cases()


def named(case: Case) -> str:
    return f"{case.url[:60]!a} {case.why} {','.join(case.resolves_to[:2])}"


@pytest.mark.parametrize("case", CASES, ids=named)
async def test_the_table_holds_on_the_whole_way_to_a_socket(case: Case) -> None:
    outcome = await outcome_of(case)
    assert (outcome.verdict, len(outcome.dialled)) == (case.expect, case.dials)
    if case.rule is not None:
        assert outcome.rule == case.rule


async def test_only_addresses_are_dialled_and_only_those_that_were_judged() -> None:
    for case in CASES:
        if case.expect == ALLOWED and case.resolves_to:
            dialled = {str(where[0]) for where in (await outcome_of(case)).dialled}
            assert dialled == set(case.resolves_to)


def test_the_table_is_long_and_names_each_case_once() -> None:
    assert sum(case.expect == REFUSED for case in CASES) >= 300
    assert len(set(CASES)) == len(CASES)
