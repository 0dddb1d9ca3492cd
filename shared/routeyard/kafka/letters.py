"""Records that could not be taken over, put aside with their bytes, their place and the reason."""

from __future__ import annotations

from routeyard.domain.errors import NotAllowed, NotUnderstood, RouteyardError
from routeyard.wire.record import Incoming, Outgoing
from routeyard.wire.topics import Carries, Topics

PREFIX = "ry_"


def put_aside(record: Incoming, fault: RouteyardError, consumer: str, topics: Topics) -> Outgoing:
    """The letter for a record, with its key, headers and bytes as they were.

    Parked when a later version or a registration may take it, dead when nothing can.
    """
    is_parked = isinstance(fault, NotUnderstood | NotAllowed)
    reasons = {
        f"{PREFIX}topic": record.position.topic,
        f"{PREFIX}partition": str(record.position.partition),
        f"{PREFIX}offset": str(record.position.offset),
        f"{PREFIX}code": fault.code,
        f"{PREFIX}error": fault.message,
        f"{PREFIX}consumer": consumer,
        f"{PREFIX}fate": "parked" if is_parked else "dead",
    }
    kept = tuple(header for header in record.headers if not header[0].startswith(PREFIX))
    return Outgoing(
        topic=topics.name(Carries.PARKED if is_parked else Carries.DEAD_LETTER),
        key=record.key,
        value=record.value,
        headers=(*kept, *((name, text.encode()) for name, text in reasons.items())),
    )
