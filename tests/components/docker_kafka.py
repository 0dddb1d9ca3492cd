"""Apache Kafka in a container, where a Docker engine answers."""

import os
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from urllib.parse import urlsplit

from infra.local.errors import StackError
from infra.local.kafka import NODE_SETTINGS
from infra.local.loopback import is_ready
from infra.local.ports import LOOPBACK, free_port

IMAGE = "apache/kafka:4.1.0"
READY_WITHIN_S = 90.0


def docker_answers() -> bool:
    """Whether a Docker engine can be asked for containers.

    Asked with a bare socket: Docker's own client leaves one open when nobody answers.
    """
    parts = urlsplit(os.environ.get("DOCKER_HOST", "unix:///var/run/docker.sock"))
    if parts.scheme == "tcp":
        return is_ready(parts.geturl())
    with socket.socket(socket.AF_UNIX) as engine:
        engine.settimeout(2.0)
        return parts.scheme == "unix" and engine.connect_ex(parts.path) == 0


@contextmanager
def kafka_in_docker() -> Iterator[str]:
    """``host:port`` of one Kafka node in a container of its own."""
    from testcontainers.core.container import DockerContainer  # noqa: PLC0415 - as above

    port = free_port()
    container = DockerContainer(IMAGE).with_bind_ports(9092, port)
    for name, value in _container_settings(port).items():
        container.with_env(f"KAFKA_{name.upper().replace('.', '_')}", value)
    with container:
        _await_port(port)
        yield f"{LOOPBACK}:{port}"


def _container_settings(port: int) -> dict[str, str]:
    return {
        **NODE_SETTINGS,
        "controller.quorum.voters": "1@localhost:9093",
        "listeners": "PLAINTEXT://:9092,CONTROLLER://:9093",
        "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{port}",
    }


def _await_port(port: int) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while not is_ready(f"tcp://{LOOPBACK}:{port}"):
        if time.monotonic() > deadline:
            raise StackError(f"Kafka in a container was not ready in {READY_WITHIN_S:g} s.")
        time.sleep(0.2)
