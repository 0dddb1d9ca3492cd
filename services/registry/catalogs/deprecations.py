"""Lists of deprecations: which models end when, and what their providers name in their place."""

import re

from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import ModelDeprecated
from routeyard.servers.kinds import is_row
from services.registry.catalogs.parsed import Harvest, ParsedCatalog
from services.registry.catalogs.row import Row

SOURCE = "deprecations"

_ID = re.compile(r"[\w./:@-]+")
_DATED = re.compile(r"([\w./:@-]+) \(([\d, -]+)\)")


def parse(document: object) -> ParsedCatalog:
    """The facts of a list. An entry may name several models: each is taken over by itself."""
    entries = document.get("entries") if is_row(document) else document
    if not isinstance(entries, list):
        raise InvalidCatalog(
            "This is not a list of deprecations: give `entries:`, each with provider, model, "
            "announced, shutdown and replacement."
        )
    harvest = Harvest(SOURCE)
    for number, fields in enumerate(entries):
        harvest.rows += 1
        if is_row(fields):
            _read(Row(f"entry {number}", fields, harvest), harvest)
        else:
            harvest.refuse(f"entry {number}", "not an object")
    return harvest.parsed()


def _read(row: Row, harvest: Harvest) -> None:
    provider, model = row.text("provider"), row.text("model")
    if provider is None or model is None:
        harvest.refuse(row.name, "names no provider and model")
        return
    name = f"{provider}/{model}"
    ids = native_ids(model)
    row = Row(name, row.fields, harvest)
    shutdown, announced = row.day("shutdown"), row.day("announced")
    if not ids:
        harvest.refuse(name, "its model is prose, not an id")
    elif shutdown is None and row.fields.get("shutdown"):
        harvest.refuse(name, harvest.omissions.pop().reason)
    for native_id in ids if shutdown or not row.fields.get("shutdown") else ():
        deprecated = ModelDeprecated(
            provider=provider,
            native_id=native_id,
            deprecated_on=announced,
            retires_on=shutdown,
            replacement=_replacement(row),
            reason="on a list of deprecations",
        )
        harvest.release(f"{provider}/{native_id}", deprecated)


def native_ids(text: str) -> tuple[str, ...]:
    """The ids in a model's name: `a`, `a / b`, or `a (2024-05-13, 2024-08-06)`; none in prose."""
    found: list[str] = []
    for part in text.split(" / "):
        dated = _DATED.fullmatch(part.strip())
        if dated:
            found += [f"{dated[1]}-{day.strip()}" for day in dated[2].split(",")]
        elif _ID.fullmatch(part.strip()):
            found.append(part.strip())
        else:
            return ()
    return tuple(found)


def _replacement(row: Row) -> str | None:
    stated = row.text("replacement")
    if stated is None or _ID.fullmatch(stated):
        return stated
    row.omit("replacement is prose, not an id")
    return None
