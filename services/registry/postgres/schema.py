"""The schema's version: bringing it up, and refusing to run on another one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy.exc
from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from psycopg.errors import InsufficientPrivilege
from sqlalchemy import Connection, create_engine

from routeyard.domain.errors import InvalidSettings, Unavailable
from services.registry.postgres.engine import driver_url, first_line
from services.registry.postgres.scope import OWNER

_LOCK = 0x726F757465


def migrate(database_url: str, revision: str = "head") -> tuple[str | None, str | None]:
    """Bring the schema to a revision (up, or down by name); the revisions before and after.

    Raises:
        Unavailable: the database does not answer.
        InvalidSettings: the role that connects may not do it.
    """
    engine = create_engine(driver_url(database_url))
    try:
        with engine.connect() as connection:
            # Two replicas that start together must not both migrate.
            connection.exec_driver_sql(f"SELECT pg_advisory_lock({_LOCK})")
            # The tables' owner sees no rows either without a scope; a migration changes them all.
            connection.exec_driver_sql(
                f"SELECT set_config('{OWNER.setting}', '{OWNER.value}', false)"
            )
            connection.commit()
            before = current(connection)
            _run(connection, revision)
            connection.commit()
            return before, current(connection)
    except sqlalchemy.exc.ProgrammingError as fault:
        if not isinstance(fault.orig, InsufficientPrivilege):
            raise
        raise InvalidSettings(
            f"The database cannot be migrated by this role: {first_line(fault)}."
        ) from fault
    except sqlalchemy.exc.OperationalError as fault:
        raise Unavailable(
            f"PostgreSQL does not answer ({first_line(fault)}); check it and its address."
        ) from fault
    finally:
        engine.dispose()


def _run(connection: Connection, revision: str) -> None:
    config = _config(connection=connection)
    script = ScriptDirectory.from_config(config)
    known = {r.revision for r in script.walk_revisions("base", "heads")}
    present = current(connection)
    if revision == "base" or (present in known and _is_older(script, revision, present)):
        command.downgrade(config, revision)
    else:
        command.upgrade(config, revision)


def _is_older(script: ScriptDirectory, revision: str, present: str | None) -> bool:
    newer = {r.revision for r in script.walk_revisions("base", present or "base")}
    return revision != present and revision in newer


def current(connection: Connection) -> str | None:
    """The schema's revision, None for an empty database."""
    revision = MigrationContext.configure(connection).get_current_revision()
    connection.commit()
    return revision


def newest() -> str | None:
    """The revision this code is written for."""
    return ScriptDirectory.from_config(_config()).get_current_head()


def check(connection: Connection) -> None:
    """Refuse a schema of another version.

    Raises:
        InvalidSettings: the database is older or newer than this code.
    """
    wanted = newest()
    try:
        present = MigrationContext.configure(connection).get_current_revision()
    except sqlalchemy.exc.ProgrammingError as fault:
        if not isinstance(fault.orig, InsufficientPrivilege):
            raise
        # Until it has the walls, the services' role may not even read its version.
        present = "an earlier version"
    if present != wanted:
        raise InvalidSettings(
            f"The database schema is at {present or 'nothing'} and this registry needs {wanted}; "
            "run `routeyard migrate` with this version's code."
        )


def _config(**attributes: Any) -> Config:
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).parents[1] / "migrations"))
    config.set_main_option("path_separator", "os")
    config.attributes.update(attributes)
    return config
