"""The schema: up, down, up again, and the same as the tables in the code."""

from collections.abc import Iterator

import pytest
from alembic import command
from sqlalchemy import Engine, create_engine, inspect

from routeyard.domain.errors import InvalidSettings, Unavailable
from services.registry.postgres import schema
from services.registry.postgres.engine import driver_url


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
