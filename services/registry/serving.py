"""What endpoints that were set up here serve: what is declared, what was found, what was told."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import NamedTuple, Protocol

from routeyard.domain.catalog import Endpoint
from routeyard.domain.events import EndpointDisconnected, EndpointServed, Payload, Served
from routeyard.domain.matching import Listed


class Serving(NamedTuple):
    """What is known of an endpoint's models.

    `served` is what the graph was told last. `version` changes with every change of the others.
    """

    endpoint: str
    owner: str | None
    declared: tuple[Listed, ...] = ()
    found: tuple[Listed, ...] = ()
    served: tuple[Served, ...] = ()
    version: int = 0


class ServingStore(Protocol):
    """Keeps it, and when each endpoint is asked next. Methods raise Unavailable when it is away."""

    async def find(self, endpoint: str) -> Serving | None:
        """What is known; None of an endpoint that was not set up here."""

    async def change(self, serving: Serving) -> bool:
        """Keep what became of it; False when it is not of that version any more."""

    async def drop(self, endpoint: str) -> None:
        """Forget an endpoint."""

    async def drop_of_tenant(self, owner: str) -> None:
        """Forget a tenant's endpoints."""

    async def ask_at(self, endpoint: str, at: datetime) -> None:
        """Have it asked then."""

    async def due(self, now: datetime, again_at: datetime, most: int) -> Sequence[str]:
        """Endpoints that are to be asked now, and then again; each is handed out once."""

    async def older_than(self, at: datetime, after: str, most: int) -> Sequence[str]:
        """Endpoints that were set up before then, in order, from the one after `after` on."""


def difference(
    endpoint: Endpoint,
    served: Sequence[Served],
    told: Collection[Served],
    once: Collection[Served],
) -> EndpointServed | None:
    """What has to be told of what an endpoint serves; None when nothing has.

    `told` is what the graph was told last, `once` all that it may still hold.
    """
    held = {each.native_id: each for each in told}
    now = {each.native_id: each for each in served}
    stale = {(e.native_id, e.model): e for e in once if _is_gone(e, now.get(e.native_id))}
    new = [each for name, each in now.items() if held.get(name) != each]
    if not new and not stale:
        return None
    return EndpointServed(
        endpoint=endpoint.id,
        owner=endpoint.owner,
        serves=tuple(new),
        gone=tuple(stale.values()),
    )


def _is_gone(before: Served, now: Served | None) -> bool:
    """A name may come to stand for another model; its offering stays, a private model does not."""
    return now is None or (before.is_private and before.model != now.model)


def withdrawn(serving: Serving) -> EndpointServed | None:
    """That an endpoint serves nothing of what it did; None when it did not serve anything."""
    if not serving.served:
        return None
    return EndpointServed(endpoint=serving.endpoint, owner=serving.owner, gone=serving.served)


def departure(serving: Serving, reason: str, actor: str) -> list[Payload]:
    """That an endpoint is taken down, and with it what it served."""
    gone = withdrawn(serving)
    down = EndpointDisconnected(
        endpoint=serving.endpoint, owner=serving.owner, reason=reason, actor=actor
    )
    return [down] if gone is None else [gone, down]
