"""What a run must have: ``ROUTEYARD_REQUIRE=kafka`` makes a failure of a skip for want of it."""

import os
from typing import NoReturn

import pytest


def is_required(need: str) -> bool:
    return need in os.environ.get("ROUTEYARD_REQUIRE", "").replace(" ", "").split(",")


def go_without(need: str, reason: str) -> NoReturn:
    """Skip by name, or fail where the run requires ``need``."""
    if is_required(need):
        pytest.fail(f"ROUTEYARD_REQUIRE names {need}, but {reason}", pytrace=False)
    pytest.skip(reason)
