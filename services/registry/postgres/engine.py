"""Connections to PostgreSQL, and its faults in Routeyard's words."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import psycopg
import sqlalchemy.exc
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from routeyard.domain.errors import InvalidRequest, InvalidSettings, Unavailable
from services.registry.postgres.scope import ITSELF, RowScope

STATEMENT_TIMEOUT_MS = 30_000


def driver_url(database_url: str) -> str:
    """`postgresql://…` with the driver this service uses.

    Raises:
        InvalidSettings: it is not a PostgreSQL address.
    """
    try:
        url = make_url(database_url)
    except sqlalchemy.exc.ArgumentError:
        url = None
    if url is None or not url.drivername.startswith("postgres"):
        raise InvalidSettings(
            "The database address is not of the form postgresql://user:password@host/name."
        )
    return url.set(drivername="postgresql+psycopg").render_as_string(hide_password=False)


def connect(database_url: str, pool_size: int = 5) -> AsyncEngine:
    """A pool of connections; none is opened before the first use."""
    return create_async_engine(
        driver_url(database_url),
        pool_size=pool_size,
        max_overflow=pool_size,
        pool_pre_ping=True,
        connect_args={
            "options": f"-c statement_timeout={STATEMENT_TIMEOUT_MS} -c lock_timeout=10000 "
            "-c idle_in_transaction_session_timeout=60000 -c timezone=UTC "
            # Compiling a plan takes longer than any of the queries here.
            "-c jit=off",
            "connect_timeout": 5,
            "application_name": "routeyard-registry",
        },
    )


@asynccontextmanager
async def transaction(engine: AsyncEngine, scope: RowScope) -> AsyncIterator[AsyncConnection]:
    """One transaction over the rows of a scope; committed at the end, rolled back on exceptions.

    Raises:
        Unavailable: the database does not answer, or gave up; nothing was written.
    """
    with answering():
        async with engine.begin() as connection:
            await enter(connection, scope)
            yield connection


async def enter(connection: AsyncConnection, scope: RowScope) -> None:
    """Begin the connection's transaction, over the rows of a scope until it ends.

    BEGIN would be a round trip of its own: sent together, the scope costs none.
    """
    driver = await driver_of(connection)
    async with driver.pipeline():
        await driver.execute("SELECT set_config(%s, %s, true)", scope)


async def rescope(connection: AsyncConnection, scope: RowScope) -> None:
    """Go on in the connection's transaction over the rows of another scope."""
    driver = await driver_of(connection)
    async with driver.pipeline():
        for each in (ITSELF, scope):
            await driver.execute("SELECT set_config(%s, %s, true)", each)


async def driver_of(connection: AsyncConnection) -> psycopg.AsyncConnection[Any]:
    """The driver's own connection, for what SQLAlchemy has no words for."""
    driver = (await connection.get_raw_connection()).driver_connection
    assert isinstance(driver, psycopg.AsyncConnection)  # noqa: S101 - a checked-out one is
    return driver


@contextmanager
def answering() -> Iterator[None]:
    """Whatever inside means that the database does not answer becomes Unavailable."""
    try:
        yield
    except (
        sqlalchemy.exc.OperationalError,
        sqlalchemy.exc.InterfaceError,
        sqlalchemy.exc.TimeoutError,  # every connection of the pool is in use
        psycopg.OperationalError,
        psycopg.InterfaceError,
        OSError,
    ) as fault:
        raise Unavailable(
            f"PostgreSQL does not answer ({first_line(fault)}); check it and its address.",
            told="The registry's database does not answer; please try again.",
        ) from fault
    except sqlalchemy.exc.DBAPIError as fault:
        if not fault.connection_invalidated:
            raise
        raise Unavailable(
            "The connection to PostgreSQL was cut; the work is tried again."
        ) from fault


@contextmanager
def holding() -> Iterator[None]:
    """Whatever inside asks for a value that no row can have becomes InvalidRequest."""
    try:
        yield
    except sqlalchemy.exc.DataError:
        raise InvalidRequest(
            "A value is none that the graph could hold: a number too large, or a character that no "
            "id or name has."
        ) from None


def first_line(fault: BaseException) -> str:
    """A driver's message without its statement and parameters."""
    cause = getattr(fault, "orig", None) or fault
    return (str(cause).strip().splitlines() or [type(cause).__name__])[0]
