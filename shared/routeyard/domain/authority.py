"""Who may state what: sources, what they are registered for, and the operator above them all."""

from __future__ import annotations

import binascii
from base64 import b64decode, b64encode
from collections.abc import Mapping

from routeyard.domain import events as e
from routeyard.domain.catalog import Source
from routeyard.domain.claims import OPERATOR
from routeyard.domain.errors import InvalidRequest, NotAllowed
from routeyard.domain.events import Event
from routeyard.domain.subjects import uncovered

# What only operators say, whatever a source is registered for: it ranks, corrects, lets in.
OPERATORS_ONLY = frozenset(
    {
        e.SourceRegistered,
        e.TierDefined,
        e.TierRemoved,
        e.TenantClassDefined,
        e.TenantClassRemoved,
        e.TenantRegistered,
        e.TenantOffboarded,
        e.ProjectRegistered,
        e.ProjectRemoved,
        e.EndpointConnected,
        e.EndpointCredentialed,
        e.EndpointDisconnected,
        e.EndpointServed,
        e.PolicyPublished,
        e.PolicyMoved,
        e.PolicyWithdrawn,
        e.FactCorrected,
        e.CorrectionRetracted,
        e.NameAssigned,
    }
)
# What decides which models a tenant may use. Taking a rule back, or putting a weaker one in its
# place, widens that: so these have to be signed.
GRANTS = frozenset(
    {
        e.TenantOverridden,
        e.TenantOverrideRemoved,
        e.PlatformOverridden,
        e.PlatformOverrideRemoved,
    }
)

KEY_BYTES = 32
MOST_KEYS = 2  # the one in use and the next
# Points of an order below nine (their sign bit left out): anybody can sign for such a "key".
_WORTHLESS = frozenset(
    bytes.fromhex(point)
    for point in (
        "00" * 32,
        "01" + "00" * 31,
        "ec" + "ff" * 30 + "7f",
        "ed" + "ff" * 30 + "7f",
        "ee" + "ff" * 30 + "7f",
        "26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05",
        "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a",
    )
)


def registered(event: Event, sources: Mapping[str, Source]) -> Source:
    """The source of a record. The operator is none: that one speaks through GraphQL only.

    Raises:
        NotAllowed: the source is unknown.
    """
    source = sources.get(event.source)
    if source is None or event.source == OPERATOR:
        raise NotAllowed(
            f"The source {event.source!r} is not registered; register it, then replay the event."
        )
    return source


def authorize(event: Event, sources: Mapping[str, Source]) -> None:
    """Refuse what the source of a record may not say, or not about that.

    Raises:
        NotAllowed: the source is unknown, or registered for other types or other entities.
    """
    source = registered(event, sources)
    if type(event.data) in OPERATORS_ONLY:
        raise NotAllowed(f"{event.type} is said by operators only; use GraphQL or the commands.")
    if event.type not in source.types:
        raise NotAllowed(
            f"The source {event.source!r} may not publish {event.type}; "
            "allow it, then replay the event."
        )
    if outside := uncovered(event.data, source.entities):
        raise NotAllowed(
            f"The source {event.source!r} may not speak of {outside.kind}:{outside.id}; "
            "allow it, then replay the event."
        )


def require_key(event: Event, source: Source) -> None:
    """Refuse what decides what tenants may use, from a source that cannot prove who it is.

    Raises:
        NotAllowed: the source has no key and the event has to be signed.
    """
    if source.public_key is None and type(event.data) in GRANTS:
        raise NotAllowed(
            f"{event.type} has to be signed and the source {event.source!r} has no key; "
            "register its public key, and have it sign and publish the event again."
        )


def public_keys(text: str) -> tuple[bytes, ...]:
    """A source's Ed25519 keys, 32 bytes each, from base64 with spaces in between.

    Raises:
        InvalidRequest: there is none, more than two, one twice, or one that is no key.
    """
    keys = tuple(_public_key(word) for word in text.split())
    if not 0 < len(keys) <= MOST_KEYS or len(set(keys)) != len(keys):
        raise InvalidRequest(
            "A source has one public key, or two while it changes from one to the other.",
            field="publicKeys",
        )
    return keys


def _public_key(text: str) -> bytes:
    try:
        key = b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES or b64encode(key).decode() != text:
        raise InvalidRequest(
            f"{text!r} is no Ed25519 public key: give the base64 of its 32 bytes, "
            "as `routeyard sources keygen` prints it.",
            field="publicKeys",
        )
    if key[:-1] + bytes([key[-1] & 0x7F]) in _WORTHLESS:
        raise InvalidRequest(
            f"Anybody can sign for the public key {text!r}; make a new one with "
            "`routeyard sources keygen`.",
            field="publicKeys",
        )
    return key
