"""What a registry says of itself over HTTP: to supervisors, to Prometheus, to people."""

from typing import NamedTuple, Protocol

from starlette.requests import Request
from starlette.responses import Response

from routeyard.domain.errors import RouteyardError
from routeyard.runtime.http import error_response, json_response, told
from services.registry.admission import require_operator
from services.registry.callers import Callers
from services.registry.metrics import Metrics, Standing

METRICS_TYPE = "text/plain; version=0.0.4; charset=utf-8"


class Memory(Protocol):
    """Asks the database. Methods raise Unavailable when it does not answer."""

    async def standing(self) -> Standing:
        """How far everything is."""

    async def check(self) -> None:
        """Raise InvalidSettings for a schema of another version, or a role beyond the policies."""


class Pulse:
    """Whether Kafka answers, as last heard."""

    def __init__(self) -> None:
        self.is_kafka_up = False

    def tell(self, is_up: bool) -> None:  # noqa: FBT001 - the callback's one argument
        """Kafka was asked."""
        self.is_kafka_up = is_up


class Status(NamedTuple):
    """The answers."""

    memory: Memory
    callers: Callers
    metrics: Metrics
    pulse: Pulse

    async def livez(self, _: Request) -> Response:
        """The process runs."""
        return json_response({"status": "alive"})

    async def readyz(self, _: Request) -> Response:
        """The database answers with the right schema. Kafka away is told, and is no failure."""
        try:
            await self.memory.check()
        except RouteyardError as fault:
            return json_response({"status": "not ready", "reason": told(fault)}, 503)
        return json_response({"status": "ready", "kafka": self.pulse.is_kafka_up})

    async def metrics_text(self, _: Request) -> Response:
        """Everything that is counted."""
        try:
            standing = await self.memory.standing()
        except RouteyardError as fault:
            return error_response(fault)
        text = self.metrics.text(standing, is_kafka_up=self.pulse.is_kafka_up)
        return Response(text, headers={"content-type": METRICS_TYPE})

    async def status(self, _: Request) -> Response:
        """Where the registry stands."""
        try:
            standing = await self.memory.standing()
        except RouteyardError as fault:
            return error_response(fault)
        return json_response(
            {
                "service": "registry",
                "state": "ready" if self.pulse.is_kafka_up else "without kafka",
                **standing.head._asdict(),
                "published": standing.published,
                "kafka": self.pulse.is_kafka_up,
            }
        )

    async def consumed(self, request: Request) -> Response:
        """How far every topic is taken over. For the platform's own keys."""
        try:
            require_operator(await self.callers.authenticate(request.headers))
            standing = await self.memory.standing()
        except RouteyardError as fault:
            return error_response(fault)
        return json_response([reached._asdict() for reached in standing.consumed])
