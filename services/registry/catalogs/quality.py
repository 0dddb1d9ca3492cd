"""quality.yaml: scores of models per task, and what low, standard and high mean for a task."""

from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import CapabilityUpdated, PrecisionDefined
from services.registry.catalogs.parsed import Harvest, ParsedCatalog
from services.registry.catalogs.row import Row, is_row
from services.registry.catalogs.values import UnusableError, score

SOURCE = "quality"

_FLOORS = ("low", "standard", "high")


def parse(document: object) -> ParsedCatalog:
    """The catalog's facts."""
    models = document.get("models") if is_row(document) else None
    floors = document.get("precision") if is_row(document) else None
    if not is_row(models) or not is_row(floors):
        raise InvalidCatalog("This is not a quality file: give `models:` and `precision:`.")
    harvest = Harvest(SOURCE)
    for name, fields in [*sorted(models.items()), *sorted(floors.items())]:
        harvest.rows += 1
        if not is_row(fields):
            harvest.refuse(name, "not an object")
            continue
        row = Row(name, fields, harvest)
        try:
            harvest.announce(_scored(row) if fields.get("quality") else _defined(row))
        except UnusableError as fault:
            harvest.refuse(name, str(fault))
    return harvest.parsed()


def _scored(row: Row) -> CapabilityUpdated:
    quality = row.within("quality").fields
    return CapabilityUpdated(
        model=row.name,
        quality={task: _score(task, raw) for task, raw in sorted(quality.items())},
        evidence=row.text("evidence") or "",
    )


def _defined(row: Row) -> PrecisionDefined:
    low, standard, high = (_score(floor, row.fields.get(floor)) for floor in _FLOORS)
    if not low <= standard <= high:
        raise UnusableError("low, standard and high are not in rising order")
    return PrecisionDefined(task=row.name, low=low, standard=standard, high=high)


def _score(field: str, raw: object) -> float:
    try:
        return score(raw)
    except UnusableError as fault:
        raise UnusableError(f"{field} {fault}") from None
