"""Whom the registry may connect as, and who may migrate."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from secrets import token_hex

import psycopg
import pytest
from psycopg.sql import SQL, Identifier
from sqlalchemy.ext.asyncio import AsyncEngine

from infra.local.postgres import EmbeddedPostgres, as_login, create_login
from routeyard.domain.claims import EntityRef, Kind
from routeyard.domain.errors import InvalidSettings
from services.registry.ledger import Batch
from services.registry.postgres import schema
from services.registry.postgres.engine import connect
from services.registry.postgres.ledger import PostgresLedger
from services.registry.postgres.memory import PostgresMemory
from services.registry.postgres.reads import PostgresReads
from services.registry.postgres.scope import PLATFORM_ROLE, SERVICE_ROLE
from services.registry.reads import Viewer
from tests.builders import endpoint, event, released, source
from tests.components.databases import as_service, give

Login = Callable[..., str]


@pytest.fixture
def login(postgres: str) -> Iterator[Login]:
    """Makes a role that may connect; its DSN for a database."""
    made: list[tuple[str, str]] = []

    def make(database: str, *sentences: str) -> str:
        name = f"role_{token_hex(8)}"
        made.append((database, name))
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(SQL("CREATE ROLE {} LOGIN PASSWORD 'p'").format(Identifier(name)))
            for sentence in sentences:
                connection.execute(SQL(sentence).format(Identifier(name)))
        return as_login(database, name, "p")

    yield make
    for database, name in made:
        with psycopg.connect(database, autocommit=True) as connection:
            for sentence in ("REASSIGN OWNED BY {} TO CURRENT_USER", "DROP OWNED BY {}"):
                connection.execute(SQL(sentence).format(Identifier(name)))
        with psycopg.connect(postgres, autocommit=True) as connection:
            connection.execute(SQL("DROP OWNED BY {}").format(Identifier(name)))
            connection.execute(SQL("DROP ROLE {}").format(Identifier(name)))


async def check(database_url: str) -> None:
    pool = connect(database_url)
    try:
        await PostgresMemory(pool).check()
    finally:
        await pool.dispose()


SERVICE = f"GRANT {SERVICE_ROLE} TO {{}}"


@pytest.mark.parametrize(
    ("sentences", "fault"),
    [
        ([], "may not use the tables"),
        ([SERVICE, "ALTER ROLE {} BYPASSRLS"], "bypasses row-level security"),
        ([SERVICE, "GRANT postgres TO {} WITH INHERIT FALSE"], "bypasses row-level security"),
        ([SERVICE, f"GRANT {PLATFORM_ROLE} TO {{}}"], f"inherits {PLATFORM_ROLE}"),
    ],
)
async def test_a_role_beyond_the_policies_is_refused(
    database: str, login: Login, sentences: list[str], fault: str
) -> None:
    schema.migrate(database)
    with pytest.raises(InvalidSettings, match=f"The database role role_.* {fault}.*; connect as"):
        await check(login(database, *sentences))


async def test_a_superuser_is_refused(database: str) -> None:
    schema.migrate(database)
    with pytest.raises(InvalidSettings, match="role postgres is a superuser; connect as a role of"):
        await check(database)


async def test_the_tables_owner_and_who_can_become_it_is_refused(
    database: str, login: Login
) -> None:
    owner = login(database, SERVICE, "GRANT CREATE ON SCHEMA public TO {}")
    with psycopg.connect(database, autocommit=True) as connection:
        name = owner.split("//")[1].split(":")[0]
        connection.execute(SQL("GRANT CREATE ON SCHEMA public TO {}").format(Identifier(name)))
    schema.migrate(owner)
    with pytest.raises(InvalidSettings, match="owns the tables"):
        await check(owner)
    member = login(database, SERVICE, f"GRANT {name} TO {{}} WITH INHERIT FALSE")
    with pytest.raises(InvalidSettings, match="owns the tables, or is a mem"):
        await check(member)


async def test_the_services_role_is_taken(database: str, login: Login) -> None:
    schema.migrate(database)
    await check(as_service(database))
    await check(login(database, SERVICE))


async def test_an_older_schema_is_told_before_its_grants(database: str) -> None:
    schema.migrate(database, "0002")
    with pytest.raises(InvalidSettings, match=r"schema is at an earlier version and .* run"):
        await check(as_service(database))


async def test_an_owner_that_is_no_superuser_migrates_and_keeps_its_own_rows_from_itself(
    database: str, login: Login
) -> None:
    owner = login(database)
    name = owner.split("//")[1].split(":")[0]
    with psycopg.connect(database, autocommit=True) as connection:
        connection.execute(SQL("GRANT ALL ON SCHEMA public TO {}").format(Identifier(name)))
    schema.migrate(owner)
    pool = connect(as_service(database))
    await fill(pool)
    give(database, "gpu", "acme")
    with psycopg.connect(owner) as connection:
        for table in ("entity", "statement", "endpoint_audience", "head"):
            found = connection.execute(SQL("SELECT FROM {}").format(Identifier(table)))
            # What its functions have to see: sources, endpoints, what they offer, and who sees it.
            assert found.rowcount == {"entity": 5, "endpoint_audience": 2}.get(table, 0), table
    await tenants_are_apart(pool)
    # Down and up again, the rows are all there.
    schema.migrate(owner, "0002")
    schema.migrate(owner)
    await tenants_are_apart(pool)
    await pool.dispose()


async def fill(pool: AsyncEngine) -> None:
    told = [
        event(source("dev", 50), id="s", source="operator"),
        event(endpoint("openai"), id="e1"),
        event(endpoint("gpu"), id="e2"),
        event(released("openai", "gpt-4o"), id="m1"),
        event(released("openai", "gpt-4o", endpoint="gpu"), id="m2"),
    ]
    await PostgresLedger(pool).record(Batch(told))


async def tenants_are_apart(pool: AsyncEngine) -> None:
    gpt = EntityRef(Kind.MODEL, "openai/gpt-4o")
    for tenant, natives in (("beta", ["openai/gpt-4o"]), ("acme", ["gpu/gpt-4o", "openai/gpt-4o"])):
        async with PostgresReads(pool).open(Viewer(tenant)) as reading:
            assert await reading.ranks((await reading.head()).revision) == {
                "operator": 1000,
                "dev": 50,
            }
            said = await reading.statements([gpt], (await reading.head()).revision)
            assert sorted(each.native for each in said[gpt]) == natives


def test_roles_that_may_not_be_made_are_named(postgres_dir: Path) -> None:
    with EmbeddedPostgres(postgres_dir) as server:
        admin = server.create_database("routeyard")
        owner = create_login(admin, "owner", "p", "owners")
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute("GRANT ALL ON SCHEMA public TO owner")
            with pytest.raises(InvalidSettings, match="owner may not make the ser") as told:
                schema.migrate(owner)
            advice = re.search(r"administrator run: (.*)\.$", told.value.message)
            assert advice is not None
            for statement in advice[1].split("; "):
                connection.execute(statement.encode())
        assert schema.migrate(owner)[1] == schema.newest()
