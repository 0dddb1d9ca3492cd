"""The local stack with real PostgreSQL and a real broker, and stand-ins for the services."""

import os
import signal
import stat
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO
from urllib.parse import urlsplit

import psycopg
import pytest

from infra.local.errors import StackError
from infra.local.loopback import is_ready, read_json
from infra.local.postgres import EmbeddedPostgres
from infra.local.stack import DATABASE, LOGIN, SERVICE_ROLE, Stack
from infra.local.state import StackAddresses
from infra.local.status import read_status
from services.registry.postgres import scope
from tests.contract.stand_ins import write_stand_ins
from tests.services.local.programs import is_alive

UP = "import typer; from infra.local.cli import register; app = typer.Typer(); register(app); app()"
ROOT = str(Path(__file__).parents[2])


@pytest.fixture
def folder(postgres_dir: Path) -> Path:
    return postgres_dir


@pytest.fixture(autouse=True)
def calls(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[], list[str]]:
    """The commands that were run, in order."""
    write_stand_ins(folder)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("CALLS", str(folder / "calls"))
    return lambda: (folder / "calls").read_text(encoding="utf-8").splitlines()


def test_it_starts_in_order_and_tells_where_it_answers(
    folder: Path, calls: Callable[[], list[str]]
) -> None:
    with Stack(folder / "data") as stack:
        addresses = stack.start()
        assert calls() == ["migrate", "topics apply", "bootstrap --dev-source --reissue --json"]
        assert StackAddresses.load(stack.addresses_file) == addresses
        assert stat.S_IMODE(stack.addresses_file.stat().st_mode) == 0o600
        assert addresses.keys == {"admin": "a", "service": "s", "tenant": "t"}
        statuses = read_status(addresses)
        assert [(row.service, row.ready, row.lag) for row in statuses] == [
            ("registry", True, 0),
            ("healthcheck", True, 0),
            ("router-1", True, 0),
            ("router-2", True, 0),
        ]
    assert not any(is_ready(url) for url in addresses.services().values())


def test_only_the_registry_is_told_of_the_database(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROUTEYARD_MIGRATION_DATABASE_URL", "postgresql://of/a-terminal")
    with Stack(folder / "data") as stack:
        addresses = stack.start()
        told = {
            name: read_json(f"{url}/v1/status")["environment"]
            for name, url in addresses.services().items()
        }
    assert told["registry"]["ROUTEYARD_DATABASE_URL"] == addresses.database
    assert {told[name]["ROUTEYARD_DATABASE_URL"] for name in told if name != "registry"} == {""}
    # And nobody is told who owns the tables.
    assert urlsplit(addresses.database).username == LOGIN
    assert scope.SERVICE_ROLE == SERVICE_ROLE
    assert {row["ROUTEYARD_MIGRATION_DATABASE_URL"] for row in told.values()} == {""}
    assert told["router-2"]["ROUTEYARD_ROUTER_ID"] == "router-2"
    assert {row["ROUTEYARD_KAFKA"] for row in told.values()} == {addresses.kafka}


def owners(folder: Path, addresses: StackAddresses) -> str:
    server = EmbeddedPostgres(folder / "data" / "postgres", port=addresses.ports["postgres"])
    return server.create_database(DATABASE)


def test_a_second_run_finds_data_keys_and_ports_again(
    folder: Path, calls: Callable[[], list[str]]
) -> None:
    with Stack(folder / "data") as stack:
        first = stack.start()
        with psycopg.connect(owners(folder, first)) as connection:
            connection.execute("CREATE TABLE kept ()")
    with Stack(folder / "data") as stack:
        assert stack.start() == first
        with psycopg.connect(first.database) as connection:
            assert connection.execute("SELECT to_regclass('kept')").fetchone() == ("kept",)
    assert calls().count("bootstrap --dev-source --reissue --json") == 1


def test_a_broker_that_died_is_back_with_its_topics(
    folder: Path, calls: Callable[[], list[str]]
) -> None:
    with Stack(folder / "data") as stack:
        stack.start()
        os.kill(stack.pids()["tansu"], signal.SIGKILL)
        stopper = threading.Timer(2.0, stack.request_stop)
        stopper.start()
        stack.watch()
        stopper.join()
        assert calls().count("topics apply") == 2


def test_a_taken_port_is_a_sentence_and_leaves_nothing_running(folder: Path) -> None:
    with Stack(folder / "one") as one:
        taken = one.start().ports["registry"]
        other = Stack(folder / "two", port=taken)
        with pytest.raises(StackError, match=f"Port {taken}, wanted for registry, is taken"):
            other.start()
        assert other.pids() == {}


def test_a_service_that_cannot_start_leaves_nothing_running(folder: Path) -> None:
    (folder / "services" / "router.py").write_text("raise SystemExit('no graph')", encoding="utf-8")
    stack = Stack(folder / "data")
    for _ in range(2):  # the second start finds the folder free again
        with pytest.raises(StackError, match=r"router-1 ended with status 1(?s:.)*  no graph"):
            stack.start()
        assert stack.pids() == {}


def test_up_stays_until_interrupted_and_keeps_others_out(folder: Path) -> None:
    with _up(folder) as up:
        shown = _read_until(up.stdout, "Stop: Ctrl-C")
        assert "Routeyard is up" in shown
        with pytest.raises(StackError, match=rf"A stack runs in .* \(process {up.pid}\)"):
            Stack(folder / ".routeyard").start()
        up.send_signal(signal.SIGINT)
        assert up.wait(20) == 0


def test_up_killed_leaves_no_process(folder: Path) -> None:
    with _up(folder) as up:
        _read_until(up.stdout, "Stop: Ctrl-C")
        children = _children_of(up.pid)
        assert len(children) == 6
        up.kill()
    deadline = time.monotonic() + 10
    while any(map(is_alive, children)) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not any(map(is_alive, children))


def _up(folder: Path) -> subprocess.Popen[str]:
    # Behind the stand-ins, so that only `infra` is found in the working copy.
    env = {**os.environ, "PYTHONPATH": ROOT}
    argv = (sys.executable, "-c", UP, "up")
    return subprocess.Popen(
        argv, cwd=folder, env=env, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL
    )


def _read_until(stream: IO[str] | None, text: str) -> str:
    assert stream is not None
    seen = ""
    for line in stream:
        seen += line
        if text in line:
            return seen
    pytest.fail(f"{text!r} was not printed, but:\n{seen}")


def _children_of(pid: int) -> list[int]:
    tasks = Path(f"/proc/{pid}/task").glob("*/children")
    return [int(child) for task in tasks for child in task.read_text(encoding="utf-8").split()]
