"""The tables beside this file: names, tests and tasks, the common scale."""

from pathlib import Path
from typing import TypeVar

import msgspec

from routeyard.domain.errors import InvalidCatalog
from services.registry.catalogs.leaderboards.names import Names
from services.registry.catalogs.leaderboards.table import Scales, Table
from services.registry.catalogs.load import file_document

HERE = Path(__file__).parent
T = TypeVar("T")


def names() -> Names:
    """names.yaml."""
    return _read(HERE / "names.yaml", Names)


def table() -> Table:
    """tasks.yaml."""
    return _read(HERE / "tasks.yaml", Table)


def scales() -> Scales:
    """scales.yaml."""
    return _read(HERE / "scales.yaml", Scales)


def _read(path: Path, shape: type[T]) -> T:
    try:
        return msgspec.convert(file_document(path), shape)
    except msgspec.ValidationError as fault:
        raise InvalidCatalog(f"{path.name} is damaged ({fault}); restore it.") from None
