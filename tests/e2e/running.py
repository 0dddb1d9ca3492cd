"""A whole stack, supervised in a thread of its own, with parts that a test may kill."""

import os
import signal
import threading
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from infra.local.console import Console
from infra.local.loopback import read_json
from infra.local.stack import Stack
from infra.local.state import StackAddresses
from infra.local.supervisor import RestartPolicy
from infra.local.tansu import Tansu

START_DEADLINE_S = 90.0
# Longer than any order waits, as one does that has an endpoint looked at.
ORDER_S = 40.0


class RunningStack:
    """Starts in a thread that lives as long as the stack; what dies is started again."""

    def __init__(
        self, folder: Path, broker: Callable[..., Any] = Tansu, console: Console | None = None
    ) -> None:
        # Being killed again and again is the test, not a reason to give up.
        patient = RestartPolicy(first_s=0.2, limit_s=0.5, most=1_000)
        self.stack = Stack(folder, broker=broker, console=console, restarts=patient)
        self._started = threading.Event()
        self._fault: BaseException | None = None
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._addresses: StackAddresses | None = None

    @property
    def addresses(self) -> StackAddresses:
        assert self._addresses is not None
        return self._addresses

    def _run(self) -> None:
        try:
            with self.stack:
                self._addresses = self.stack.start()
                self._started.set()
                self.stack.watch()
        except BaseException as fault:  # noqa: BLE001 - raised again in the test's thread
            self._fault = fault
        finally:
            self._started.set()

    def __enter__(self) -> Self:
        self._thread.start()
        if not self._started.wait(START_DEADLINE_S):
            raise TimeoutError("the stack did not start in time")
        self._raise_fault()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stack.request_stop()
        self._thread.join(60)
        self._raise_fault()

    def _raise_fault(self) -> None:
        if self._fault is not None:
            raise self._fault

    def kill(self, name: str) -> None:
        """End a part as a crash would; returns once another process stands in for it."""
        pid = self.stack.pids()[name]
        os.kill(pid, signal.SIGKILL)
        wait_until(lambda: self.stack.pids()[name] != pid, f"{name} is started again")

    def revision(self) -> int | None:
        """The registry's revision, None while it does not answer."""
        revision: int | None = status(self.addresses.registry).get("revision")
        return revision

    def await_ready(self, deadline_s: float = 90.0) -> None:
        """Wait until every service says it is ready."""
        for name, url in self.addresses.services().items():
            wait_until(lambda url=url: "state" in status(url), f"{name} is ready", deadline_s)  # type: ignore[misc]

    def await_consumed(self, wanted: dict[tuple[str, int], int], deadline_s: float = 90.0) -> None:
        """Wait until the registry has taken over everything before these offsets."""

        def is_done() -> bool:
            consumed = {
                (c["topic"], c["partition"]): c["next_offset"]
                for c in self.get(self.addresses.registry, "/v1/consumed")
            }
            return all(consumed.get(place, 0) >= offset for place, offset in wanted.items())

        wait_until(is_done, "the registry has taken over all events", deadline_s)

    def await_converged(self, deadline_s: float = 60.0) -> str:
        """Wait until every router holds the registry's graph; its checksum."""

        def checksums() -> set[Any]:
            urls = (self.addresses.registry, *self.addresses.routers)
            return {status(url).get("checksum") for url in urls}

        wait_until(lambda: len(checksums()) == 1, "every router holds the graph", deadline_s)
        (checksum,) = checksums()
        return str(checksum)

    def get(self, url: str, path: str) -> Any:
        """A JSON answer, asked for as a service."""
        key = self.addresses.keys["service"]
        return ask(f"{url}{path}", headers={"authorization": f"Bearer {key}"})

    def resolve(self, router: int = 0, key: str = "service", **asked: Any) -> Any:
        """A router's answer to a requirement."""
        return ask(
            f"{self.addresses.routers[router]}/v1/resolve",
            body=asked,
            headers={"authorization": f"Bearer {self.addresses.keys[key]}"},
        )

    def query(self, text: str, **variables: Any) -> Any:
        """The registry's answer to a platform admin's query."""
        answer = read_json(
            f"{self.addresses.registry}/graphql",
            body={"query": text, "variables": variables},
            headers={"authorization": f"Bearer {self.addresses.keys['admin']}"},
            timeout_s=ORDER_S,
        )
        assert not answer.get("errors"), answer
        return answer["data"]


def ask(url: str, **more: Any) -> Any:
    """A JSON answer; an empty object when nobody answers."""
    from infra.local.errors import StackError  # noqa: PLC0415

    try:
        return read_json(url, **more)
    except StackError:
        return {}


def status(url: str) -> Any:
    """What a service says of itself; an empty object when it does not answer."""
    return ask(f"{url}/v1/status")


def wait_until(is_so: Callable[[], bool], what: str, deadline_s: float = 30.0) -> None:
    """Wait for a condition."""
    deadline = time.monotonic() + deadline_s
    while not is_so():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {deadline_s} s in vain until {what}")
        time.sleep(0.02)
