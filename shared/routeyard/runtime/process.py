"""A service as a process: settings, logs, then one HTTP server until a signal comes."""

from __future__ import annotations

import socket
import sys
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

import uvicorn

from routeyard.domain.errors import InvalidSettings, RouteyardError
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
# Of WebSockets: what a client may send at once, and how long it may be silent to a ping.
MAX_MESSAGE_BYTES = 64 * 1024
KEEPALIVE_S = 20.0


def run(read: Callable[[], _S], create: Callable[[_S], Any]) -> None:
    """Serve until SIGTERM or SIGINT. A fault at the start is one sentence and exit code 1."""
    try:
        settings = read()
        configure(settings.log)
        app = create(settings)
        listening = listen(settings.http)
    except RouteyardError as fault:
        sys.exit(f"{fault.message}")
    server = uvicorn.Server(serving(app))
    server.run(sockets=[listening])
    if not server.started:
        sys.exit(1)


def serving(app: Any) -> uvicorn.Config:
    """How every service serves its application."""
    return uvicorn.Config(
        app,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
        ws_max_size=MAX_MESSAGE_BYTES,
        ws_ping_interval=KEEPALIVE_S,
        ws_ping_timeout=KEEPALIVE_S,
        ws_per_message_deflate=False,
    )


def listen(http: HttpSettings) -> socket.socket:
    """A socket bound to the address.

    Raises:
        InvalidSettings: the port is taken, or the address is none of this machine's.
    """
    try:
        return socket.create_server((http.host, http.port), backlog=2048)
    except OSError as fault:
        raise InvalidSettings(
            f"{http.host}:{http.port} cannot be listened on ({fault.strerror}); "
            "set ROUTEYARD_HOST and ROUTEYARD_PORT to a free address."
        ) from None
