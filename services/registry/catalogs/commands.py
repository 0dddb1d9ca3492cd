"""What the commands of `routeyard ingest` do, from options to report."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import date
from pathlib import Path

from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.value import Value
from services.registry.catalogs import (
    genai_prices,
    litellm,
    models_dev,
    openai_compatible,
    openrouter,
    providers,
    quality,
)
from services.registry.catalogs.ingest import Consumed, EventPublisher, Progress, Run, ingest
from services.registry.catalogs.load import file_document, url_document
from services.registry.catalogs.packages import PACKAGED
from services.registry.catalogs.parsed import ParsedCatalog
from services.registry.catalogs.report import Report
from services.registry.catalogs.served import Served

ALL = ("providers", "models-dev", "genai-prices", "quality")
PARSERS: Mapping[str, Callable[[object, date], ParsedCatalog]] = {
    "providers": lambda document, _: providers.parse(document),
    "models-dev": lambda document, _: models_dev.parse(document),
    "litellm": lambda document, _: litellm.parse(document),
    "openrouter": lambda document, _: openrouter.parse(document),
    "genai-prices": genai_prices.parse,
    "quality": lambda document, _: quality.parse(document),
}


class Origin(Value, frozen=True):
    """Where a catalog comes from: a file, else an address, else the installation.

    `key` is sent to the address. `lab_models` are base models of models.dev, where not merged.
    """

    file: Path | None = None
    url: str | None = None
    key: str | None = None
    lab_models: Path | None = None


class Ports(Value, frozen=True):
    """What a run speaks to; neither in a dry run, no `consumed` when it does not wait."""

    publisher: EventPublisher | None = None
    consumed: Consumed | None = None


async def ingest_source(
    source: str, origin: Origin, run: Run, ports: Ports, progress: Progress
) -> Report:
    """One run over a catalog."""
    document = await document_of(source, origin)
    if origin.lab_models is None:
        parsed = PARSERS[source](document, run.observed_at.date())
    else:
        parsed = models_dev.parse(document, models_dev.lab_models(file_document(origin.lab_models)))
    return await ingest(parsed, run, ports.publisher, ports.consumed, progress)


async def ingest_endpoint(
    served: Served, origin: Origin, run: Run, ports: Ports, progress: Progress
) -> Report:
    """One run over a live endpoint. Each endpoint has a state of its own."""
    parsed = openai_compatible.parse(await document_of(served.endpoint, origin), served)
    name = f"{openai_compatible.SOURCE}.{served.endpoint}"
    return await ingest(parsed, run, ports.publisher, ports.consumed, progress, name=name)


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
