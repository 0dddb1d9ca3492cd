"""Stating an endpoint's health outright, as any registered source may."""

from __future__ import annotations

from collections.abc import Mapping
from uuid import uuid4

from routeyard.domain.errors import InvalidRequest
from routeyard.domain.events import Event, HealthDeclared, faults
from routeyard.kafka import publisher
from routeyard.runtime.clock import Clock
from routeyard.runtime.environ import Environ
from routeyard.runtime.settings import KafkaSettings
from routeyard.runtime.stackfile import StackFile
from routeyard.wire.record import Position


def event_of(said: HealthDeclared, source: str, clock: Clock) -> Event:
    """The event that declares.

    Raises:
        InvalidRequest: it would not be accepted.
    """
    if found := faults(said):
        raise InvalidRequest(f"This cannot be declared: {'; '.join(found)}.")
    return Event(id=uuid4().hex, source=source, observed_at=clock(), data=said)


def kafka_of(variables: Mapping[str, str]) -> KafkaSettings:
    """The brokers of the stack at hand, reached as the environment says.

    Raises:
        InvalidSettings: no stack is known, or variables are wrong.
    """
    address = StackFile.find(variables).kafka
    environ = Environ({**variables, "ROUTEYARD_KAFKA": address})
    settings = KafkaSettings.read(environ)
    environ.finish()
    return settings


async def publish(event: Event, settings: KafkaSettings) -> Position:
    """Publish; returns where the event lies.

    Raises:
        Unavailable: no broker takes it.
    """
    async with publisher.connect(settings, "health-declare") as publishing:
        return (await publishing.send([event]))[0]
