"""Running the registry as a process."""

import os

from routeyard.runtime.process import run
from services.registry.app import create_app
from services.registry.settings import RegistrySettings


def serve() -> None:
    """Serve HTTP until SIGTERM or SIGINT; bad settings end it with one sentence."""
    run(lambda: RegistrySettings.read(os.environ), create_app)
