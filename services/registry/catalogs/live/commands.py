"""What `routeyard ingest endpoint` does, from options to report."""

from routeyard.servers.discover import discover
from routeyard.servers.kinds import Server, headers_for
from services.registry.catalogs.commands import Origin, Ports
from services.registry.catalogs.ingest import Progress, Run, ingest
from services.registry.catalogs.live.ask import asking
from services.registry.catalogs.live.parse import kept, parse
from services.registry.catalogs.load import file_document
from services.registry.catalogs.report import Report
from services.registry.catalogs.served import Served


async def ingest_endpoint(  # noqa: PLR0913, PLR0917 - an endpoint, where to ask, and a run
    served: Served, server: Server, origin: Origin, run: Run, ports: Ports, progress: Progress
) -> Report:
    """One run over a live endpoint. Each endpoint has a state of its own."""
    if origin.file is not None:
        answers = kept(file_document(origin.file), server)
    else:
        async with asking(headers_for(server, served.url, origin.key)) as asker:
            answers = await discover(asker, served.url, server)
    return await ingest(parse(answers, served), run, ports.publisher, ports.consumed, progress)
