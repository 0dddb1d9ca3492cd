"""Whatever is asked: an answer, or an error with a code and a field; never a trace, never SQL."""

import json
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.registry.graphql.pagination import list_name, write_cursor
from services.registry.reads import Order, Place, Sort, Wanted
from tests.services.registry.graphql.conftest import Filled, Registry, serving

Ask = Callable[[Any], Any]
# What an answer never holds: a driver's words, a statement, a file of ours.
STRANGE = ("Traceback", "psycopg", "sqlalchemy", "SELECT", "entity e", '.py"', "LINE 1", "DETAIL")
CODES = {"invalid_request", "not_allowed"}

IDS = "{ nodes { id } }"
LISTS = """query($first: Int, $after: String, $models: ModelFilter, $offerings: OfferingFilter,
    $endpoints: EndpointFilter, $sort: ModelSort) {
    models(first: $first, after: $after, filter: $models, sort: $sort) { nodes { id } }
    offerings(first: $first, after: $after, filter: $offerings) { nodes { id } }
    endpoints(first: $first, after: $after, filter: $endpoints) { nodes { id } } }"""
TIME = """query($revision: Long, $at: DateTime, $from: Long!, $to: Long, $kind: Kind, $id: ID!,
    $after: String) {
    graph(revision: $revision, at: $at) { revision models { nodes { id } } }
    diff(from: $from, to: $to, kind: $kind, after: $after) { nodes { id } }
    history(id: $id, after: $after) { nodes { revision } } model(id: $id) { id } }"""


@pytest.fixture(scope="module")
def ask(filled: Filled) -> Iterator[Ask]:
    """Posts a body to a registry that runs for all examples; reading leaves no traces."""
    with (
        start_blocking_portal("asyncio") as portal,
        portal.wrap_async_context_manager(serving(filled.keys, filled.database)) as registry,
    ):
        yield lambda body: portal.call(_post, registry, body)


async def _post(registry: Registry, body: Any) -> Any:
    content = json.dumps(body, allow_nan=True)
    headers = {
        "authorization": f"Bearer {registry.keys['user']}",
        "content-type": "application/json",
    }
    return (await registry.http.post("/graphql", content=content, headers=headers)).json()


TEXT = st.one_of(
    st.text(max_size=30),
    st.sampled_from(
        ["\x00", "a\x00b", "'; DROP TABLE entity; --", "%", "\\", "\ud7ff", "x" * 10_000]
    ),
    st.sampled_from(["openai", "openai/gpt-4o", "tool_use", "EU", "gpt 4o", ":*", "& | !"]),
)
NUMBER = st.one_of(
    st.integers(),
    st.sampled_from([0, -1, 2**31, 2**31 - 1, 2**53, 2**63, 10**30, 1e308, 0.1, True]),
    st.sampled_from([float("nan"), float("inf"), "NaN", "Infinity", "1e999999", "-0", "0x1", ""]),
)
CURSOR = st.one_of(
    TEXT,
    st.builds(
        lambda name, revision, last, key: write_cursor(name, Place(revision, last, key)),
        st.sampled_from(["model", "offering", "endpoint", "diff:0:None:None", "history:model:x"]),
        st.integers(-1, 5) | st.integers(),
        st.text(max_size=10),
        st.none() | st.text(max_size=5),
    ),
)
ANY = st.one_of(st.none(), TEXT, NUMBER, st.lists(TEXT, max_size=3), st.just({}))
TIMES = st.one_of(
    ANY,
    st.datetimes().map(lambda at: at.isoformat() + "Z"),
    st.sampled_from(["0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00", "yesterday"]),
)
LEVELS = st.lists(
    st.fixed_dictionaries({"tag": ANY}, optional={"minLevel": ANY, "other": ANY}), max_size=60
)
FILTER = st.one_of(
    ANY,
    st.fixed_dictionaries(
        {},
        optional={
            "search": ANY,
            "provider": ANY,
            "mode": ANY,
            "hosting": ANY | st.just(["EDGE"]),
            "residency": ANY,
            "lifecycle": ANY | st.just(["GA"]),
            "context": st.fixed_dictionaries({}, optional={"min": ANY, "max": ANY}),
            "price": st.fixed_dictionaries({}, optional={"maxInput": ANY, "maxOutput": ANY}),
            "modalities": st.fixed_dictionaries({}, optional={"input": ANY, "output": ANY}),
            "capabilities": st.fixed_dictionaries(
                {}, optional={"allOf": LEVELS, "anyOf": LEVELS, "noneOf": LEVELS}
            ),
        },
    ),
)
SORT = st.one_of(
    ANY,
    st.fixed_dictionaries(
        {"by": st.sampled_from(["ID", "PRICE_INPUT", "QUALITY", "x"])},
        optional={"direction": st.sampled_from(["ASC", "DESC"]) | ANY, "task": ANY},
    ),
)
# Of the right types, so that they come as far as the database.
INT = st.integers(-(2**31), 2**31 - 1) | st.integers(-1, 1)
MONEY = st.sampled_from([0, 0.1, 2.5, "1e-30", "999999999", "0.000000000000000001", -0.0])
TAGGED = st.lists(
    st.fixed_dictionaries(
        {"tag": TEXT}, optional={"minLevel": st.sampled_from([1, 0.5, 1e-308, 5e-324])}
    ),
    max_size=5,
)
TYPED_FILTER = st.fixed_dictionaries(
    {},
    optional={
        "search": TEXT,
        "provider": TEXT,
        "mode": st.sampled_from(["CHAT", "OTHER"]),
        "hosting": st.lists(st.sampled_from(["EDGE", "PUBLIC_API"])),
        "residency": st.lists(TEXT, max_size=60),
        "lifecycle": st.lists(st.sampled_from(["GA", "RETIRED"])),
        "context": st.fixed_dictionaries({}, optional={"min": INT, "max": INT}),
        "price": st.fixed_dictionaries({}, optional={"maxInput": MONEY, "maxOutput": MONEY}),
        "modalities": st.fixed_dictionaries({}, optional={"input": st.lists(TEXT, max_size=3)}),
        "capabilities": st.fixed_dictionaries(
            {}, optional={"allOf": TAGGED, "anyOf": TAGGED, "noneOf": TAGGED}
        ),
    },
)
ORDERS = ["ID", "NAME", "CONTEXT", "RELEASED_ON", "PRICE_INPUT", "PRICE_OUTPUT", "QUALITY"]
TYPED_SORT = st.fixed_dictionaries(
    {"by": st.sampled_from(ORDERS)},
    optional={"direction": st.sampled_from(["ASC", "DESC"]), "task": TEXT},
)
LONG = st.integers(-2, 5) | st.sampled_from([2**53, -(2**53)])
EXAMPLES = settings(
    max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def judge(answer: Any) -> None:
    for error in answer.get("errors", ()):
        assert error["extensions"]["code"] in CODES, error
        assert error["extensions"].get("field") or "path" not in error, error
        assert len(error["message"]) < 1_000
    text = json.dumps(answer)
    assert not [each for each in STRANGE if each in text], text


@EXAMPLES
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "first": ANY,
            "after": CURSOR,
            "models": FILTER,
            "offerings": FILTER,
            "endpoints": FILTER,
            "sort": SORT,
        },
    )
)
def test_lists(ask: Ask, variables: dict[str, Any]) -> None:
    judge(ask({"query": LISTS, "variables": variables}))


@EXAMPLES
@given(
    st.fixed_dictionaries(
        {},
        optional={
            "first": st.integers(1, 200),
            "models": TYPED_FILTER,
            "offerings": TYPED_FILTER,
            "sort": TYPED_SORT,
        },
    )
)
def test_lists_of_the_right_types(ask: Ask, variables: dict[str, Any]) -> None:
    judge(ask({"query": LISTS, "variables": variables}))


@EXAMPLES
@given(TYPED_SORT, st.integers(-1, 5), st.text(max_size=9), st.none() | st.text(max_size=9) | TEXT)
def test_forged_cursors(
    ask: Ask, sort: dict[str, Any], revision: int, last: str, key: str | None
) -> None:
    order = Order(Sort(sort["by"].lower()), sort.get("direction") == "DESC", sort.get("task"))
    cursor = write_cursor(list_name("model", Wanted(), order), Place(revision, last, key))
    judge(ask({"query": LISTS, "variables": {"sort": sort, "after": cursor}}))


@EXAMPLES
@given(
    st.fixed_dictionaries(
        {"from": LONG, "id": TEXT},
        optional={
            "revision": LONG,
            "at": st.datetimes().map(lambda at: at.isoformat() + "Z"),
            "to": LONG,
            "kind": st.sampled_from(["MODEL", "OVERRIDE", "SOURCE"]),
        },
    )
)
def test_time_of_the_right_types(ask: Ask, variables: dict[str, Any]) -> None:
    judge(ask({"query": TIME, "variables": variables}))


@EXAMPLES
@given(
    st.fixed_dictionaries(
        {"from": ANY, "id": ANY},
        optional={"revision": ANY, "at": TIMES, "to": ANY, "kind": ANY, "after": CURSOR},
    )
)
def test_time(ask: Ask, variables: dict[str, Any]) -> None:
    judge(ask({"query": TIME, "variables": variables}))


@EXAMPLES
@given(st.text(max_size=200) | st.text(alphabet='{}()[]":$!@#=|&.,a1 \n\\\x00', max_size=200))
def test_documents(ask: Ask, document: str) -> None:
    judge(ask({"query": document}))


@EXAMPLES
@given(st.sampled_from(["models", "model", "diff", "history", "graph", "offerings"]), ANY | TIMES)
def test_literals(ask: Ask, field: str, value: Any) -> None:
    written = json.dumps(value)
    judge(ask({"query": f"{{ {field}(first: {written}, after: {written}) {{ nodes {{ id }} }} }}"}))
    judge(ask({"query": f"{{ {field}(id: {written}, from: {written}) {{ id }} }}"}))


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("{ modls { id } }", "modls"),
        ("{ models(filter: {mod: CHAT}) { nodes { id } } }", "models.filter.mod"),
        ("{ models(filter: {mode: WRONG}) { nodes { id } } }", "models.filter.mode"),
        ("{ models(first: 3000000000) { nodes { id } } }", "models.first"),
        ("{ models(first: 0) { nodes { id } } }", "models.first"),
        ("{ a: models { nodes { nothing } } }", "a.nodes.nothing"),
        ("query($f: Int!) { models(first: $f) { nodes { id } } }", "$f"),
        (
            '{ models(filter: {search: "%s"}) { nodes { id } } }' % ("x" * 10_000),
            "models.filter.search",
        ),
        (
            f'{{ models(filter: {{capabilities: {{allOf: {{tag: "a", minLevel: 1.5}}}}}}) {IDS} }}',
            "models.filter.capabilities.allOf.minLevel",
        ),
        (
            "{ models(filter: {price: {maxInput: -1}}) { nodes { id } } }",
            "models.filter.price.maxInput",
        ),
        ("{ models(sort: {by: QUALITY}) { nodes { id } } }", "models.sort.task"),
        ("{ graph(revision: 9007199254740993) { revision } }", "graph.revision"),
    ],
)
def test_the_field_at_fault_is_named(ask: Ask, query: str, field: str) -> None:
    answer = ask({"query": query})
    judge(answer)
    assert field in {error["extensions"].get("field") for error in answer["errors"]}


def test_deep_nesting_is_refused_before_it_runs(ask: Ask) -> None:
    for deep in (
        "{" * 5_000,
        "{ a " * 500 + "}" * 500,
        "{ models { nodes { offerings { nodes " * 30 + "{ id }" + "}" * 120,
        f'{{ models(filter: {{search: "{"[" * 100_000}"}}) {IDS} }}',
        f"{{ models(filter: {'{capabilities: ' * 300}{{}}{'}' * 300}) {IDS} }}",
    ):
        answer = ask({"query": deep})
        judge(answer)
        assert answer["errors"]
