"""What an order about an endpoint keeps besides the graph: with its commit, or not at all."""

from __future__ import annotations

from typing import NamedTuple

from routeyard.wire.credential import EndpointCredential
from services.registry.serving import Serving


class Besides(NamedTuple):
    """What is kept of an endpoint in the transaction that commits an order about it.

    `secret` comes in the place of the one before, whose version is one less, `serving` in the
    place of the record of its version; 0 is that of a new endpoint, which is asked at once. What
    is neither given nor forgotten stays as it is.
    """

    endpoint: str
    secret: EndpointCredential | None = None
    serving: Serving | None = None
    forgets_secret: bool = False
    forgets_serving: bool = False
