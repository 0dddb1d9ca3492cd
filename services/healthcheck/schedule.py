"""When each endpoint is looked at: pure, and spread evenly over the interval."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple
from zlib import crc32

from routeyard.domain.catalog import Endpoint

_CRC_RANGE = 1 << 32


class Slot(NamedTuple):
    """The moment an endpoint is due, on a monotonic clock, and the address it is due at."""

    at: float
    url: str | None


class Round(NamedTuple):
    """Who is looked at now, and the slots of everyone afterwards."""

    due: list[Endpoint]
    slots: dict[str, Slot]


def is_watched(endpoint: Endpoint, zone: str) -> bool:
    """Whether the endpoint can be called, and reached from the zone."""
    return endpoint.is_enabled and reaches(endpoint, zone)


def reaches(endpoint: Endpoint, zone: str) -> bool:
    """Whether an endpoint is reached from a zone."""
    return not endpoint.zones or zone in endpoint.zones


def next_round(
    slots: Mapping[str, Slot], watched: Iterable[Endpoint], now: float, interval_s: float
) -> Round:
    """Who is due.

    New endpoints, and those with a new address, are due at once; endpoints that are no longer
    watched lose their slot.
    """
    found = Round([], {})
    for endpoint in watched:
        slot = slots.get(endpoint.id)
        if slot is None or slot.url != endpoint.url or slot.at <= now:
            found.due.append(endpoint)
            slot = Slot(_following(endpoint.id, now, interval_s), endpoint.url)
        found.slots[endpoint.id] = slot
    return found


def _following(endpoint_id: str, now: float, interval_s: float) -> float:
    """The endpoint's next own moment within the interval, at least half an interval away."""
    phase = crc32(endpoint_id.encode()) / _CRC_RANGE * interval_s
    earliest = now + interval_s / 2
    return earliest + (phase - earliest) % interval_s
