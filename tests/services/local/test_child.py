import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from infra.local.child import Child
from infra.local.errors import StackError
from infra.local.service import Service
from tests.services.local.programs import is_alive, listener, program

linux_only = pytest.mark.skipif(sys.platform != "linux", reason="needs the parent-death signal")


def test_its_lines_go_to_the_log_and_to_the_echo(tmp_path: Path) -> None:
    lines: list[str] = []
    child = Child(listener("one"), log=tmp_path / "one.log", echo=lines.append)
    child.wait_until_ready()
    child.stop()
    assert lines == ["listening", "asked to end"]
    assert (tmp_path / "one.log").read_text(encoding="utf-8").splitlines() == lines
    assert child.returncode == 0


def test_one_that_ends_while_starting_is_reported_with_its_last_lines(tmp_path: Path) -> None:
    code = "print('the disk is full'); raise SystemExit(3)"
    child = Child(program("one", code), log=tmp_path / "one.log")
    with pytest.raises(StackError, match=r"one ended with status 3 .*one\.log(?s:.)*  the disk is"):
        child.wait_until_ready()


def test_one_that_is_not_ready_in_time_is_ended_and_reported(tmp_path: Path) -> None:
    service = program("one", "import time; time.sleep(60)", ready_within_s=0.3)
    child = Child(service, log=tmp_path / "one.log")
    with pytest.raises(StackError, match=r"one was not ready in 0\.3 s"):
        child.wait_until_ready()
    assert child.returncode == -signal.SIGKILL


def test_one_that_ignores_the_request_to_end_is_ended_by_force(tmp_path: Path) -> None:
    child = Child(listener("deaf", at_sigterm="pass"), log=tmp_path / "deaf.log")
    child.wait_until_ready()
    child.stop(grace_s=0.2)
    assert child.returncode == -signal.SIGKILL
    assert child.last_lines() == ["listening", "asked to end"]


def test_a_program_that_does_not_exist_is_named(tmp_path: Path) -> None:
    service = Service(name="one", argv=("/no/such/program",), ready_url="tcp://127.0.0.1:1")
    child = Child(service, log=tmp_path / "one.log")
    with pytest.raises(StackError, match="/no/such/program cannot be run: No such file"):
        child.wait_until_ready()


START_AND_SLEEP = """
import time
from pathlib import Path
from infra.local.child import Child
from tests.services.local.programs import listener
child = Child(listener("one"), log=Path({log!r}))
child.wait_until_ready()
print(child.pid, flush=True)
time.sleep(60)
"""


@linux_only
def test_it_ends_when_its_parent_is_killed(tmp_path: Path) -> None:
    code = START_AND_SLEEP.format(log=str(tmp_path / "one.log"))
    with subprocess.Popen(
        (sys.executable, "-c", code), stdout=subprocess.PIPE, text=True
    ) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert is_alive(pid)
        parent.kill()
    deadline = time.monotonic() + 5
    while is_alive(pid) and time.monotonic() < deadline:
        time.sleep(0.01)
    assert not is_alive(pid)


@linux_only
@pytest.mark.skipif(os.geteuid() != 0, reason="only root can change the account")
def test_started_by_root_it_runs_as_the_account_it_is_given(tmp_path: Path) -> None:
    from infra.local.account import unprivileged_account  # noqa: PLC0415 - root only

    account = unprivileged_account()
    assert account is not None
    service = Service(name="id", argv=("id",), ready_url="tcp://127.0.0.1:1", account=account)
    child = Child(service, log=tmp_path / "id.log")
    child.wait()
    child.stop()
    assert re.match(rf"uid={account.uid}\(\w+\) gid={account.gid}", child.last_lines()[0])
