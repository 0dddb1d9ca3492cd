"""Who is let in, with what, and what a failure looks like from outside."""

import json
import logging

import psycopg
import pytest

from services.registry.graphql import context
from services.registry.keys import REFUSAL
from services.registry.postgres.engine import answering
from services.registry.postgres.keys import PostgresKeys
from services.registry.postgres.memory import PostgresMemory
from services.registry.postgres.reads import PostgresReading
from tests.services.registry.graphql.conftest import Registry

QUERY = {"query": "{ revision }"}


@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"authorization": "Bearer "},
        {"authorization": "Bearer ry_aaaa_bbbb00000000"},
        {"x-api-key": "nonsense"},
    ],
)
@pytest.mark.parametrize("query", ["{ revision }", "{ __schema { types { name } } }", "{"])
async def test_without_a_valid_key_nothing_is_answered(
    registry: Registry, headers: dict[str, str], query: str
) -> None:
    response = await registry.post({"query": query}, None, **headers)
    assert response.status_code == 401
    assert response.headers["www-authenticate"] == "Bearer"
    error = {"message": REFUSAL, "extensions": {"code": "unauthenticated"}}
    assert response.json() == {"errors": [error]}


async def test_a_stranger_is_not_told_where_the_database_is(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def away(*_: object) -> None:
        with answering():
            raise psycopg.OperationalError('server at "10.1.2.3", user "routeyard": refused')

    monkeypatch.setattr(PostgresKeys, "find", away)
    monkeypatch.setattr(PostgresMemory, "check", away)
    for response in (await registry.post(QUERY), await registry.http.get("/readyz")):
        assert response.status_code == 503
        assert "does not answer; please try again" in response.text
        assert "10.1.2.3" not in response.text
    assert "10.1.2.3" in caplog.text


async def test_either_header_carries_the_key(registry: Registry) -> None:
    key = registry.keys["user"]
    assert (await registry.post(QUERY, None, **{"x-api-key": key})).json()["data"]["revision"] > 0
    assert (await registry.post(QUERY, "user")).json()["data"]["revision"] > 0


async def test_a_revoked_key_is_refused_at_once(registry: Registry) -> None:
    key_id = registry.keys["beta"].split("_")[1]
    revoke = 'mutation($id: String!) { revokeKey(keyId: $id, reason: "leaked") }'
    assert await registry.ask(revoke, id=key_id) == {"revokeKey": True}
    assert (await registry.post(QUERY, "beta")).status_code == 401
    assert await registry.ask(revoke, id="nobody") == {"revokeKey": False}


async def test_queries_do_not_come_by_get(registry: Registry) -> None:
    key = {"authorization": f"Bearer {registry.keys['admin']}"}
    response = await registry.http.get("/graphql", params=QUERY, headers=key)
    assert response.status_code == 405


@pytest.mark.parametrize(
    "body", [[QUERY], [QUERY, QUERY], {}, {"query": 7}, "text", {"query": "", "variables": []}]
)
async def test_one_request_at_a_time_and_of_the_right_shape(
    registry: Registry, body: object
) -> None:
    response = await registry.post(body)
    assert response.status_code == 400
    assert response.json()["errors"][0]["extensions"]["code"] == "invalid_request"


@pytest.mark.parametrize("content_type", ["text/plain", "multipart/form-data; boundary=x"])
async def test_only_json_is_read(registry: Registry, content_type: str) -> None:
    headers = {"authorization": f"Bearer {registry.keys['admin']}", "content-type": content_type}
    response = await registry.http.post("/graphql", content=json.dumps(QUERY), headers=headers)
    assert response.status_code == 400


async def test_a_body_has_an_end(registry: Registry) -> None:
    response = await registry.post({"query": "{ revision }" + " " * 300_000})
    assert response.status_code == 400
    assert "longer than 262144 bytes" in response.text


OFFERED = "offerings { nodes { model { %s } } }"
DEEP = "{ models { nodes { %s } } }" % (OFFERED % (OFFERED % (OFFERED % "id")))


@pytest.mark.parametrize(
    ("query", "message"),
    [
        (DEEP, "exceeds maximum operation depth of 10"),
        ("{" + " ".join(f"a{n}: revision" for n in range(16)) + "}", "16 aliases found"),
        ("{" + " revision" * 1_001 + "}", "more than 1000 tokens"),
        ("{ revision", "Syntax Error"),
        ("{ modls { id } }", "Cannot query field 'modls' on type 'Query'."),
        ("{ models(first: 0) { nodes { id } } }", "ask for 1 to 200"),
        ("{ models(first: 201) { nodes { id } } }", "ask for 1 to 200"),
        ('{ models(after: "x") { nodes { id } } }', "not given out for this list"),
        ('{ deadLetter(id: "x") { id } }', "is no id"),
        ('{ models(filter: {search: "\\u0000"}) { nodes { id } } }', "no id or name has"),
        ("subscription { revision }", "subscriptions come by WebSocket"),
    ],
)
async def test_what_is_refused_is_told_with_its_code(
    registry: Registry, query: str, message: str
) -> None:
    code, told = await registry.refused(query)
    assert code == "invalid_request"
    assert message in told


async def test_an_operation_that_is_not_in_the_document_is_refused(registry: Registry) -> None:
    response = await registry.post({"query": "query a { revision }", "operationName": "b"})
    assert response.json()["errors"][0]["extensions"]["code"] == "invalid_request"


async def test_a_query_may_not_ask_for_more_nodes_than_a_request_may_load(
    registry: Registry, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Counted as they are loaded, whatever the document was thought to come to."""
    monkeypatch.setattr(context, "MAX_NODES", 1_000)
    wide = " ".join(f"a{n}: models(first: 200) {{ nodes {{ id }} }}" for n in range(6))
    code, message = await registry.refused("{" + wide + "}")
    assert code == "invalid_request"
    assert message == "The query asks for more than 1000 nodes; ask for smaller pages."


async def test_what_fails_unexpectedly_is_logged_and_not_told(
    registry: Registry, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    async def fail(_: PostgresReading, at: int | None = None) -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr(PostgresReading, "capabilities", fail)
    with caplog.at_level(logging.ERROR):
        code, message = await registry.refused("{ revision capabilities { tag } }")
    assert (code, "hunter2" in message) == ("internal", False)
    assert "hunter2" in caplog.text
