"""The folded health of endpoints on its way to whoever routes or shows it."""

from __future__ import annotations

import msgspec

from routeyard.domain.errors import InvalidEvent, NotUnderstood
from routeyard.domain.health import EndpointHealth
from routeyard.wire.record import Incoming, Outgoing
from routeyard.wire.topics import Carries, Topics

_STATE = "routeyard.health.state.v1"
_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODER = msgspec.json.Decoder(EndpointHealth)


def key_of(endpoint: str, zone: str) -> str:
    """The key of an endpoint's state in a zone; a zone has no slash, so the last one divides."""
    return f"{endpoint}/{zone}"


def write_state(health: EndpointHealth, topics: Topics) -> Outgoing:
    """The record of a state."""
    key = key_of(health.endpoint, health.zone).encode()
    headers = (("ce_type", _STATE.encode()), ("content-type", b"application/json"))
    return Outgoing(topics.name(Carries.HEALTH_STATE), key, _ENCODER.encode(health), headers)


def write_removal(endpoint: str, zone: str, topics: Topics) -> Outgoing:
    """The tombstone of a state."""
    return Outgoing(topics.name(Carries.HEALTH_STATE), key_of(endpoint, zone).encode(), None)


def read_state(record: Incoming) -> EndpointHealth | None:
    """The state a record carries, None for a tombstone.

    Raises:
        NotUnderstood: of a type, or with a state, that a newer version writes.
        InvalidEvent: its bytes are not what its type promises.
    """
    if record.value is None:
        return None
    if record.header("ce_type") != _STATE:
        raise NotUnderstood(f"The state at {record.position.offset} is of a newer version.")
    try:
        return _DECODER.decode(record.value)
    except msgspec.MsgspecError as fault:
        sentence = f"The state at {record.position.offset} is not valid: {fault}."
        is_newer = str(fault).startswith("Invalid enum value")
        raise (NotUnderstood if is_newer else InvalidEvent)(sentence) from None
