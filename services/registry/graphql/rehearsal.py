"""Events as GraphQL takes them, to find out what they would change."""

import datetime as dt
from enum import StrEnum
from typing import Any

import msgspec
from strawberry.scalars import JSON

from routeyard.domain.errors import InvalidRequest
from routeyard.domain.events import PAYLOADS, Event
from services.registry.graphql.described import described_input


class Corrected(StrEnum):
    """The kinds of entities that an operator may correct."""

    PROVIDER = "provider"
    MODEL = "model"
    RELEASE = "release"
    ENDPOINT = "endpoint"
    OFFERING = "offering"


@described_input
class EventInput:
    """An event as a publisher would send it: its type, its body, and who says so when."""

    type: str
    source: str
    body: JSON
    observed_at: dt.datetime | None = None

    def event(self, number: int, now: dt.datetime) -> Event:
        """The event.

        Raises:
            InvalidRequest: the type is not known, or the body is not one of its.
        """
        if self.type not in PAYLOADS:
            raise InvalidRequest(
                f"The event type {self.type!r} is not known.", field=f"events.{number}.type"
            )
        wanted: Any = PAYLOADS[self.type]
        try:
            data = msgspec.convert(self.body, wanted)
        except msgspec.ValidationError as fault:
            raise InvalidRequest(
                f"The body of {self.type} is not valid: {fault}.", field=f"events.{number}.body"
            ) from None
        observed_at = self.observed_at or now
        return Event(
            id=f"rehearsed {number} {now.isoformat()}",
            source=self.source,
            observed_at=observed_at.astimezone(dt.UTC),
            data=data,
        )
