"""Running the healthcheck as a process."""

from __future__ import annotations

import os

from routeyard.runtime.process import run
from services.healthcheck.app import create_app
from services.healthcheck.settings import HealthcheckSettings


def serve() -> None:
    """Serve HTTP until SIGTERM or SIGINT; bad settings end it with one sentence."""
    run(lambda: HealthcheckSettings.read(os.environ), create_app)
