"""A service as an ASGI application: routes, and what runs while they are served."""

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager

from starlette.types import ASGIApp, Receive, Scope, Send

from routeyard.domain.errors import RouteyardError


class Application:
    """Serves `routes` while `running` is entered; a fault raised on entering is one sentence."""

    def __init__(
        self, routes: ASGIApp, running: Callable[[], AbstractAsyncContextManager[None]]
    ) -> None:
        self._routes = routes
        self.running = running

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """The ASGI entry."""
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        else:
            await self._routes(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        work = self.running()
        try:
            await work.__aenter__()
        except RouteyardError as fault:
            # The framework's own answer would be a traceback.
            await send({"type": "lifespan.startup.failed", "message": fault.message})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await work.__aexit__(None, None, None)
        await send({"type": "lifespan.shutdown.complete"})
