"""What can be followed: the graph, revision by revision."""

import datetime as dt
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

import strawberry

from routeyard.domain import keys
from routeyard.domain.errors import Unauthenticated
from routeyard.domain.tenancy import Principal
from services.registry.feed import Feed, Point
from services.registry.graphql.described import Long, described, described_input, subscription
from services.registry.graphql.history import GraphChange
from services.registry.reads import Step, viewer


class Subscriber:
    """One connection: who follows, once that is known, and what."""

    def __init__(self, feed: Feed, upgrade: Mapping[str, str]) -> None:
        self.feed = feed
        self.principal: Principal | None = None
        # What the client said on connecting; written by the protocol's handler.
        self.connection_params: dict[str, Any] = {}
        self._upgrade = upgrade

    @property
    def headers(self) -> Mapping[str, str]:
        """Those of the handshake, and what was said on connecting in their place."""
        said = {
            name.lower(): value
            for name, value in self.connection_params.items()
            if isinstance(value, str)
        }
        return said if keys.presented(said) else self._upgrade

    @property
    def known(self) -> Principal:
        """Who follows.

        Raises:
            Unauthenticated: nobody said.
        """
        if self.principal is None:
            raise Unauthenticated("The connection carries no key.")
        return self.principal


@described_input
class GraphPoint:
    """A revision, and the graph that it is of: `epoch` changes when that is restored."""

    epoch: str
    revision: Long


@described
class GraphEvent:
    """What one commit changed of what the caller may see, before or after.

    `actor` is the key's id, or kafka; it and `reason` are null but for the platform's own keys,
    and for what a tenant's own keys ordered. `isComplete` is false where there are too many
    changes: ask `diff` for them, from the revision before.
    """

    epoch: str
    revision: Long
    committed_at: dt.datetime
    actor: str | None
    reason: str | None
    changes: list[GraphChange]
    is_complete: bool

    @classmethod
    def of(cls, epoch: str, step: Step) -> "GraphEvent":
        """As GraphQL shows it."""
        return cls(
            epoch=epoch,
            revision=Long(step.revision),
            committed_at=step.committed_at,
            actor=step.actor,
            reason=step.reason,
            changes=[GraphChange.of(each) for each in step.changes],
            is_complete=not step.has_more,
        )


@described
class Subscription:
    """What is told as it happens, over graphql-transport-ws."""

    @subscription
    async def graph_changes(
        self, info: strawberry.Info[Subscriber, None], after: GraphPoint | None = None
    ) -> AsyncGenerator[GraphEvent, None]:
        """Every revision that changed something the caller may see, once and in order.

        After a point, whenever that was; else from now on. To go on after a disconnect, name the
        last event's epoch and revision.
        """
        subscriber = info.context
        point = None if after is None else Point(after.epoch, after.revision)
        async with aclosing(subscriber.feed.follow(viewer(subscriber.known), point)) as steps:
            async for epoch, step in steps:
                yield GraphEvent.of(epoch, step)
