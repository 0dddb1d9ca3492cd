"""GraphQL over WebSocket: subscriptions, and nothing else, over graphql-transport-ws."""

from datetime import timedelta
from json import JSONDecodeError
from typing import Any, cast

import msgspec
from starlette.requests import Request
from starlette.responses import Response
from starlette.websockets import WebSocket
from strawberry import Schema
from strawberry.asgi import GraphQL
from strawberry.subscriptions import GRAPHQL_TRANSPORT_WS_PROTOCOL
from strawberry.types.unset import UNSET, UnsetType

from services.registry.callers import Callers
from services.registry.feed import Feed
from services.registry.graphql.admittance import LIMITS, Admission, Limits
from services.registry.graphql.subscriptions import Subscriber
from services.registry.graphql.transport import Adapter, Handler


class Socket:
    """Lets authenticated subscribers in."""

    def __init__(
        self, schema: Schema, callers: Callers, feed: Feed, limits: Limits = LIMITS
    ) -> None:
        self._view = _View(_SubscriptionsOnly(schema), Admission(callers, limits), feed)
        self._limits = limits
        self._open = 0

    async def serve(self, websocket: WebSocket) -> None:
        """One connection, until either side ends it."""
        if self._open >= self._limits.connections:
            await websocket.send_denial_response(Response(status_code=503))
            return
        self._open += 1
        try:
            await self._view.run(websocket)
        finally:
            self._open -= 1


class _SubscriptionsOnly:
    """A schema that refuses queries and mutations: they have a door with limits of its own."""

    def __init__(self, schema: Schema) -> None:
        self._schema = schema

    async def stream(self, query: str | None, **more: Any) -> Any:
        """The answers to a subscription, or the one that refuses it."""
        return await self._schema.subscribe(query, **more)


class _View(GraphQL[Subscriber, None]):
    """Strawberry's view, for WebSockets alone: it checks the origin and the subprotocol."""

    graphql_transport_ws_handler_class = Handler
    websocket_adapter_class = Adapter

    def __init__(self, schema: _SubscriptionsOnly, admission: Admission, feed: Feed) -> None:
        super().__init__(
            cast("Schema", schema),  # of a schema it streams, and no more
            graphql_ide=None,
            subscription_protocols=(GRAPHQL_TRANSPORT_WS_PROTOCOL,),
            connection_init_wait_timeout=timedelta(seconds=admission.limits.init_s),
            max_subscriptions_per_connection=None,
        )
        self.admission = admission
        self._feed = feed

    async def get_context(
        self,
        request: Request | WebSocket,
        response: Response | WebSocket,  # noqa: ARG002 - Strawberry's
    ) -> Subscriber:
        """Nobody yet."""
        return Subscriber(self._feed, request.headers)

    async def on_ws_connect(self, context: Subscriber) -> UnsetType:
        """Let a subscriber in; Refused when it may not."""
        principal = await self.admission.principal(context.headers)
        self.admission.take(principal)
        context.principal = principal
        return cast("UnsetType", UNSET)

    def decode_json(self, data: str | bytes) -> object:
        """A message."""
        try:
            return msgspec.json.decode(data)
        except (msgspec.MsgspecError, UnicodeError, RecursionError) as fault:
            raise JSONDecodeError(str(fault), "", 0) from None

    def encode_json(self, data: object) -> str:
        """A message."""
        return msgspec.json.encode(data).decode()
