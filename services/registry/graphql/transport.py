"""graphql-transport-ws as Strawberry speaks it, with keys that are looked at again and again."""

import asyncio
from collections.abc import Mapping
from typing import Any, cast

import msgspec
from graphql import GraphQLError
from starlette.websockets import WebSocketState
from strawberry.asgi import ASGIWebSocketAdapter
from strawberry.http.exceptions import WebSocketDisconnected
from strawberry.subscriptions.protocols.graphql_transport_ws.handlers import (
    BaseGraphQLTransportWSHandler,
)
from strawberry.subscriptions.protocols.graphql_transport_ws.types import (
    ConnectionInitMessage,
    Message,
    SubscribeMessage,
)

from routeyard.domain.errors import ErrorCode
from routeyard.domain.value import Value
from services.registry.graphql.admittance import Admission, Refused
from services.registry.graphql.subscriptions import Subscriber

# A close frame has no room for more.
MAX_REASON_BYTES = 120


class Adapter(ASGIWebSocketAdapter):
    """Closes once, with a reason that fits, and sends nothing after."""

    async def send_json(self, message: Mapping[str, object]) -> None:
        """Send a message; WebSocketDisconnected when nobody can get it any more."""
        if self.ws.application_state is WebSocketState.DISCONNECTED:
            raise WebSocketDisconnected
        await super().send_json(message)

    async def close(self, code: int, reason: str) -> None:
        """Close, if that was not done yet."""
        if self.ws.application_state is not WebSocketState.DISCONNECTED:
            cut = reason.encode()[:MAX_REASON_BYTES].decode(errors="ignore")
            await self.ws.close(code=code, reason=cut)


class _Subscribe(Value, frozen=True):
    query: str
    variables: dict[str, Any] | None = None
    operationName: str | None = None  # noqa: N815 - the name in the protocol
    extensions: dict[str, Any] | None = None


class _Sent(Value, frozen=True):
    """A message as the protocol has it."""

    type: str
    id: str = ""
    payload: Any = None


class Handler(BaseGraphQLTransportWSHandler[Subscriber, None]):
    """The protocol."""

    _watch: asyncio.Task[None] | None = None

    @property
    def admission(self) -> Admission:
        """Who may stay."""
        return cast("Admission", cast("Any", self.view).admission)

    async def handle_message(self, message: Message) -> None:
        """Take a message that is one."""
        try:
            sent = msgspec.convert(message, _Sent)
            if sent.type == "subscribe":
                msgspec.convert(sent.payload, _Subscribe)
        except msgspec.ValidationError:
            await self.handle_invalid_message("The message is not one of graphql-transport-ws.")
            return
        await super().handle_message(message)

    async def handle_connection_init(self, message: ConnectionInitMessage) -> None:
        """Find out who connects, and go on finding out."""
        try:
            await super().handle_connection_init(message)
        except Refused as refused:
            await self.websocket.close(refused.code, refused.reason)
            return
        if self.connection_acknowledged and self._watch is None:
            self._watch = asyncio.create_task(self._watched())

    async def handle_subscribe(self, message: SubscribeMessage) -> None:
        """Begin a subscription, if there are not too many."""
        most = self.admission.limits.subscriptions
        if not self.connection_acknowledged or len(self.operations) < most:
            await super().handle_subscribe(message)
            return
        said = f"The connection holds {most} subscriptions, which is the most; complete one first."
        error: Any = {"message": said, "extensions": {"code": ErrorCode.INVALID_REQUEST}}
        await self.send_message({"id": message["id"], "type": "error", "payload": [error]})

    async def handle_task_exception(self, error: Exception) -> None:
        """A client that went away is no fault."""
        if not isinstance(error, WebSocketDisconnected):
            await super().handle_task_exception(error)

    async def shutdown(self) -> None:
        """The connection is over."""
        if self._watch is not None:
            self._watch.cancel()
        if self.context.principal is not None:
            self.admission.give_back(self.context.principal)
        await super().shutdown()

    @staticmethod
    def _get_pre_execution_close_reason(_: GraphQLError) -> None:
        """A refused document ends its subscription, not the connection."""

    async def _watched(self) -> None:
        try:
            await self.admission.watch(self.context.headers, self.context.known)
        except Refused as refused:
            for operation in list(self.operations):
                await self.cleanup_operation(operation)
            await self.websocket.close(refused.code, refused.reason)
