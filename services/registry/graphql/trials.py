"""What a look at an endpoint showed, as GraphQL shows it."""

import strawberry

from routeyard.domain.events import Served
from services.registry.commands.trials import Tried
from services.registry.graphql.described import described


@described
class ModelFound:
    """A model that an endpoint serves, and the model of the graph that it stands for.

    `isPrivate`: nobody else knows it; it is, or would be, the owner's own.
    """

    native_id: str
    model: strawberry.ID
    is_private: bool

    @classmethod
    def of(cls, served: Served) -> "ModelFound":
        """As GraphQL shows it."""
        return cls(
            native_id=served.native_id,
            model=strawberry.ID(served.model),
            is_private=served.is_private,
        )


@described
class EndpointTest:
    """What a look at an endpoint showed.

    `reached`: something answered, be it with a refusal; `status` and `latencyMs` are those of the
    first answer. `reason` says why it is of no use as it is; empty when it is.
    """

    reached: bool
    status: int | None
    latency_ms: float | None
    reason: str
    zone: str | None
    models: list[ModelFound]

    @classmethod
    def of(cls, tried: Tried) -> "EndpointTest":
        """As GraphQL shows it."""
        result = tried.result
        return cls(
            reached=result is not None and result.is_reached,
            status=None if result is None else result.status,
            latency_ms=None if result is None else result.latency_ms,
            reason=tried.reason,
            zone=None if result is None else result.zone,
            models=[ModelFound.of(each) for each in tried.models],
        )
