"""Keeps the programs of a stack running, and ends them together."""

import queue
import signal
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from infra.local.child import Child
from infra.local.console import Console
from infra.local.errors import StackError
from infra.local.service import Service

STOP_SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@dataclass(frozen=True, slots=True, kw_only=True)
class RestartPolicy:
    """When a service that died is started again.

    Attributes:
        first_s: seconds before the first restart; each further one in a row waits twice as long.
        limit_s: the longest wait, in seconds.
        most: restarts in a row after which the stack gives up.
        steady_s: seconds of running after which a death starts a new row.
    """

    first_s: float = 0.5
    limit_s: float = 8.0
    most: int = 5
    steady_s: float = 60.0

    def wait_s(self, restart: int) -> float:
        """Seconds to wait before restart number ``restart`` of a row, counted from 1."""
        return float(min(self.limit_s, self.first_s * 2 ** (restart - 1)))


@dataclass(slots=True)
class _Run:
    child: Child
    started: float
    restarts: int = 0
    due: float | None = None


class Supervisor:
    """Starts services in order, restarts those that die, ends all in reverse order.

    One thread calls ``start`` and ``watch``, and outlives the services: they end with it.
    """

    def __init__(
        self,
        logs: Path,
        console: Console,
        *,
        restarts: RestartPolicy | None = None,
        stop_grace_s: float = 10.0,
    ) -> None:
        self._logs = logs
        self._console = console
        self._policy = restarts or RestartPolicy()
        self._stop_grace_s = stop_grace_s
        self._runs: dict[str, _Run] = {}
        self._events: queue.SimpleQueue[Child | None] = queue.SimpleQueue()

    def start(self, service: Service) -> None:
        """Start ``service`` and return when it is ready; StackError when it cannot be."""
        self._runs[service.name] = _Run(self._spawn(service), time.monotonic())
        self._await_ready(self._runs[service.name].child)

    def watch(self) -> None:
        """Restart what dies until ``request_stop``; StackError when a service dies too often."""
        while True:
            try:
                dead = self._events.get(timeout=self._seconds_to_next_restart())
            except queue.Empty:
                self._restart_due()
                continue
            if dead is None:
                return
            run = self._runs[dead.service.name]
            if run.child is dead and run.due is None:
                self._plan_restart(run, f"status {dead.returncode}")

    def request_stop(self) -> None:
        """Let ``watch`` return; any thread may call it."""
        self._events.put(None)

    def pids(self) -> dict[str, int]:
        """The process id of each service, by name, in the order of their starts."""
        return {name: run.child.pid for name, run in self._runs.items()}

    def stop(self) -> None:
        """End every service, the last started first."""
        while self._runs:
            _, run = self._runs.popitem()
            run.child.stop(self._stop_grace_s)

    def _spawn(self, service: Service) -> Child:
        log = self._logs / f"{service.name}.log"
        return Child(service, log=log, echo=self._console.printer(service.name))

    def _await_ready(self, child: Child) -> None:
        child.wait_until_ready()
        threading.Thread(target=self._report_end, args=(child,), daemon=True).start()
        child.service.after_start()

    def _report_end(self, child: Child) -> None:
        child.wait()
        self._events.put(child)

    def _seconds_to_next_restart(self) -> float | None:
        due = [run.due for run in self._runs.values() if run.due is not None]
        return max(0.0, min(due) - time.monotonic()) if due else None

    def _plan_restart(self, run: _Run, cause: str) -> None:
        now = time.monotonic()
        if now - run.started > self._policy.steady_s:
            run.restarts = 0
        if run.restarts == self._policy.most:
            self._give_up(run)
        run.restarts += 1
        run.due = now + self._policy.wait_s(run.restarts)
        say = self._console.printer(run.child.service.name)
        say(f"ended ({cause}); restart {run.restarts} of {self._policy.most} follows")

    def _restart_due(self) -> None:
        for run in self._runs.values():
            if run.due is not None and run.due <= time.monotonic():
                self._restart(run)

    def _restart(self, run: _Run) -> None:
        run.child = self._spawn(run.child.service)
        run.started, run.due = time.monotonic(), None
        try:
            self._await_ready(run.child)
        except StackError as error:
            run.child.kill()
            self._plan_restart(run, str(error).partition(";")[0])

    def _give_up(self, run: _Run) -> NoReturn:
        lines = "\n".join(f"  {line}" for line in run.child.last_lines())
        raise StackError(
            f"{run.child.service.name} ended {run.restarts + 1} times in a row, so the stack stops;"
            f" see {run.child.log}. Its last lines:\n{lines}"
        )


@contextmanager
def stop_on_signals() -> Iterator[None]:
    """Turn the first SIGINT, SIGTERM or SIGHUP into KeyboardInterrupt and ignore those after it.

    The second Ctrl-C of an impatient user would otherwise leave the stop half done.
    """

    def interrupt(*_: object) -> NoReturn:
        for number in STOP_SIGNALS:
            signal.signal(number, signal.SIG_IGN)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, interrupt) for number in STOP_SIGNALS}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
