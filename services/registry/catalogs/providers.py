"""providers.yaml: where important providers answer, and where they process requests."""

import re

from routeyard.domain.catalog import Dialect, Hosting
from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import EndpointRegistered, ProviderDescribed
from routeyard.servers.kinds import is_row
from services.registry.catalogs.parsed import Harvest, ParsedCatalog
from services.registry.catalogs.row import Row
from services.registry.catalogs.values import UnusableError

SOURCE = "providers"

_JURISDICTION = re.compile(r"[A-Z]{2}|EEA")


def parse(document: object) -> ParsedCatalog:
    """The catalog's facts. A row with a field that is wrong is refused as a whole.

    The file is written by hand, and half a statement about residency would be worse than none.
    """
    providers = document.get("providers") if is_row(document) else None
    if not is_row(providers):
        raise InvalidCatalog("This is not a providers file: give `providers:` with one entry each.")
    harvest = Harvest(SOURCE)
    for provider, fields in sorted(providers.items()):
        harvest.rows += 1
        if not is_row(fields):
            harvest.refuse(provider, "not an object")
            continue
        try:
            described, registered = _facts(Row(provider, fields, harvest))
        except UnusableError as fault:
            harvest.refuse(provider, str(fault))
        else:
            harvest.announce(described, registered)
    return harvest.parsed()


def _facts(row: Row) -> tuple[ProviderDescribed, EndpointRegistered]:
    known = len(row.harvest.omissions)
    url = row.address("url")
    described = ProviderDescribed(
        provider=row.name, name=row.text("name") or row.name, home=row.text("home")
    )
    registered = EndpointRegistered(
        endpoint=row.name,
        provider=row.name,
        name=row.text("name"),
        url=url,
        dialect=_dialect(row),
        hosting=Hosting.PUBLIC_API,
        residency=_residency(row),
    )
    if len(row.harvest.omissions) > known:
        raise UnusableError(row.harvest.omissions.pop().reason)
    if not row.fields.get("source"):
        raise UnusableError("source is missing: name the public page that says so")
    return described, registered


def _dialect(row: Row) -> Dialect | None:
    dialect = row.text("dialect")
    if dialect is not None and dialect not in set(Dialect):
        raise UnusableError(f"dialect is not one of {', '.join(Dialect)}")
    return None if dialect is None else Dialect(dialect)


def _residency(row: Row) -> tuple[str, ...] | None:
    """Jurisdictions as they stand: `words` would lower their case."""
    stated = row.fields.get("residency")
    if stated is None:
        return None
    if not isinstance(stated, list) or not all(
        isinstance(place, str) and _JURISDICTION.fullmatch(place) for place in stated
    ):
        raise UnusableError("residency is not a list of EU, EEA or two-letter country codes")
    return tuple(sorted(stated))
