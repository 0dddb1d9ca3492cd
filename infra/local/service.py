"""A program of the stack: how it is run and how one sees that it is ready."""

import signal
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from infra.local.account import Account


def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """A program of the stack.

    Attributes:
        name: what it is called in log lines, sentences and the name of its log file.
        argv: the program and its arguments.
        ready_url: ``http://...`` that answers 200, or ``tcp://host:port`` that accepts, when ready.
        env: added to the environment of the process that starts it.
        account: whom to run as; None for the same account.
        cwd: the folder to run in; None for the same.
        stop_signal: asks it to finish in good order.
        ready_within_s: seconds it may take to become ready.
        after_start: run each time it has become ready, restarts included.
    """

    name: str
    argv: tuple[str, ...]
    ready_url: str
    env: Mapping[str, str] = field(default_factory=dict)
    account: Account | None = None
    cwd: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    ready_within_s: float = 30.0
    after_start: Callable[[], None] = _nothing
