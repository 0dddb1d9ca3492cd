"""A service as a process: settings, logs, then one HTTP server until a signal comes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import uvicorn

from routeyard.domain.errors import RouteyardError
from routeyard.runtime.logs import configure
from routeyard.runtime.settings import HttpSettings, LogSettings


class ServiceSettings(Protocol):
    """What every service's settings have."""

    @property
    def http(self) -> HttpSettings:
        """Where it listens."""

    @property
    def log(self) -> LogSettings:
        """How it logs."""


_S = TypeVar("_S", bound=ServiceSettings)
GRACE_S = 10


def run(read: Callable[[], _S], create: Callable[[_S], Any]) -> None:
    """Serve until SIGTERM or SIGINT. A fault at the start is one sentence and exit code 1."""
    try:
        settings = read()
        configure(settings.log)
        app = create(settings)
    except RouteyardError as fault:
        sys.exit(f"{fault.message}")
    uvicorn.run(
        app,
        host=settings.http.host,
        port=settings.http.port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
