"""`kill -9` of registry, routers and broker at random points of a real catalog's ingest.

    python -m tests.experiments.crashes [--kills 24] [--seed 1] [--file litellm.json]

Prints the revision at each kill, then whether the graph equals that of an undisturbed run.
"""

import argparse
import asyncio
import io
import json
import os
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from infra.local.console import Console
from infra.local.kafka import ApacheKafka
from routeyard.domain.events import Event
from services.registry.catalogs import litellm
from services.registry.catalogs.difference import changes
from services.registry.catalogs.load import file_document
from tests.e2e.crashes import crash_through, publish
from tests.e2e.running import RunningStack


def events_of(path: Path) -> tuple[Event, ...]:
    """A LiteLLM file as the events its ingester publishes."""
    parsed = litellm.parse(file_document(path))
    return changes({}, parsed, datetime.now(UTC), force=False).events


def undisturbed(folder: Path, events: tuple[Event, ...]) -> str:
    """The checksum after the same events, with nothing in their way."""
    with RunningStack(folder, ApacheKafka, Console(io.StringIO())) as running:
        wanted = asyncio.run(publish(running.addresses.kafka, events, pause_s=0.0))
        running.await_consumed(wanted)
        return running.await_converged()


def main() -> None:
    """Run both, compare."""
    data = Path(os.environ.get("ROUTEYARD_DATA", "../shared/data"))
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=24)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--file", type=Path, default=data / "catalog" / "litellm_model_prices.json")
    options = parser.parse_args()
    events = events_of(options.file)
    with tempfile.TemporaryDirectory(prefix="routeyard-") as calm:
        expected = undisturbed(Path(calm), events)
    with tempfile.TemporaryDirectory(prefix="routeyard-") as stormy:
        quiet = Console(io.StringIO())
        with RunningStack(Path(stormy), ApacheKafka, quiet) as running:
            found = crash_through(running, events, options.kills, options.seed)
            revision = running.revision()
    report = {
        "events": len(events),
        "kills": options.kills,
        "revision": revision,
        "expected": expected,
        "found": found,
        "equal": expected == found,
    }
    print(json.dumps(report))  # noqa: T201
    raise SystemExit(0 if report["equal"] else 1)


if __name__ == "__main__":
    main()
