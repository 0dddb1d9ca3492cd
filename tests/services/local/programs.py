"""Tiny programs for the supervisor to run."""

import sys
from pathlib import Path

from infra.local.ports import LOOPBACK, free_port
from infra.local.service import Service

LISTEN = """
import signal, socket, sys
server = socket.create_server(("127.0.0.1", {port}))
def end(*_):
    print("asked to end", flush=True)
    {at_sigterm}
signal.signal(signal.SIGTERM, end)
print("listening", flush=True)
while True:
    server.accept()[0].close()
"""


def listener(
    name: str, *, at_sigterm: str = "sys.exit(0)", ready_within_s: float = 10.0
) -> Service:
    """A program that is ready, prints what it does, and on SIGTERM does ``at_sigterm``."""
    port = free_port()
    return program(
        name, LISTEN.format(port=port, at_sigterm=at_sigterm), port, ready_within_s=ready_within_s
    )


def program(
    name: str, code: str, port: int | None = None, *, ready_within_s: float = 10.0
) -> Service:
    """A program of any code; without ``port`` it never becomes ready."""
    return Service(
        name=name,
        argv=(sys.executable, "-I", "-S", "-c", code),
        ready_url=f"tcp://{LOOPBACK}:{port or free_port()}",
        ready_within_s=ready_within_s,
    )


def is_alive(pid: int) -> bool:
    """Whether the process runs; one that ended and waits for its parent does not."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text(encoding="utf-8")
    except FileNotFoundError:
        return False
    return stat.rpartition(")")[2].split()[0] not in "ZX"
