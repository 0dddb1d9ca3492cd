"""quality.yaml: scores of models per task, and what low, standard and high mean for a task."""

from datetime import date

from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import CapabilityUpdated, PrecisionDefined
from routeyard.servers.kinds import is_row
from services.registry.catalogs.parsed import Harvest, ParsedCatalog
from services.registry.catalogs.row import Row
from services.registry.catalogs.values import UnusableError, calendar_day, score

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
        is_model = any(fields.get(field) for field in ("quality", "capabilities", "languages"))
        try:
            harvest.announce(_scored(row) if is_model else _defined(row))
        except UnusableError as fault:
            harvest.refuse(name, str(fault))
    return harvest.parsed()


def _scored(row: Row) -> CapabilityUpdated:
    return CapabilityUpdated(
        model=row.name,
        quality=_scores(row, "quality"),
        capabilities=_scores(row, "capabilities"),
        languages=row.words("languages"),
        evidence=_evidence(row),
        measured_on=_day(row.fields.get("measured_on")),
        complete=True,
    )


def _scores(row: Row, field: str) -> dict[str, float] | None:
    scores = row.within(field).fields
    return {name: _score(name, raw) for name, raw in sorted(scores.items())} or None


def _evidence(row: Row) -> str:
    """Where it was measured, and how exactly."""
    errors = [f"{name} {_score(name, raw):.2f}" for name, raw in row.within("error").fields.items()]
    said = row.text("evidence") or ""
    return f"{said}; standard errors: {', '.join(errors)}" if errors else said


def _day(raw: object) -> date | None:
    """A day; YAML reads one that is not quoted itself."""
    if raw is None or isinstance(raw, date):
        return raw
    try:
        return calendar_day(raw)
    except UnusableError as fault:
        raise UnusableError(f"measured_on {fault}") from None


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
