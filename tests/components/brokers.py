"""The broker of a test run: an address given, else Docker, else Java, else the embedded one."""

import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from enum import Enum
from functools import cache
from pathlib import Path

import pytest

from infra.local.kafka import ApacheKafka, why_unavailable
from infra.local.tansu import Tansu
from tests.components.docker_kafka import docker_answers, kafka_in_docker
from tests.components.requirements import go_without, is_required
from tests.components.shared_server import run_dir, shared_server

GIVEN = "ROUTEYARD_TEST_KAFKA"
WANT = (
    f"no Apache Kafka is at hand: set {GIVEN}=host:port, start Docker, or install Java 17 and Maven"
)


class BrokerSource(Enum):
    """Where the broker of this run comes from."""

    GIVEN = "given"
    DOCKER = "docker"
    JAVA = "java"
    EMBEDDED = "embedded"

    @property
    def is_apache_kafka(self) -> bool:
        return self is not BrokerSource.EMBEDDED


@cache
def broker_source() -> BrokerSource:
    if os.environ.get(GIVEN):
        return BrokerSource.GIVEN
    if docker_answers():
        return BrokerSource.DOCKER
    return BrokerSource.EMBEDDED if why_unavailable() else BrokerSource.JAVA


def pytest_runtest_setup(item: pytest.Item) -> None:
    if item.get_closest_marker("needs_apache_kafka") and not broker_source().is_apache_kafka:
        go_without("kafka", WANT)


@pytest.fixture(scope="session")
def kafka(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """``host:port`` of a broker without topics of its own; topics stay until the run ends."""
    if is_required("kafka") and not broker_source().is_apache_kafka:
        go_without("kafka", WANT)
    folder = run_dir(tmp_path_factory, worker_id)
    with shared_server(folder, "kafka", lambda: _broker(folder)) as address:
        yield address


def _broker(folder: Path) -> AbstractContextManager[str]:
    match broker_source():
        case BrokerSource.GIVEN:
            return nullcontext(os.environ[GIVEN])
        case BrokerSource.DOCKER:
            return kafka_in_docker()
        case BrokerSource.JAVA:
            return _served(ApacheKafka(folder / "kafka"))
        case BrokerSource.EMBEDDED:
            return _served(Tansu(folder / "tansu"))


@contextmanager
def _served(broker: ApacheKafka | Tansu) -> Iterator[str]:
    with broker:
        yield broker.bootstrap_servers
