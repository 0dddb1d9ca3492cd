"""What the commands of `routeyard ingest` do, from options to report."""

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.value import Value
from services.registry.catalogs import models_dev
from services.registry.catalogs.ingest import Consumed, EventPublisher, Progress, Run, ingest
from services.registry.catalogs.load import file_bytes, file_document, url_bytes, url_document
from services.registry.catalogs.models_dev_toml import is_archive, repository
from services.registry.catalogs.packages import PACKAGED
from services.registry.catalogs.parsed import ParsedCatalog
from services.registry.catalogs.report import Report
from services.registry.catalogs.sources import PAIRS, PARSERS

ALL = ("providers", "models-dev", "genai-prices", "quality")


class Origin(Value, frozen=True):
    """Where a catalog comes from: a file, else an address, else the installation.

    `key` is sent to the address. `more` is the second file of a catalog that has two.
    """

    file: Path | None = None
    url: str | None = None
    key: str | None = None
    more: Path | None = None


class Ports(Value, frozen=True):
    """What a run speaks to; neither in a dry run, no `consumed` when it does not wait."""

    publisher: EventPublisher | None = None
    consumed: Consumed | None = None


async def ingest_source(
    source: str, origin: Origin, run: Run, ports: Ports, progress: Progress
) -> Report:
    """One run over a catalog."""
    parsed = await parsed_from(source, origin, run.observed_at.date())
    return await ingest(parsed, run, ports.publisher, ports.consumed, progress)


async def parsed_from(source: str, origin: Origin, on: date) -> ParsedCatalog:
    """What the catalog says `on` a day.

    Raises:
        InvalidCatalog: it is not that catalog, or nowhere to be found.
        Unavailable: nobody answers at its address.
    """
    name = origin.url or str(origin.file or "")
    if source == models_dev.SOURCE and is_archive(name):
        raw = await url_bytes(name, {}) if origin.url else file_bytes(Path(name))
        return models_dev.parse(*repository(raw, name))
    document = await document_of(source, origin)
    if origin.more is None:
        return PARSERS[source](document, on)
    return PAIRS[source](document, file_document(origin.more))


async def document_of(source: str, origin: Origin) -> object:
    """The catalog as published."""
    if origin.file is not None:
        return file_document(origin.file)
    if origin.url is not None:
        headers = {"authorization": f"Bearer {origin.key}"} if origin.key else {}
        return await url_document(origin.url, headers)
    if source in PACKAGED:
        return PACKAGED[source]()
    raise InvalidCatalog(f"{source} comes with no package; give the catalog with --file or --url.")


@asynccontextmanager
async def connected(environ: Mapping[str, str], *, waits: bool) -> AsyncIterator[Ports]:
    """The ports to the stack that the environment names."""
    from routeyard.kafka.publisher import connect  # noqa: PLC0415 - a dry run needs no Kafka
    from routeyard.runtime.environ import Environ  # noqa: PLC0415 - the same
    from routeyard.runtime.settings import KafkaSettings  # noqa: PLC0415 - the same
    from routeyard.runtime.stackfile import StackFile  # noqa: PLC0415 - the same
    from services.registry.catalogs.consumed import RegistryPositions  # noqa: PLC0415 - the same

    stack = StackFile.find(environ)
    consumed = RegistryPositions(stack.registry, stack.keys["service"]) if waits else None
    variables = Environ({**environ, "ROUTEYARD_KAFKA": stack.kafka})
    settings = KafkaSettings.read(variables)
    variables.finish()
    async with connect(settings, "routeyard-ingest") as publisher:
        yield Ports(publisher=publisher, consumed=consumed)
