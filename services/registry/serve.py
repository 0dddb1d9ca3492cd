"""Running the registry as a process."""

import gc
import os

from routeyard.runtime.application import Application
from routeyard.runtime.process import run
from services.registry.app import create_app
from services.registry.settings import RegistrySettings


def serve() -> None:
    """Serve HTTP until SIGTERM or SIGINT; bad settings end it with one sentence."""
    run(lambda: RegistrySettings.read(os.environ), _app)


def _app(settings: RegistrySettings) -> Application:
    app = create_app(settings)
    # What is loaded by now stays: looking through it again would hold an answer up for a while.
    gc.collect()
    gc.freeze()
    return app
