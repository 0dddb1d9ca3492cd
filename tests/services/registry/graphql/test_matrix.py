"""A tenant is told of its own things alone, whatever it asks; and it may do what it may."""

from collections.abc import AsyncIterator, Callable

import pytest

from services.registry import known
from services.registry.graphql.schema import build_schema
from services.registry.postgres import look
from tests.services.registry.scoping.followed import unfollowed
from tests.services.registry.scoping.orders import unentered
from tests.services.registry.scoping.questions import unclassified
from tests.services.registry.scoping.runs import Pair, running, seeded, unwalled, whole, worlds
from tests.services.registry.scoping.world import World

QUICK = (
    "endpoints are everybody's",
    "rules are everybody's",
    "projects are everybody's",
    "tenants are everybody's",
    "others' scopes are told",
    "others' things are counted",
    "others' models count",
    "others' endings are told",
    "the platform's people are named",
    "keys are everybody's",
    "anybody decides on keys",
    "the platform's people act on keys",
    "anybody tests endpoints",
    "anybody sets endpoints up",
    "others' looks are told",
    "others' models are known",
)
BOTH = 'query { history(id: "rack-for-two", kind: ENDPOINT) { nodes { change fields { name } } } }'
RULE = """query { history(id: "platform:quokka/quokka-deny", kind: OVERRIDE) {
    nodes { actor reason events { actor } fields { name } } } }"""


@pytest.fixture(autouse=True)
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """How long an answer takes is not looked at here; see the experiment."""

    async def at_once(begun: float) -> None:
        del begun

    monkeypatch.setattr(look, "even", at_once)
    monkeypatch.setattr(known, "even", at_once)


@pytest.fixture
def both(new_database: Callable[[], str]) -> tuple[World, World]:
    return worlds(new_database)


@pytest.fixture
async def pair(both: tuple[World, World]) -> AsyncIterator[Pair]:
    async with running(*both) as found:
        yield found


# Tens of thousands of cells: the one test here that takes more than a minute.
@pytest.mark.timeout(400)
async def test_no_cell_of_the_matrix_leaks_and_each_proves_something(pair: Pair) -> None:
    matrix, _ = await whole(pair, is_quick=True)
    assert matrix.leaks == []
    assert matrix.unproven() == []
    assert sum(matrix.cells.values()) > 40_000


def test_somebody_has_said_how_to_ask_every_argument_of_the_schema() -> None:
    assert unclassified(build_schema()._schema) == []


def test_somebody_has_said_how_to_follow_every_subscription() -> None:
    assert unfollowed(build_schema()._schema) == []


def test_every_order_is_in_the_table_of_rights() -> None:
    assert unentered(build_schema()._schema) == []


async def test_the_matrix_finds_seeded_faults(both: tuple[World, World]) -> None:
    unwalled(*both)
    async with running(*both) as pair:
        assert {name: bool(await seeded(pair, name)) for name in QUICK} == dict.fromkeys(
            QUICK, True
        )


async def test_a_tenant_is_not_told_to_whom_else_an_endpoint_is_dedicated(pair: Pair) -> None:
    own = await pair.registry.ask(BOTH, "own admin")
    assert [node["change"] for node in own["history"]["nodes"]] == ["CHANGED", "ADDED"]
    assert "dedicated_to" not in str(own)
    assert "dedicated_to" in str(await pair.registry.ask(BOTH, "admin"))


async def test_a_tenant_is_not_told_who_speaks_for_the_platform(pair: Pair) -> None:
    (version,) = (await pair.registry.ask(RULE, "own admin"))["history"]["nodes"]
    assert (version["actor"], version["reason"], version["events"]) == (None, None, None)
    assert "actor" not in {field["name"] for field in version["fields"]}
