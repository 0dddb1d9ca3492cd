"""Who may state what: sources, their event types, and the operator above them all."""

from __future__ import annotations

from collections.abc import Mapping

from routeyard.domain.catalog import Source
from routeyard.domain.claims import OPERATOR
from routeyard.domain.errors import NotAllowed
from routeyard.domain.events import Event


def authorize(event: Event, sources: Mapping[str, Source]) -> None:
    """Refuse what the source of a record may not say. The operator speaks through GraphQL only.

    Raises:
        NotAllowed: the source is unknown, or registered for other types.
    """
    source = sources.get(event.source)
    if source is None or event.source == OPERATOR:
        raise NotAllowed(
            f"The source {event.source!r} is not registered; register it, then replay the event."
        )
    if event.type not in source.types:
        raise NotAllowed(
            f"The source {event.source!r} may not publish {event.type}; "
            "allow it, then replay the event."
        )
