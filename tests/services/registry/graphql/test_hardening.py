"""What is tried first against a GraphQL endpoint, on the one that is served.

The twelve checks of graphql-cop, each as a test of its own, and what lies next to them.
"""

import asyncio
import json
import time
from collections.abc import AsyncIterator, Iterator
from typing import Any

import httpx
import pytest
from graphql import get_introspection_query

from services.registry.app import create_app
from services.registry.graphql.limits import MAX_COST
from services.registry.settings import RegistrySettings
from tests.services.registry.graphql.conftest import Filled, Registry, environment, serving

QUERY = {"query": "{ revision }"}
MUTATION = 'mutation { createTenant(id: "evil", name: "x") { revision } }'


@pytest.fixture(scope="module")
def shared(filled: Filled) -> Filled:
    return filled


@pytest.fixture
async def registry(shared: Filled) -> AsyncIterator[Registry]:
    """Reading only, on the filled database itself; nothing here may leave a trace."""
    async with serving(shared.keys, shared.database) as running:
        before = await running.ask("{ revision }")
        yield running
        assert await running.ask("{ revision }") == before


async def said(registry: Registry, query: str, key: str = "user", **variables: Any) -> list[str]:
    """The messages of a refusal, every one with the code of an invalid request."""
    posted = await registry.post({"query": query, "variables": variables}, key)
    answer = posted.json()
    assert answer.get("data") is None, answer
    assert {error["extensions"]["code"] for error in answer["errors"]} == {"invalid_request"}
    return [error["message"] for error in answer["errors"]]


def bearer(registry: Registry, key: str = "admin") -> dict[str, str]:
    return {"authorization": f"Bearer {registry.keys[key]}"}


async def test_1_alias_overloading(registry: Registry) -> None:
    found = await said(registry, "{" + " ".join(f"a{n}: revision" for n in range(101)) + "}")
    assert any("101 aliases found" in message for message in found)


async def test_2_array_based_batching(registry: Registry) -> None:
    posted = await registry.post([QUERY] * 10)
    assert posted.status_code == 400
    assert "data" not in posted.json()


async def test_3_directive_overloading(registry: Registry) -> None:
    found = await said(registry, "{ revision " + "@aa" * 50 + "}")
    assert any("50 directives found" in message for message in found)
    found = await said(registry, "{ " + "a: revision @skip(if: false) " * 21 + "}")
    assert any("21 directives found" in message for message in found)


async def test_4_circular_introspection(registry: Registry) -> None:
    deep = "fields { type { " * 5 + "name" + " } }" * 5
    found = await said(registry, "{ __schema { types { " + deep + " } } }")
    assert "Maximum introspection depth exceeded" in found


async def test_5_field_duplication(registry: Registry) -> None:
    found = await said(registry, "{ models { nodes { " + "id " * 300 + "} } }")
    assert any("300 times" in message for message in found)
    found = await said(registry, "{ " + "... { __typename } " * 150 + "}")
    assert any("150 times" in message for message in found)


async def test_6_field_suggestions(registry: Registry) -> None:
    for query in (
        "{ modls { id } }",
        "{ model(idd: 1) { id } }",
        "{ models(sort: {by: NAM}) { nodes { id } } }",
        '{ model(id: "x") { nam } }',
        "{ ...f } fragment f on Modl { id }",
        "mutation { createTenan(id: 1) { revision } }",
        "{ revision @includ(if: true) }",
        "query($v: Modl) { revision }",
    ):
        assert not [each for each in await said(registry, query) if "Did you mean" in each], query


@pytest.mark.parametrize("query", ["{ revision }", MUTATION, "{ __schema { types { name } } }"])
async def test_7_and_8_queries_and_mutations_by_get(registry: Registry, query: str) -> None:
    for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH", "OPTIONS"):
        got = await registry.http.request(
            method, "/graphql", params={"query": query}, headers=bearer(registry)
        )
        assert (got.status_code, got.headers["allow"]) == (405, "POST")
        assert "revision" not in got.text


async def test_9_an_explorer(registry: Registry) -> None:
    got = await registry.http.get("/graphql", headers={"accept": "text/html"})
    assert got.status_code == 405
    for path in ("/graphiql", "/playground", "/console", "/altair", "/voyager"):
        assert (await registry.http.get(path)).status_code == 404


async def test_an_explorer_is_there_in_development_only(shared: Filled) -> None:
    variables = {**environment(shared.database), "ROUTEYARD_DEVELOPMENT": "true"}
    app = create_app(RegistrySettings.read(variables))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://registry") as http:
        got = await http.get("/graphql", params={"query": "{ revision }"})
    assert (got.status_code, "graphiql" in got.text.lower()) == (200, True)


async def test_10_introspection(registry: Registry) -> None:
    """By nobody without a key, by everybody with one: the schema is documented anyway."""
    query = get_introspection_query()
    refused = await registry.post({"query": query}, None)
    assert (refused.status_code, "__schema" in refused.text) == (401, False)
    for key in ("user", "tenant", "admin"):
        told = await registry.ask(query, key)
        assert told["__schema"]["queryType"]["name"] == "Query"


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "text/plain; application/json",
        "application/jsonp",
        "application/json-patch+json",
        "application/graphql",
        "",
    ],
)
async def test_11_forms_and_texts(registry: Registry, content_type: str) -> None:
    for body in (json.dumps({"query": MUTATION}), f"query={MUTATION}"):
        headers = {**bearer(registry), "content-type": content_type}
        posted = await registry.http.post("/graphql", content=body, headers=headers)
        assert posted.status_code == 400
        assert posted.json()["errors"][0]["extensions"]["code"] == "invalid_request"


@pytest.mark.parametrize(
    "content_type", ["application/json", "Application/JSON; charset=utf-8", "application/json;x"]
)
async def test_json_is_json_however_it_is_written(registry: Registry, content_type: str) -> None:
    headers = {**bearer(registry), "content-type": content_type}
    posted = await registry.http.post("/graphql", content=json.dumps(QUERY), headers=headers)
    assert posted.status_code == 200


async def test_12_tracing_and_unhandled_errors(registry: Registry) -> None:
    answer = (await registry.post({**QUERY, "extensions": {"tracing": True}})).json()
    assert set(answer) == {"data"}
    for query in ("queryy { x }", "{ revision", "\u0000", "query { revision } query { revision }"):
        answer = (await registry.post({"query": query})).json()
        text = json.dumps(answer)
        assert not [each for each in ("Traceback", ".py", "stacktrace", "debug") if each in text]


ROOTS = 'createTenant(id: "t", name: "x") { revision } '


async def test_a_mutation_orders_so_many_things_at_most(registry: Registry) -> None:
    orders = " ".join(f"a{n}: {ROOTS}" for n in range(11))
    found = await said(registry, f"mutation {{ {orders} }}", "admin")
    assert found == ["11 fields at the root; a mutation may have 10."]


async def test_what_lists_in_lists_may_come_to_is_bounded_before_anything_is_read(
    registry: Registry,
) -> None:
    query = """query($n: Int!) { models(first: $n) { nodes { offerings(first: $n) {
        nodes { model { offerings(first: $n) { nodes { id } } } } } } } }"""
    (message,) = await said(registry, query, n=200)
    assert f"ask for at most {MAX_COST}" in message
    assert (await registry.ask(query, n=5))["models"]["nodes"]


def bombs() -> Iterator[tuple[str, str]]:
    double = " ".join(f"fragment f{n} on Query {{ ...f{n + 1} ...f{n + 1} }}" for n in range(80))
    yield "doubling fragments", "{ ...f0 } fragment f80 on Query { revision } " + double
    yield "a circle of one", "{ ...a } fragment a on Query { ...a }"
    yield "a circle of two", "{ ...a } fragment a on Query { ...b } fragment b on Query { ...a }"
    circle = "model { offerings { nodes { ...o } } }"
    yield (
        "a circle on the way",
        (f"{{ offerings {{ nodes {{ ...o }} }} }} fragment o on Offering {{ {circle} {circle} }}"),
    )
    yield "many operations", " ".join(f"query q{n} {{ revision }}" for n in range(200))
    yield (
        "many variables",
        ("query(" + " ".join(f"$v{n}: Int" for n in range(240)) + ") { revision }"),
    )
    yield "a long list", "{ models(filter: {residency: [" + '"x" ' * 900 + "]}) { nodes { id } } }"
    yield (
        "overlapping fields",
        ("{ " + " ".join(f"models(first: {n}) {{ nodes {{ id }} }}" for n in range(1, 90)) + " }"),
    )
    yield "nested lists", "{ models(first: " + "[" * 400 + "]" * 400 + ") { nodes { id } } }"
    yield "a long name", "{ " + "x" * 200_000 + " }"
    yield "a long string", '{ model(id: "' + "x" * 200_000 + '") { id } }'
    yield "comments", "#" * 200_000 + "\n{ nothing }"


@pytest.mark.parametrize("query", [pytest.param(query, id=name) for name, query in bombs()])
async def test_bombs_do_not_go_off(registry: Registry, query: str) -> None:
    """Each is answered while a second caller goes on being answered."""
    began = time.process_time()
    posted, other = await asyncio.gather(
        registry.post({"query": query}), registry.post(QUERY, "user")
    )
    # Not how fast it is: the fragments alone would take longer than the universe has.
    assert time.process_time() - began < 20
    assert (posted.status_code, other.status_code) == (200, 200)
    assert len(posted.content) < 300_000
    for error in posted.json().get("errors", ()):
        assert error["extensions"]["code"] == "invalid_request"
        assert len(error["message"]) <= 500


@pytest.mark.parametrize(
    "variables",
    [
        {"n": "[" * 100_000},
        {f"v{n}": n for n in range(10_000)},
        {"filter": {"capabilities": {"allOf": [{"tag": "x"}] * 5_000}}},
    ],
    ids=["a long text", "many", "a long list"],
)
async def test_variables_are_no_bombs_either(registry: Registry, variables: Any) -> None:
    query = "query($filter: ModelFilter) { models(filter: $filter) { nodes { id } } }"
    posted = await registry.post({"query": query, "variables": variables})
    assert posted.status_code == 200
    assert len(posted.content) < 300_000


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("POST", "/graphql", 200),
        ("GET", "/graphql", 405),
        ("POST", "/graphql/", 404),
        ("POST", "//graphql", 404),
        ("POST", "/GraphQL", 404),
        ("POST", "/graphql%00", 404),
        ("GET", "/livez", 200),
        ("GET", "/readyz", 200),
        ("GET", "/metrics", 200),
        ("GET", "/v1/status", 200),
        ("GET", "/v1/consumed", 200),
        ("GET", "/", 404),
        ("GET", "/.env", 404),
        ("TRACE", "/graphql", 405),
    ],
)
async def test_every_answer_has_its_manners(
    registry: Registry, method: str, path: str, status: int
) -> None:
    url = httpx.URL("http://registry").copy_with(raw_path=path.encode())
    asked = httpx.Request(method, url, json=QUERY, headers=bearer(registry))
    got = await registry.http.send(asked)
    assert got.status_code == status
    assert got.headers["x-content-type-options"] == "nosniff"
    assert got.headers["cache-control"] == "no-store"
    assert got.headers["x-frame-options"] == "DENY"
    if status in {404, 405}:
        assert got.json()["error"]["code"] == "invalid_request"


async def test_refusals_have_them_too(registry: Registry) -> None:
    for posted in (await registry.post(QUERY, None), await registry.post([])):
        assert posted.headers["cache-control"] == "no-store"
