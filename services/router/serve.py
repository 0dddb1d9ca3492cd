"""Running the router as a process."""

from __future__ import annotations

import os

from routeyard.runtime.process import run
from services.router.app import create_app
from services.router.settings import RouterSettings


def serve() -> None:
    """Serve HTTP until SIGTERM or SIGINT; bad settings end it with one sentence."""
    run(lambda: RouterSettings.read(os.environ), create_app)
