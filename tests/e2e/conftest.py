"""One stack on Apache Kafka for the whole folder, with the packaged catalogs in it."""

import io
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from infra.local.console import Console
from infra.local.kafka import ApacheKafka
from infra.local.tansu import Tansu
from tests.components.brokers import BrokerSource, broker_source
from tests.e2e.running import RunningStack


@pytest.fixture(scope="session")
def running() -> Iterator[RunningStack]:
    """Registry, healthcheck and two routers, with models.dev and the quality table ingested."""
    broker = ApacheKafka if broker_source() is not BrokerSource.EMBEDDED else Tansu
    with (
        tempfile.TemporaryDirectory(prefix="routeyard-e2e-") as folder,
        RunningStack(Path(folder), broker, Console(io.StringIO())) as stack,
    ):
        for source in ("providers", "models-dev", "quality"):
            stack.stack.run("ingest", source, "--json", deadline_s=180)
        stack.await_converged()
        yield stack
