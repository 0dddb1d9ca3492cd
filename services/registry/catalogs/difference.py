"""What changed since the last run of a source, as events. Pure."""

from collections.abc import Mapping
from datetime import datetime
from hashlib import blake2b

import msgspec

from routeyard.domain.errors import InvalidCatalog
from routeyard.domain.events import (
    TYPE_NAMES,
    CapabilityUpdated,
    EndpointRegistered,
    EndpointRemoved,
    Event,
    ModelDescribed,
    ModelPriced,
    ModelRelated,
    ModelReleased,
    ModelWithdrawn,
    Payload,
    partition_key,
)
from routeyard.domain.value import Value
from services.registry.catalogs.parsed import ParsedCatalog

LARGEST_WITHDRAWAL = 0.1

_RELEASED = TYPE_NAMES[ModelReleased]
_REGISTERED = TYPE_NAMES[EndpointRegistered]
_UPDATED = TYPE_NAMES[CapabilityUpdated]
_RELATED = TYPE_NAMES[ModelRelated]
_DESCRIBED = TYPE_NAMES[ModelDescribed]
_PRICED = TYPE_NAMES[ModelPriced]
_BY_NATIVE_ID = (ModelReleased, ModelDescribed, ModelPriced)
_GONE = "no longer listed"


class Changes(Value, frozen=True):
    """The events to publish, and the state to remember once they have been taken over.

    `withdrawn` of the events take something back; `unchanged` facts need none. `lapsed` facts
    are no longer stated and have no event that takes them back: they stand as they were.
    """

    events: tuple[Event, ...]
    state: dict[str, str]
    withdrawn: int
    unchanged: int = 0
    lapsed: int = 0


def changes(
    previous: Mapping[str, str], parsed: ParsedCatalog, observed_at: datetime, *, force: bool
) -> Changes:
    """What to publish so that the registry knows this run. `previous` maps keys to digests.

    Raises:
        InvalidCatalog: more than a tenth of what was known would go, and `force` is not set.
    """
    current = {key_of(payload): payload for payload in parsed.payloads}
    bodies = {key: _canonical(payload) for key, payload in current.items()}
    state = {key: digest(body) for key, body in bodies.items()}
    gone = sorted(key for key in previous if key not in state)
    if not force:
        _refuse_collapse(parsed.source, len(gone), len(previous))
    withdrawals = [payload for key in gone if (payload := withdrawal(key)) is not None]
    stated = [current[key] for key in current if previous.get(key) != state[key]]
    return Changes(
        events=tuple(
            _event(parsed.source, payload, observed_at) for payload in (*stated, *withdrawals)
        ),
        state=state,
        withdrawn=len(withdrawals),
        unchanged=len(current) - len(stated),
        lapsed=len(gone) - len(withdrawals),
    )


def key_of(payload: Payload) -> str:
    """What the payload is about; spaces part it, and only a native id may contain one."""
    kind = TYPE_NAMES[type(payload)]
    if isinstance(payload, _BY_NATIVE_ID):
        endpoint = getattr(payload, "endpoint", None) or "-"
        return f"{kind} {payload.provider} {endpoint} {payload.native_id}"
    return f"{kind} {partition_key(payload)}"


def withdrawal(key: str) -> Payload | None:
    """What takes back the fact under a key; None where nothing can."""
    kind, _, rest = key.partition(" ")
    if kind == _REGISTERED:
        return EndpointRemoved(endpoint=rest)
    if kind == _UPDATED:
        return CapabilityUpdated(model=rest, evidence=_GONE, complete=True)
    if kind == _RELATED:
        return ModelRelated(model=rest, evidence=_GONE, complete=True)
    return _taken_back(kind, *rest.split(" ", 2)) if rest.count(" ") > 1 else None


def _taken_back(kind: str, provider: str, endpoint: str, native_id: str) -> Payload | None:
    at = None if endpoint == "-" else endpoint
    if kind == _RELEASED:
        return ModelWithdrawn(provider=provider, native_id=native_id, endpoint=at, reason=_GONE)
    if kind == _DESCRIBED:
        return ModelDescribed(provider=provider, native_id=native_id, complete=True, evidence=_GONE)
    if kind == _PRICED:
        return ModelPriced(provider=provider, native_id=native_id, endpoint=at, evidence=_GONE)
    return None


def digest(body: bytes) -> str:
    """Sixteen bytes that tell two bodies apart."""
    return blake2b(body, digest_size=16).hexdigest()


def _canonical(payload: Payload) -> bytes:
    return msgspec.json.encode(payload, order="deterministic")


def _event(source: str, payload: Payload, observed_at: datetime) -> Event:
    about = (source, TYPE_NAMES[type(payload)], partition_key(payload), observed_at.isoformat())
    identity = "\n".join(about).encode() + b"\n" + _canonical(payload)
    return Event(id=digest(identity), source=source, observed_at=observed_at, data=payload)


def _refuse_collapse(source: str, gone: int, known: int) -> None:
    if gone > known * LARGEST_WITHDRAWAL:
        raise InvalidCatalog(
            f"{source} no longer lists {gone} of {known} facts, more than a tenth; "
            "check the catalog, and add --force if that is right."
        )
