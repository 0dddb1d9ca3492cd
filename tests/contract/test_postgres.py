import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from infra.local.errors import StackError
from infra.local.postgres import EmbeddedPostgres
from tests.services.local.programs import is_alive


@pytest.fixture
def server(postgres_dir: Path) -> Iterator[EmbeddedPostgres]:
    # Longer than a Unix socket's path may be, and closed to other accounts, as a home folder is.
    folder = postgres_dir / ("long-" * 20) / "postgres"
    folder.mkdir(parents=True)
    folder.parent.chmod(0o700)
    with EmbeddedPostgres(folder) as server:
        yield server


def test_a_database_is_made_once_and_keeps_its_rows_over_a_crash(server: EmbeddedPostgres) -> None:
    dsn = server.create_database("Route yard")
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 42 AS n")
    assert server.create_database("Route yard") == dsn
    server.kill()
    server.start()
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT n FROM kept").fetchall() == [(42,)]


def test_nobody_enters_without_the_password(server: EmbeddedPostgres) -> None:
    wrong = server.dsn.replace("postgres:", "postgres:not-", 1)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(wrong)
    password = server.data_dir / "password"
    assert stat.S_IMODE(password.stat().st_mode) == 0o600


def test_it_speaks_utc_and_utf8_wherever_it_runs(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.dsn) as connection:
        row = connection.execute(
            "SELECT current_setting('timezone'), current_setting('server_encoding'),"
            " 'a' COLLATE \"default\" > 'B'"
        ).fetchone()
    assert row == ("UTC", "UTF8", True)


def test_stopped_it_leaves_no_process_and_starts_again(server: EmbeddedPostgres) -> None:
    pid = server.pid
    assert pid is not None
    server.stop()
    assert not is_alive(pid)
    assert server.pid is None
    server.start()
    assert not server.is_new


def test_a_way_that_was_closed_is_opened_at_the_next_start(server: EmbeddedPostgres) -> None:
    server.stop()
    server.data_dir.parent.chmod(0o700)
    server.start()
    assert server.pid is not None


def test_an_interrupted_first_start_is_begun_again(postgres_dir: Path) -> None:
    half = postgres_dir / "cluster.new"
    half.mkdir()
    (half / "PG_VERSION").write_text("18\n", encoding="utf-8")
    with EmbeddedPostgres(postgres_dir) as server:
        assert server.pid is not None


def test_a_second_server_on_the_same_data_is_refused(server: EmbeddedPostgres) -> None:
    with pytest.raises(StackError, match="postgres ended with status 1 while starting"):
        EmbeddedPostgres(server.data_dir).start()


def test_each_test_database_is_empty_and_its_own(new_database: Callable[[], str]) -> None:
    first, second = new_database(), new_database()
    with psycopg.connect(first) as connection:
        connection.execute("CREATE TABLE only_here ()")
    with psycopg.connect(second) as connection:
        assert connection.execute("SELECT to_regclass('only_here')").fetchone() == (None,)
