"""A registry in this process, on a database of its own, without Kafka."""

import asyncio
import os
from base64 import b64decode, b64encode
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from routeyard.domain.catalog import Hosting, Mode, Price
from routeyard.domain.events import Event, TenantRegistered
from routeyard.domain.keys import Pepper
from routeyard.domain.tenancy import Role
from routeyard.runtime.clock import utc_now
from services.registry import bootstrap
from services.registry.app import create_app
from services.registry.keys import Keys, WantedKey
from services.registry.ledger import Batch
from services.registry.postgres import schema
from services.registry.postgres.engine import connect
from services.registry.postgres.keys import PostgresKeys
from services.registry.postgres.ledger import PostgresLedger
from services.registry.settings import RegistrySettings
from services.registry.setup import bootstrapped
from tests.builders import endpoint, event, released
from tests.components.databases import as_service, give

SECRET_BYTES = b"0123456789abcdef" * 2
SECRET = b64encode(SECRET_BYTES).decode()


class Registry(NamedTuple):
    """What a test speaks to: HTTP, keys by principal, and the ledger behind.

    `database` is its owner's DSN.
    """

    http: httpx.AsyncClient
    keys: dict[str, str]
    ledger: PostgresLedger
    database: str

    async def post(self, body: Any, key: str | None = "admin", **headers: str) -> httpx.Response:
        if key is not None:
            headers["authorization"] = f"Bearer {self.keys[key]}"
        return await self.http.post("/graphql", json=body, headers=headers)

    async def ask(self, query: str, key: str = "admin", **variables: Any) -> Any:
        """The data; the test fails on errors."""
        answer = (await self.post({"query": query, "variables": variables}, key)).json()
        assert "errors" not in answer, answer
        return answer["data"]

    async def refused(self, query: str, key: str = "admin", **variables: Any) -> tuple[str, str]:
        """The code and the message of the one error."""
        answer = (await self.post({"query": query, "variables": variables}, key)).json()
        (error,) = answer["errors"]
        return error["extensions"]["code"], error["message"]


def environment(database: str) -> dict[str, str]:
    return {
        "ROUTEYARD_DATABASE_URL": as_service(database),
        "ROUTEYARD_MIGRATION_DATABASE_URL": database,
        "ROUTEYARD_KEY_PEPPER": SECRET,
        "ROUTEYARD_ENCRYPTION_KEY": SECRET,
        "ROUTEYARD_KAFKA": "127.0.0.1:1",
    }


class Filled(NamedTuple):
    """A database with tenants and keys in it, to be copied for each test."""

    database: str
    keys: dict[str, str]


@pytest.fixture(scope="session")
def filled(new_database: Callable[[], str]) -> Filled:
    """Tenants acme and beta; a public endpoint `openai`, and `acme-gpu`, which is acme's."""
    database = new_database()
    schema.migrate(database)
    done = bootstrapped(environment(database), bootstrap.Plan("acme", has_dev_source=True))
    keys = {**done.keys, **asyncio.run(_fill(database))}
    return Filled(database, keys)


@pytest.fixture
async def registry(filled: Filled, database: str) -> AsyncIterator[Registry]:
    """A registry without Kafka, on a copy of the filled database."""
    _copy(filled.database, database)
    async with serving(filled.keys, database) as running:
        yield running


@asynccontextmanager
async def serving(keys: dict[str, str], database: str, **variables: str) -> AsyncIterator[Registry]:
    """A registry without Kafka on a database."""
    pool = connect(as_service(database))
    app = create_app(RegistrySettings.read({**environment(database), **variables}))
    transport = httpx.ASGITransport(app=app)
    async with (
        app.running(),
        httpx.AsyncClient(transport=transport, base_url="http://registry") as http,
    ):
        yield Registry(http, dict(keys), PostgresLedger(pool), database)
    await pool.dispose()


def _copy(template: str, database: str) -> None:
    names = [urlsplit(dsn).path[1:] for dsn in (database, template)]
    with psycopg.connect(template.replace(names[1], "postgres"), autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE {}").format(Identifier(names[0])))
        make = SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(make.format(*(Identifier(name) for name in names)))


async def _fill(database: str) -> dict[str, str]:
    """Fill the graph; keys by name."""
    pool = connect(as_service(database))
    await PostgresLedger(pool).record(Batch(_facts(), actor="kafka", reason="events"))
    beta = event(TenantRegistered(tenant="beta", name="Beta"), id="t", source="operator")
    await PostgresLedger(pool).record(Batch([beta], reason="register the tenant beta"))
    # No event states an owner yet.
    give(database, "acme-gpu", "acme")
    keys = Keys(PostgresKeys(pool), Pepper(b64decode(SECRET)), utc_now, os.urandom)
    made = {
        "beta": await keys.issue(WantedKey(Role.TENANT_ADMIN, "beta")),
        "user": await keys.issue(WantedKey(Role.TENANT_USER, "acme")),
    }
    await pool.dispose()
    return {name: issued.key for name, issued in made.items()}


def _facts() -> list[Event]:
    price = Price(input=Decimal("0.0000001"), output=Decimal(10))
    return [
        event(endpoint("openai", url="https://api.openai.com/v1"), id="e1"),
        event(endpoint("acme-gpu", provider="acme", hosting=Hosting.ON_PREM), id="e2"),
        event(released("openai", "gpt-4o", context=128_000, price=price, mode=Mode.CHAT), id="m1"),
        event(released("openai", "gpt-4o-mini", context=64_000), id="m2"),
        event(released("acme", "secret", endpoint="acme-gpu"), id="m3"),
    ]
