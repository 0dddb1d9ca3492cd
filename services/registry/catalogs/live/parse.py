"""What a live server says, read as its kind says it."""

from msgspec import structs

from routeyard.domain.catalog import ServerKind
from routeyard.domain.errors import InvalidCatalog
from routeyard.servers.discover import Answers
from routeyard.servers.kinds import DIALECTS, KINDS, Server, by_shape, is_row
from services.registry.catalogs import openai_compatible
from services.registry.catalogs.live import makers, ollama, openrouter, tgi
from services.registry.catalogs.parsed import ParsedCatalog
from services.registry.catalogs.served import Served


def parse(answers: Answers, served: Served) -> ParsedCatalog:
    """The facts about one endpoint.

    Raises:
        InvalidCatalog: the answers are not those of its kind.
    """
    server = answers.server
    served = structs.replace(
        served,
        server=served.server or KINDS.get(server, ServerKind.OPENAI_COMPATIBLE),
        dialect=DIALECTS.get(server, served.dialect),
    )
    match server:
        case Server.OLLAMA:
            return ollama.parse(answers.listed, answers.shown, served)
        case Server.TGI:
            return tgi.parse(answers.listed, served)
        case Server.ANTHROPIC:
            return makers.anthropic(answers.listed, served)
        case Server.GEMINI:
            return makers.gemini(answers.listed, served)
        case Server.OPENROUTER if by_shape(answers.listed) is Server.OPENROUTER:
            return openrouter.parse(answers.listed, served)
    return openai_compatible.parse(answers.listed, _named(answers, served))


def kept(document: object, server: Server) -> Answers:
    """Answers from a file instead of a server."""
    found = by_shape(document) if server is Server.AUTO else server
    if found is Server.AUTO:
        raise InvalidCatalog("The file is no answer of a server that is known; give --server.")
    return Answers(server=found, listed=document)


def _named(answers: Answers, served: Served) -> Served:
    """NIM tells the version of its container, a good name for an endpoint that has none."""
    version = answers.about.get("version") if is_row(answers.about) else None
    if served.name is not None or not isinstance(version, str) or not version.isprintable():
        return served
    return structs.replace(served, name=f"{served.endpoint} (NIM {version[:40]})")
