"""The published catalogs, traces and tables, which lie outside the project."""

import os
from pathlib import Path

import pytest

from tests.components.requirements import go_without

ROOT = Path(__file__).parents[2]


def default_folder() -> Path:
    """``ROUTEYARD_DATA``, from the project's root if it is relative; else ``../shared/data``."""
    return ROOT / (os.environ.get("ROUTEYARD_DATA") or Path("..") / "shared" / "data")


@pytest.fixture(scope="session")
def data_dir() -> Path:
    """The folder of the data sets: ``ROUTEYARD_DATA``, else ``../shared/data``."""
    folder = default_folder()
    if not folder.is_dir():
        go_without("data", f"the data sets are not in {folder}: set ROUTEYARD_DATA")
    return folder.resolve()
