"""PostgreSQL for tests: an address given, else the embedded one; and empty databases on it."""

import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from infra.local.postgres import EmbeddedPostgres, create_database
from tests.components.shared_server import run_dir, shared_server

GIVEN = "ROUTEYARD_TEST_DATABASE_URL"
# These data end with the run: writing them through to the disk would only cost time.
FORGETFUL = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """``postgresql://...`` of a superuser, on a database that tests must leave alone."""
    folder = run_dir(tmp_path_factory, worker_id)
    with shared_server(folder, "postgres", _server) as dsn:
        yield dsn


@pytest.fixture(scope="session")
def new_database(postgres: str) -> Iterator[Callable[[], str]]:
    """Call it for the DSN of one more empty database; all are dropped when the run ends."""
    names: list[str] = []

    def make() -> str:
        names.append(f"test_{uuid.uuid4().hex}")
        create_database(postgres, names[-1])
        return urlsplit(postgres)._replace(path=f"/{names[-1]}").geturl()

    yield make
    for name in names:
        _drop(postgres, name)


@pytest.fixture
def database(new_database: Callable[[], str]) -> str:
    """The DSN of a database that is empty and this test's own."""
    return new_database()


@pytest.fixture(scope="module")
def module_database(new_database: Callable[[], str]) -> str:
    """The DSN of a database that is empty at first and this module's own."""
    return new_database()


@pytest.fixture
def postgres_dir() -> Iterator[Path]:
    """A folder for a PostgreSQL server of the test's own.

    Not below ``tmp_path``: each pytest session closes the folder above it to other accounts, and
    the one that PostgreSQL runs as where root tests is another.
    """
    with _folder() as folder:
        yield folder


def _server() -> AbstractContextManager[str]:
    given = os.environ.get(GIVEN)
    return nullcontext(given) if given else _embedded()


@contextmanager
def _embedded() -> Iterator[str]:
    with _folder() as folder, EmbeddedPostgres(folder, settings=FORGETFUL) as server:
        yield server.dsn


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="routeyard-", ignore_cleanup_errors=True) as folder:
        yield Path(folder)


def _drop(dsn: str, name: str) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute(SQL("DROP DATABASE {} WITH (FORCE)").format(Identifier(name)))
