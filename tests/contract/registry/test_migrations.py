"""The schema: up, down, up again, and the same as the tables in the code."""

from collections.abc import Iterator
from decimal import Decimal

import psycopg
import pytest
from alembic import command
from sqlalchemy import Connection, Engine, create_engine, inspect, text

from routeyard.domain.errors import InvalidSettings, Unavailable
from services.registry.keystore import Whose
from services.registry.postgres import schema
from services.registry.postgres.engine import connect, driver_url
from services.registry.postgres.keys import PostgresKeys
from tests.components.databases import as_service


@pytest.fixture
def engine(database: str) -> Iterator[Engine]:
    pool = create_engine(driver_url(database))
    yield pool
    pool.dispose()


def test_up_down_and_up_again(database: str, engine: Engine) -> None:
    newest = schema.newest()
    assert schema.migrate(database) == (None, newest)
    tables = set(inspect(engine).get_table_names())
    assert schema.migrate(database, "base") == (newest, None)
    assert set(inspect(engine).get_table_names()) == {"alembic_version"}
    assert schema.migrate(database) == (None, newest)
    assert schema.migrate(database) == (newest, newest)
    assert set(inspect(engine).get_table_names()) == tables


def test_the_migrations_lead_to_the_tables_in_the_code(database: str, engine: Engine) -> None:
    schema.migrate(database)
    with engine.connect() as connection:
        command.check(schema._config(connection=connection))


def test_another_schema_is_refused(database: str, engine: Engine) -> None:
    with (
        engine.connect() as connection,
        pytest.raises(InvalidSettings, match=r"is at nothing .* run `routeyard migrate`"),
    ):
        schema.check(connection)
    schema.migrate(database)
    with engine.connect() as connection:
        schema.check(connection)


def test_a_database_that_is_away_is_told_in_a_sentence() -> None:
    with pytest.raises(Unavailable, match="PostgreSQL does not answer"):
        schema.migrate("postgresql://nobody:secret@127.0.0.1:1/none")


async def test_what_is_stored_stays_when_the_schema_goes_down_and_up(database: str) -> None:
    schema.migrate(database, "0001")
    pool = connect(database)
    async with pool.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO entity (kind, id, from_revision, body) VALUES ('offering', 'e/m', 1, "
                '\'{"endpoint":"e","id":"e/m","model":"a/m","native_id":"M.x-1",'
                '"price":{"input":"1E-7","output":"1E-99999"},"release":"a/m@undated"}\')'
            )
        )
    schema.migrate(database, "0002")
    query = text(
        "SELECT model, endpoint, price_input, price_output, words @@ 'x & m:*' AS found, body "
        "FROM entity"
    )
    async with pool.begin() as connection:
        row = (await connection.execute(query)).one()
    # An exponent that no column could hold is an unknown price, not a fault.
    assert row[:5] == ("a/m", "e", Decimal("1E-7"), None, True)
    schema.migrate(database, "0001")
    async with pool.begin() as connection:
        kept = (await connection.execute(text("SELECT * FROM entity"))).one()
    assert (kept.id, kept.body) == ("e/m", row.body)
    assert not hasattr(kept, "doc")
    await pool.dispose()


OLD_ROWS = """
INSERT INTO entity (kind, id, from_revision, to_revision, body) VALUES
  ('endpoint', 'e', 1, 3, '{}'), ('endpoint', 'e', 3, NULL, '{"name": "n"}'),
  ('endpoint', 'own', 2, NULL, '{"owner": "acme"}'),
  ('offering', 'own/m', 2, NULL, '{"endpoint": "own"}');
INSERT INTO admin_audit (revision, actor, reason, ops, committed_at) VALUES
  (1, 'a', 'r', 1, '2026-06-01T12:00:00Z'), (2, 'a', 'r', 1, '2026-06-01T12:00:01Z');
INSERT INTO outbox (revision, delta) VALUES (2, '{"checksum": "abc"}');
"""
KEPT = ("entity", "admin_audit", "outbox", "head")


def test_rows_that_were_there_before_the_walls_are_behind_them(
    database: str, engine: Engine
) -> None:
    schema.migrate(database, "0002")
    with engine.begin() as connection:
        connection.exec_driver_sql(OLD_ROWS)
        before = {table: bodies(connection, table) for table in KEPT}
    schema.migrate(database)
    with engine.begin() as connection:
        found = connection.exec_driver_sql(
            "SELECT endpoint, seen_by, from_revision, to_revision, is_lasting "
            "FROM endpoint_audience ORDER BY endpoint"
        )
        assert [tuple(row) for row in found] == [
            ("e", "*", 1, None, True),
            ("own", "acme", 2, None, True),
        ]
        found = connection.exec_driver_sql(
            "SELECT m.revision, m.checksum, m.committed_at = a.committed_at "
            "FROM moment m JOIN admin_audit a USING (revision) ORDER BY 1"
        )
        assert [tuple(row) for row in found] == [(1, None, True), (2, "abc", True)]
    with psycopg.connect(as_service(database)) as service:
        service.execute("SELECT set_config('routeyard.scope', 'beta', true)")
        assert service.execute("SELECT DISTINCT id FROM entity").fetchall() == [("e",)]
    schema.migrate(database, "0002")
    with engine.begin() as connection:
        assert {table: bodies(connection, table) for table in KEPT} == before
        left = connection.exec_driver_sql(
            "SELECT count(*) FILTER (WHERE c.relrowsecurity OR c.relforcerowsecurity), "
            "(SELECT count(*) FROM pg_policies), "
            "count(*) FILTER (WHERE has_table_privilege('routeyard_service', c.oid, 'SELECT')) "
            "FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relkind = 'r'"
        )
        assert tuple(left.one()) == (0, 0, 0)


def bodies(connection: Connection, table: str) -> list[str]:
    found = connection.exec_driver_sql(
        f"SELECT CAST(to_jsonb(t) - 'seen_by' AS text) FROM {table} t ORDER BY 1"  # noqa: S608 - of constants
    )
    return [row[0] for row in found]


async def test_keys_stay_when_the_schema_goes_down_and_up(database: str) -> None:
    schema.migrate(database, "0002")
    pool = connect(database)
    query = text("SELECT * FROM api_key ORDER BY key_id")
    async with pool.begin() as connection:
        await connection.execute(
            text(
                "INSERT INTO api_key (key_id, verifier, created_at) VALUES "
                '(\'a\', \'{"key_id":"a","digest":"d","role":"tenant_user",'
                '"tenant":"acme"}\', now()), '
                '(\'b\', \'{"key_id":"b","digest":"d","role":"service"}\', now())'
            )
        )
        before = (await connection.execute(query)).all()
    schema.migrate(database)
    async with pool.begin() as connection:
        rows = (await connection.execute(query)).all()
    assert [(row.tenant, row.project, row.rotates) for row in rows] == [
        ("acme", None, None),
        (None, None, None),
    ]
    page = await PostgresKeys(pool).page(None, Whose("acme"), None, 9)
    assert [entry.verifier.key_id for entry in page] == ["a"]
    schema.migrate(database, "0002")
    async with pool.begin() as connection:
        assert (await connection.execute(query)).all() == before
    await pool.dispose()
