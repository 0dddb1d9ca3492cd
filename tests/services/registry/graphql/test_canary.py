"""A secret that is set for an endpoint is told by nothing of the registry."""

import io
import logging
import os
import traceback
from base64 import b64decode, b64encode

import psycopg
import pytest
from graphql import get_introspection_query
from psycopg.sql import SQL, Identifier

from routeyard.domain.errors import Unsealable
from routeyard.domain.secret import SecretText
from routeyard.runtime import logs
from routeyard.runtime.clock import utc_now
from routeyard.wire.sealing import SealingKeys, unseal
from services.registry.endpoint_secrets import Destination, EndpointSecrets
from services.registry.postgres.endpoint_secrets import PostgresSecrets
from services.registry.postgres.engine import connect
from tests.components.databases import as_service
from tests.fakes.secrets import put
from tests.services.registry.graphql.conftest import SECRET, Registry

CANARY = "canary-c0ffee-7f3a9d21"
KEYS = SealingKeys(b64decode(SECRET))
EVERYTHING = """{ status { revision } models { nodes { id } } consumed { topic }
    endpoints { nodes { id name url owner } } offerings { nodes { id } }
    commits { nodes { actor reason } } deadLetters { nodes { id error } }
    keys { nodes { id label } } keyHistory { nodes { reason } } }"""


async def test_a_secret_that_is_set_is_found_nowhere(
    registry: Registry, caplog: pytest.LogCaptureFixture
) -> None:
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.TextLines())
    with caplog.at_level(logging.DEBUG):
        logging.getLogger().addHandler(handler)
        try:
            told = [*await _set_and_fail(registry), *await _asked(registry)]
        finally:
            logging.getLogger().removeHandler(handler)
    told += [stream.getvalue(), caplog.text, *_stored(registry.database)]
    assert stream.getvalue()
    forms = (CANARY, CANARY.encode().hex(), b64encode(CANARY.encode()).decode().rstrip("="))
    for text in told:
        for form in forms:
            assert form not in text


async def _set_and_fail(registry: Registry) -> list[str]:
    """Set the secret in every way there is; what was said of it, faults included."""
    pool = connect(as_service(registry.database))
    secrets = EndpointSecrets(PostgresSecrets(pool), KEYS, utc_now, os.urandom)
    await put(secrets, "acme-gpu", Destination("acme", "gpu.example"), SecretText(CANARY))
    await put(secrets, "acme-gpu", Destination("acme", "gpu.example"), SecretText(CANARY))
    told = [repr(secrets), repr(await secrets.store.find("acme-gpu"))]
    told.append(await _fault(put(secrets, "acme-gpu", Destination("x", "y"), SecretText(CANARY))))
    held = (await secrets.store.find("acme-gpu")).credential
    assert held is not None
    assert unseal(held.sealed, held.binding, KEYS).reveal() == CANARY
    with pytest.raises(Unsealable) as caught:
        unseal(held.sealed, held.binding._replace(tenant="x"), KEYS)
    told.append(_trace(caught.value))
    await pool.dispose()
    # The database being away, and a statement that fails, are told with their parameters by some.
    away = EndpointSecrets(
        PostgresSecrets(connect("postgresql://x:y@127.0.0.1:1/z")), KEYS, utc_now, os.urandom
    )
    told.append(await _fault(put(away, "e", Destination("x", "y"), SecretText(CANARY))))
    pool = connect(as_service(registry.database))
    broken = EndpointSecrets(PostgresSecrets(pool), KEYS, utc_now, os.urandom)
    told.append(await _fault(put(broken, "a\x00b", Destination("x", "y"), SecretText(CANARY))))
    await pool.dispose()
    return told


async def _fault(work: object) -> str:
    try:
        await work  # type: ignore[misc]
    except Exception as fault:
        logging.getLogger("canary").exception("failed")
        return _trace(fault)
    raise AssertionError("nothing failed")


def _trace(fault: BaseException) -> str:
    """A traceback as tools show it that print the values of variables, too."""
    return "".join(traceback.TracebackException.from_exception(fault, capture_locals=True).format())


async def _asked(registry: Registry) -> list[str]:
    """Everything the registry says over HTTP."""
    queries = (EVERYTHING, get_introspection_query())
    answers = [await registry.post({"query": q}, key) for q in queries for key in registry.keys]
    assert "errors" not in answers[0].json()
    headers = {"authorization": f"Bearer {registry.keys['admin']}"}
    pages = [
        await registry.http.get(path, headers=headers)
        for path in ("/metrics", "/v1/status", "/v1/consumed", "/readyz")
    ]
    return [each.text for each in (*answers, *pages)]


def _stored(database: str) -> list[str]:
    """Every row of every table, as text and as bytes."""
    with psycopg.connect(database) as connection:
        tables = connection.execute(
            "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        ).fetchall()
        found = []
        for (table,) in tables:
            rows = connection.execute(SQL("SELECT t::text FROM {} t").format(Identifier(table)))
            found += [row[0] for row in rows.fetchall()]
    assert any("acme-gpu" in row for row in found)
    return found
