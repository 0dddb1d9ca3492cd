"""PostgreSQL for tests: an address given, else the embedded one; and empty databases on it."""

import os
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from hashlib import sha256
from pathlib import Path
from urllib.parse import urlsplit

import psycopg
import pytest
from psycopg.sql import SQL, Identifier

from infra.local.postgres import EmbeddedPostgres, as_login, create_database, create_login
from services.registry.postgres.scope import SERVICE_ROLE
from tests.components.shared_server import run_dir, shared_server

GIVEN = "ROUTEYARD_TEST_DATABASE_URL"
# These data end with the run: writing them through to the disk would only cost time.
LOGIN = "routeyard_test"
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
    """The DSN of a database that is empty and this test's own, for its owner."""
    return new_database()


@pytest.fixture(scope="module")
def module_database(new_database: Callable[[], str]) -> str:
    """The DSN of a database that is empty at first and this module's own."""
    return new_database()


def as_service(database: str) -> str:
    """The same database for the role that services connect as: behind the wall, once migrated."""
    return as_login(database, LOGIN, _password(database))


def let_services_in(dsn: str) -> None:
    """Make the login that `as_service` speaks of, on a superuser's server."""
    create_login(dsn, LOGIN, _password(dsn), SERVICE_ROLE)


def give(database: str, endpoint: str, tenant: str) -> None:
    """Make an endpoint a tenant's own, at all revisions."""
    with psycopg.connect(database) as connection:
        connection.execute(
            "UPDATE entity SET body = (body::jsonb || jsonb_build_object('owner', %s::text))::text "
            "WHERE kind = 'endpoint' AND id = %s",
            (tenant, endpoint),
        )


@pytest.fixture
def postgres_dir() -> Iterator[Path]:
    """A folder for a PostgreSQL server of the test's own.

    Not below ``tmp_path``: each pytest session closes the folder above it to other accounts, and
    the one that PostgreSQL runs as where root tests is another.
    """
    with _folder() as folder:
        yield folder


@contextmanager
def _server() -> Iterator[str]:
    given = os.environ.get(GIVEN)
    with nullcontext(given) if given else _embedded() as dsn:
        let_services_in(dsn)
        yield dsn


def _password(dsn: str) -> str:
    # The same in every worker, and known to nobody who does not know the superuser's.
    return sha256(f"{LOGIN} {urlsplit(dsn).password}".encode()).hexdigest()


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
