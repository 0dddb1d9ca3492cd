"""One child process: started until ready, logged line by line, stopped in good order."""

import os
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Callable
from pathlib import Path
from typing import IO

from infra.local.errors import StackError
from infra.local.loopback import is_ready
from infra.local.service import Service

TETHER = Path(__file__).with_name("tether.py")
LAST_LINES = 20
READY_POLL_S = 0.05
PIPE_DRAIN_S = 2.0


def _ignore(_line: str) -> None:
    pass


class Child:
    """A running Service. It ends with the thread that started it, even if that is killed.

    Every line it prints goes to the file ``log`` and to ``echo``.
    """

    def __init__(
        self, service: Service, *, log: Path, echo: Callable[[str], None] = _ignore
    ) -> None:
        self.service = service
        self.log = log
        self._echo = echo
        self._tail: deque[str] = deque(maxlen=LAST_LINES)
        self._process = self._spawn()
        self._pump = threading.Thread(target=self._copy_lines, daemon=True)
        self._pump.start()

    @property
    def pid(self) -> int:
        """Its process id."""
        return self._process.pid

    @property
    def returncode(self) -> int | None:
        """Its exit status, or None while it runs."""
        return self._process.poll()

    def wait_until_ready(self) -> None:
        """Return when it is ready; otherwise stop it and raise StackError with its last lines."""
        deadline = time.monotonic() + self.service.ready_within_s
        while not is_ready(self.service.ready_url):
            if self.returncode is not None:
                raise StackError(self._story(f"ended with status {self.returncode} while starting"))
            if time.monotonic() > deadline:
                self.kill()
                raise StackError(self._story(f"was not ready in {self.service.ready_within_s:g} s"))
            time.sleep(READY_POLL_S)

    def wait(self) -> int:
        """Block until it ends; its exit status."""
        return self._process.wait()

    def stop(self, grace_s: float = 10.0) -> None:
        """Ask it to finish, and end it by force after ``grace_s`` seconds."""
        if self.returncode is None:
            self._process.send_signal(self.service.stop_signal)
        try:
            self._process.wait(grace_s)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._reap()

    def kill(self) -> None:
        """End it at once, as a crash would (SIGKILL)."""
        self._process.kill()
        self._reap()

    def last_lines(self) -> list[str]:
        """What it printed last, oldest first."""
        return list(self._tail)

    def _spawn(self) -> subprocess.Popen[str]:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        try:
            return subprocess.Popen(
                self._tethered_argv(),
                env={**os.environ, **self.service.env},
                cwd=self.service.cwd,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                errors="replace",
                # A Ctrl-C in the terminal must reach the supervisor alone, which stops in order.
                start_new_session=True,
            )
        except OSError as error:
            raise StackError(f"{self.service.name} cannot be started: {error}.") from error

    def _tethered_argv(self) -> list[str]:
        account = self.service.account
        uid, gid = (account.uid, account.gid) if account else (-1, -1)
        numbers = (os.getpid(), uid, gid)
        tether = [sys.executable, "-I", "-S", str(TETHER), *(str(number) for number in numbers)]
        return [*tether, *self.service.argv]

    def _copy_lines(self) -> None:
        with self.log.open("a", encoding="utf-8") as log, self._output() as output:
            for line in output:
                log.write(line)
                log.flush()
                self._tail.append(line.rstrip("\n"))
                self._echo(line.rstrip("\n"))

    def _output(self) -> IO[str]:
        if self._process.stdout is None:
            raise StackError(f"{self.service.name} has no output to read.")
        return self._process.stdout

    def _reap(self) -> None:
        self._process.wait()
        # A grandchild may hold the pipe open: its lines are not worth waiting for.
        self._pump.join(PIPE_DRAIN_S)

    def _story(self, what: str) -> str:
        self._pump.join(PIPE_DRAIN_S)
        lines = "\n".join(f"  {line}" for line in self.last_lines())
        return f"{self.service.name} {what}; see {self.log}. Its last lines:\n{lines}"
