"""CloudEvents 1.0 over Kafka, binary mode: attributes in `ce_*` headers, JSON in the value."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from routeyard.domain.authority import authorize, registered, require_key
from routeyard.domain.catalog import Source
from routeyard.domain.errors import InvalidEvent, NotUnderstood
from routeyard.domain.events import PAYLOADS, Event, Payload, faults, partition_key
from routeyard.wire import signature
from routeyard.wire.record import Headers, Incoming, Outgoing
from routeyard.wire.topics import Topics, carrier_of

MAX_VALUE_BYTES = 512 * 1024
MAX_AHEAD = timedelta(minutes=5)
_ENCODER = msgspec.json.Encoder(order="deterministic")
_DECODERS = {name: msgspec.json.Decoder(payload) for name, payload in PAYLOADS.items()}
_UNKNOWN_ENUM = "Invalid enum value"


def write(event: Event, topics: Topics) -> Outgoing:
    """The record that carries an event."""
    key = partition_key(event.data)
    attributes = {
        "ce_specversion": "1.0",
        "ce_id": event.id,
        "ce_source": event.source,
        "ce_type": event.type,
        "ce_time": event.observed_at.astimezone(UTC).isoformat().replace("+00:00", "Z"),
        "ce_partitionkey": key,
        "ce_sequence": str(event.sequence),
        "content-type": "application/json",
    }
    if event.actor:
        attributes["ce_actor"] = event.actor
    headers: Headers = tuple((name, value.encode()) for name, value in attributes.items())
    topic = topics.name(carrier_of(event.type))
    return Outgoing(topic, key.encode(), _ENCODER.encode(event.data), headers)


def read(record: Incoming, now: datetime) -> Event:
    """The event a record carries.

    Raises:
        InvalidEvent: the wrong topic, missing attributes, bytes that are no JSON, fields of a
            wrong type, a time more than five minutes ahead.
        NotUnderstood: a type, or an enum value, that a newer version may know.
    """
    if record.value is None or len(record.value) > MAX_VALUE_BYTES:
        raise InvalidEvent(
            f"The event has no body, or one over {MAX_VALUE_BYTES} bytes; send a JSON object."
        )
    event_type = _attribute(record, "ce_type")
    if event_type not in _DECODERS:
        raise NotUnderstood(
            f"The event type {event_type!r} is not known to this version; "
            "it is kept for a later one."
        )
    if not record.position.topic.endswith(f".{carrier_of(event_type)}.v1"):
        raise InvalidEvent(
            f"{event_type} does not travel on {record.position.topic}; "
            f"publish it to the topic that ends in {carrier_of(event_type)}.v1."
        )
    return Event(
        id=_attribute(record, "ce_id"),
        source=_attribute(record, "ce_source"),
        observed_at=_observed_at(_attribute(record, "ce_time"), now),
        data=_payload(event_type, record.value),
        sequence=_sequence(record.header("ce_sequence")),
        actor=record.header("ce_actor") or "",
    )


def admit(
    record: Incoming,
    now: datetime,
    sources: Mapping[str, Source],
    *,
    allows_unsigned_grants: bool = False,
) -> Event:
    """The event a record carries, from a registered source that may say it and did say it.

    A source that has a public key must have signed the record. What grants must come from one
    that has, but where `allows_unsigned_grants` trusts whoever reaches the brokers.

    Raises:
        NotAllowed: the source is unknown, may not say this, or did not sign it.
        BadSignature: the signature is not the source's, or not of this record.
        InvalidEvent, NotUnderstood: as from `read`.
    """
    event = read(record, now)
    source = registered(event, sources)
    signature.check(record, source.public_key)
    authorize(event, sources)
    if not allows_unsigned_grants:
        require_key(event, source)
    return event


def _attribute(record: Incoming, name: str) -> str:
    value = record.header(name)
    if not value or len(value) > 512 or not value.isprintable():  # noqa: PLR2004 - no id is longer
        raise InvalidEvent(
            f"The header {name} is missing or unusable; "
            "send CloudEvents 1.0 attributes as ce_* headers."
        )
    return value


def _observed_at(text: str, now: datetime) -> datetime:
    try:
        observed_at = msgspec.convert(text, datetime)
    except msgspec.ValidationError:
        raise InvalidEvent(
            f"ce_time {text!r} is not an RFC 3339 time; send e.g. 2026-01-31T12:00:00Z."
        ) from None
    if observed_at.tzinfo is None:
        raise InvalidEvent(f"ce_time {text!r} has no time zone; append Z for UTC.")
    if observed_at > now + MAX_AHEAD:
        raise InvalidEvent(
            f"ce_time {text!r} lies more than five minutes ahead; check the publisher's clock."
        )
    return observed_at.astimezone(UTC)


def _sequence(text: str | None) -> int:
    if text is None:
        return 0
    if not text.isascii() or not text.isdigit() or len(text) > 18:  # noqa: PLR2004 - fits a bigint
        raise InvalidEvent(
            f"ce_sequence {text!r} is not a whole number below 10^18; leave it out or mend it."
        )
    return int(text)


def _payload(event_type: str, body: bytes) -> Payload:
    decoder: msgspec.json.Decoder[Any] = _DECODERS[event_type]
    try:
        payload: Payload = decoder.decode(body)
    except msgspec.ValidationError as fault:
        sentence = f"The body of {event_type} is not valid: {fault}."
        raise (NotUnderstood if str(fault).startswith(_UNKNOWN_ENUM) else InvalidEvent)(
            sentence
        ) from None
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError) as fault:
        raise InvalidEvent(f"The body is not JSON in UTF-8: {fault}.") from None
    if found := faults(payload):
        raise InvalidEvent(f"The event makes no sense: {'; '.join(found)}.")
    return payload
