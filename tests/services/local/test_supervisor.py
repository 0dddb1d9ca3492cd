import io
import os
import signal
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from infra.local.console import Console
from infra.local.errors import StackError
from infra.local.loopback import is_ready
from infra.local.supervisor import RestartPolicy, Supervisor, stop_on_signals
from tests.services.local.programs import is_alive, listener, program

QUICK = RestartPolicy(first_s=0.01, limit_s=0.02, most=2)


@pytest.fixture
def terminal() -> io.StringIO:
    return io.StringIO()


@pytest.fixture
def supervisor(tmp_path: Path, terminal: io.StringIO) -> Iterator[Supervisor]:
    supervisor = Supervisor(tmp_path, Console(terminal), restarts=QUICK, stop_grace_s=2.0)
    yield supervisor
    supervisor.stop()


def test_services_start_in_order_and_end_in_reverse(
    supervisor: Supervisor, terminal: io.StringIO
) -> None:
    for name in ("first", "second"):
        supervisor.start(listener(name))
    supervisor.stop()
    assert terminal.getvalue().splitlines() == [
        "first        | listening",
        "second       | listening",
        "second       | asked to end",
        "first        | asked to end",
    ]


def test_a_service_that_cannot_start_fails_with_a_sentence(supervisor: Supervisor) -> None:
    with pytest.raises(StackError, match="broken ended with status 1 while starting"):
        supervisor.start(program("broken", "raise SystemExit(1)"))


def test_one_that_dies_is_started_again_with_what_follows_its_start(
    supervisor: Supervisor, terminal: io.StringIO
) -> None:
    starts: list[float] = []
    again = threading.Event()

    def note() -> None:
        starts.append(time.monotonic())
        if len(starts) == 2:
            again.set()
            supervisor.request_stop()

    service = replace(listener("mortal"), after_start=note)
    supervisor.start(service)
    os.kill(supervisor.pids()["mortal"], signal.SIGKILL)
    supervisor.watch()
    assert again.is_set()
    assert is_ready(service.ready_url)
    assert "mortal       | ended (status -9); restart 1 of 2 follows" in terminal.getvalue()


def test_one_that_dies_too_often_stops_the_stack_with_a_sentence(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    flag = tmp_path / "started"
    service = listener("sick")
    code = f"import pathlib, sys\nf = pathlib.Path({str(flag)!r})\n"
    code += "if f.exists():\n    print('no'); sys.exit(4)\nf.touch()\n" + service.argv[-1]
    supervisor.start(replace(service, argv=(*service.argv[:-1], code)))
    os.kill(supervisor.pids()["sick"], signal.SIGKILL)
    with pytest.raises(StackError, match=r"sick ended 3 times in a row(?s:.)*\n  no"):
        supervisor.watch()


def test_a_death_after_a_steady_run_begins_a_new_row(tmp_path: Path, terminal: io.StringIO) -> None:
    policy = RestartPolicy(first_s=0.01, limit_s=0.02, most=1, steady_s=0.0)
    supervisor = Supervisor(tmp_path, Console(terminal), restarts=policy)
    starts: list[int] = []

    def kill_thrice() -> None:
        starts.append(1)
        if len(starts) <= 3:
            os.kill(supervisor.pids()["mortal"], signal.SIGKILL)
        else:
            supervisor.request_stop()

    supervisor.start(replace(listener("mortal"), after_start=kill_thrice))
    supervisor.watch()
    supervisor.stop()
    assert terminal.getvalue().count("restart 1 of 1 follows") == 3


def test_each_restart_in_a_row_waits_twice_as_long_up_to_the_limit() -> None:
    policy = RestartPolicy(first_s=0.5, limit_s=8.0)
    assert [policy.wait_s(n) for n in range(1, 7)] == [0.5, 1.0, 2.0, 4.0, 8.0, 8.0]


def test_after_stop_nothing_is_left(supervisor: Supervisor) -> None:
    supervisor.start(listener("deaf", at_sigterm="pass"))
    supervisor._stop_grace_s = 0.2
    pid = supervisor.pids()["deaf"]
    supervisor.stop()
    assert not is_alive(pid)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_the_first_signal_interrupts_and_a_second_is_ignored(number: signal.Signals) -> None:
    before = signal.getsignal(number)
    with stop_on_signals():
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(number)
        signal.raise_signal(number)
    assert signal.getsignal(number) is before
