"""The published catalogs, traces and tables, which lie outside the project."""

import os
from pathlib import Path

import pytest

from tests.components.requirements import go_without

DEFAULT = Path(__file__).parents[3] / "shared" / "data"


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of the data sets: ``ROUTEYARD_DATA``, else ``../shared/data``."""
    root = Path(__file__).parents[2]
    folder = root / os.environ.get("ROUTEYARD_DATA", DEFAULT)
    if not folder.is_dir():
        go_without("data", f"the data sets are not in {folder}: set ROUTEYARD_DATA")
    return folder.resolve()
