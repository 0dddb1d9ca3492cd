"""Every packaged and every published catalog through Kafka into PostgreSQL: how long it takes.

    python -m tests.benchmarks.graph_ingest --json [--data folder]

Each catalog is read, compared, published and taken over as `routeyard ingest` does it, on a whole
stack (PostgreSQL, Kafka, registry, two routers, healthcheck) on this machine. The clock starts
before the first file is opened and stops when the last fact can be queried.
"""

import argparse
import asyncio
import io
import json
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any, NamedTuple

from infra.local.console import Console
from infra.local.kafka import ApacheKafka, why_unavailable
from infra.local.tansu import Tansu
from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import Event
from routeyard.kafka.publisher import Publisher
from routeyard.kafka.publisher import connect as publishing
from routeyard.runtime.clock import utc_now
from routeyard.runtime.settings import KafkaSettings
from routeyard.wire.record import Position
from services.registry.catalogs import commands
from services.registry.catalogs.commands import Origin
from services.registry.catalogs.consumed import RegistryPositions
from services.registry.catalogs.ingest import Run, ingest, taken_over
from services.registry.catalogs.parsed import ParsedCatalog
from tests.components.datasets import default_folder
from tests.e2e.running import RunningStack

DEADLINE_S = 600.0
STATUS = "{ status { revision models offerings deadLetters parked } }"


class Catalog(NamedTuple):
    """A catalog by its source, and where it lies; None is the installation."""

    source: str
    file: Path | None = None
    more: Path | None = None


class Kept:
    """A publisher that remembers where everything came to lie."""

    def __init__(self, publisher: Publisher) -> None:
        self._publisher = publisher
        self.positions: list[Position] = []

    async def send(
        self, events: Sequence[Event], progress: Callable[[int], None]
    ) -> list[Position]:
        """Publish events; see `Publisher.send`."""
        sent = await self._publisher.send(events, progress)
        self.positions += sent
        return sent


def catalogs(data: Path) -> Iterator[Catalog]:
    """Older publications of a source come first, as they did."""
    folder = data / "catalog"
    yield Catalog("providers")
    yield Catalog(
        "models-dev",
        folder / "models_dev_2026-07-02_providers.json.gz",
        folder / "models_dev_2026-07-02_lab_models.json.gz",
    )
    yield Catalog("models-dev")
    yield Catalog("genai-prices", folder / "genai_prices_v2_data.json")
    yield Catalog("genai-prices")
    yield Catalog("litellm", folder / "litellm_model_prices.json")
    yield Catalog("openrouter", folder / "openrouter_v1_models_2026-05.json")
    yield Catalog("bedrock", folder / "bedrock_models_2026-08-22.json")
    region = "bedrock_list_foundation_models_ap-southeast-1.json"
    yield Catalog("bedrock", data / "endpoints" / region)
    yield Catalog("cloudflare", folder / "cloudflare_ai_gateway_api_response.json")
    yield Catalog("openai-ids", folder / "openai_model_ids_2026-07-07.json")
    for file in sorted((folder / "simonw_llm_prices").glob("*.json")):
        yield Catalog("llm-prices", file)
    yield Catalog("deprecations", folder / "model_deprecations_2026-07-23.json")
    helm = folder / "helm_model_metadata.yaml"
    yield Catalog("helm", helm, folder / "helm_model_deployments.yaml")
    yield Catalog("ollama-library", folder / "ollama_library_2026-06-20.json.gz")
    yield Catalog("quality")


async def measure(data: Path | None = None) -> dict[str, Any]:
    """Rows of all catalogs, seconds until all can be queried, and what they came to.

    Returns:
        `ingest_rows`, `ingest_s` and, beside them: `broker` (the embedded one where Apache Kafka
        cannot run), `ingest_events`, `publish_s` (until Kafka had everything), `ingest_parts`
        (seconds to read each catalog), `models`, `offerings` and `revision` as they can be queried,
        `deadLetters` and `parked`: records that were put aside.

    Raises:
        InvalidCatalog: a catalog is missing in `data` (else the default folder).
    """
    data = data or default_folder()
    why_not = why_unavailable()
    broker = Tansu if why_not else ApacheKafka
    with (
        tempfile.TemporaryDirectory(prefix="routeyard-") as folder,
        RunningStack(Path(folder), broker, Console(io.StringIO())) as running,
    ):
        running.await_ready()
        found = await _ingested(running, Path(folder), data)
        return {**found, "broker": "apache-kafka" if why_not is None else f"tansu ({why_not})"}


async def _ingested(running: RunningStack, folder: Path, data: Path) -> dict[str, Any]:
    parts: dict[str, float] = {}
    rows = 0
    stack = running.addresses
    registry = RegistryPositions(stack.registry, stack.keys["service"])
    async with publishing(KafkaSettings(bootstrap=stack.kafka), "benchmark") as publisher:
        kept = Kept(publisher)
        started = time.perf_counter()
        for number, catalog in enumerate(catalogs(data)):
            began = time.perf_counter()
            parsed = await _parsed(catalog)
            parts[f"{number:02} {parsed.name}"] = round(time.perf_counter() - began, 2)
            rows += parsed.rows
            # Two runs of one source in one second are two moments all the same.
            run = Run(
                directory=folder / "runs",
                observed_at=utc_now() - timedelta(seconds=60 - number),
                is_forced=True,
            )
            await ingest(parsed, run, kept, None, lambda _sent, _total: None)
        published = time.perf_counter() - started
        await taken_over(kept.positions, registry, DEADLINE_S)
        status = await asyncio.to_thread(running.query, STATUS)
        took = time.perf_counter() - started
    return {
        "ingest_rows": rows,
        "ingest_s": round(took, 1),
        "ingest_events": len(kept.positions),
        "publish_s": round(published, 1),
        "ingest_parts": parts,
        **status["status"],
    }


async def _parsed(catalog: Catalog) -> ParsedCatalog:
    if catalog.file is not None and not catalog.file.is_file():
        raise InvalidCatalog(f"{catalog.file} is not there; give the data sets with --data.")
    origin = Origin(file=catalog.file, more=catalog.more)
    return await commands.parsed_from(catalog.source, origin, utc_now().date())


def main() -> None:
    """Run it; print the figures."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true", help="one line of JSON")
    parser.add_argument(
        "--data", type=Path, default=default_folder(), help="the folder of the data sets"
    )
    options = parser.parse_args()
    report = asyncio.run(measure(options.data))
    lines = [json.dumps(report)] if options.json else [f"{k}: {v}" for k, v in report.items()]
    print("\n".join(lines))  # noqa: T201


if __name__ == "__main__":
    main()
