"""TCP ports on the loopback interface."""

import socket

from infra.local.errors import StackError

LOOPBACK = "127.0.0.1"


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def is_free(port: int) -> bool:
    """Whether a server could listen on ``port`` now."""
    with socket.socket() as probe:
        # Servers set it too: a connection in TIME_WAIT does not keep them from listening.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
        return True


def require_free(port: int, purpose: str) -> None:
    """Raise StackError when ``port`` is taken."""
    if not is_free(port):
        raise StackError(
            f"Port {port}, wanted for {purpose}, is taken:"
            " stop what listens on it, or choose another."
        )
