"""What events come to: pure."""

from __future__ import annotations

from collections import ChainMap
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import NamedTuple

from msgspec import structs

from routeyard.domain.errors import InvalidEvent
from routeyard.domain.events import EndpointObserved, Event, HealthDeclared
from routeyard.domain.health import (
    Declaration,
    EndpointHealth,
    Observation,
    declare,
    observe,
)
from routeyard.wire.health import key_of
from routeyard.wire.topics import Carries, carrier_of
from services.healthcheck.telling import is_worth_telling, state_told

MAX_REASON = 200
ANY_ZONE = "any"


class Known(NamedTuple):
    """States by key: as they are folded here, and as they were last told."""

    folded: dict[str, EndpointHealth]
    told: dict[str, EndpointHealth]


class Outcome(NamedTuple):
    """What a batch came to.

    `folded`: new states by key; `to_tell`: those that others should hear of, in order; `taken`:
    how many events told something new; `changes`: how many of the told states differ from what
    was told before.
    """

    folded: dict[str, EndpointHealth]
    to_tell: list[EndpointHealth]
    taken: int
    changes: int


def check(event: Event) -> EndpointObserved | HealthDeclared:
    """The health fact of an event.

    Raises:
        InvalidEvent: it travels on the wrong topic, or its zone cannot be part of a key.
    """
    data = event.data
    if not isinstance(data, EndpointObserved | HealthDeclared):
        raise InvalidEvent(
            f"Events of type {event.type} travel on the topic {carrier_of(event.type)}, "
            f"not on {Carries.ENDPOINT_HEALTH}."
        )
    if not data.zone or "/" in data.zone:
        raise InvalidEvent(f"The zone {data.zone!r} is empty or has a slash; name it without.")
    return data


def fold(events: Iterable[Event], known: Known, ttl: timedelta, now: datetime) -> Outcome:
    """Fold events in, in their order.

    Every change of state is told, even if the next event of the batch takes it back: its history
    is somebody's evidence.
    """
    folded: dict[str, EndpointHealth] = {}
    held = ChainMap(folded, known.folded)
    told: dict[str, EndpointHealth] = {}
    to_tell: list[EndpointHealth] = []
    taken = changes = 0
    for event in events:
        data = check(event)
        key = key_of(data.endpoint, data.zone)
        health = _fold_one(event, data, held, ttl)
        if health is None:
            continue
        taken += 1
        folded[key] = health
        before = told.get(key, known.told.get(key))
        if is_worth_telling(health, before, ttl, now):
            changes += state_told(before, health) is not health.state
            told[key] = health
            to_tell.append(health)
    return Outcome(folded, to_tell, taken, changes)


def _fold_one(
    event: Event,
    data: EndpointObserved | HealthDeclared,
    held: Mapping[str, EndpointHealth],
    ttl: timedelta,
) -> EndpointHealth | None:
    if isinstance(data, HealthDeclared):
        return _declared(event, data, held)
    everywhere = held.get(key_of(data.endpoint, ANY_ZONE))
    if everywhere and everywhere.is_declared and event.observed_at < everywhere.expires_at:
        # Whoever routes takes the newest state of its zone and of any; a look must not pass
        # for news against what was declared for all zones.
        return None
    return observe(
        held.get(key_of(data.endpoint, data.zone)),
        Observation(
            endpoint=data.endpoint,
            zone=data.zone,
            is_up=data.is_up,
            observed_at=event.observed_at,
            latency_ms=data.latency_ms,
            reason=_brief(data.reason),
        ),
        ttl,
    )


def _declared(
    event: Event, data: HealthDeclared, held: Mapping[str, EndpointHealth]
) -> EndpointHealth | None:
    said = Declaration(
        endpoint=data.endpoint,
        zone=data.zone,
        state=data.state,
        observed_at=event.observed_at,
        ttl_s=data.ttl_s,
        reason=_brief(data.reason),
    )
    health = declare(held.get(key_of(data.endpoint, data.zone)), said)
    if health is None or data.zone != ANY_ZONE:
        return health
    looks = (other.observed_at for other in held.values() if other.endpoint == data.endpoint)
    return structs.replace(health, observed_at=max((health.observed_at, *looks)))


def _brief(reason: str) -> str:
    return "".join(c for c in reason if c.isprintable())[:MAX_REASON]
