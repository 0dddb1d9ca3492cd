"""Records of the credential topic: verifiers of keys, and sealed secrets for endpoints.

A record without a value takes back what its key names, and so does one that cannot be read: what
may be a revocation must not leave an older record in force.
"""

from __future__ import annotations

from enum import StrEnum
from typing import NamedTuple

import msgspec

from routeyard.domain.keys import KeyVerifier
from routeyard.domain.value import Value
from routeyard.wire.record import Incoming, Outgoing
from routeyard.wire.sealing import Binding
from routeyard.wire.topics import Carries, Topics

KEY_PREFIX = "key/"
ENDPOINT_PREFIX = "endpoint/"


class Scheme(StrEnum):
    """How an endpoint wants its secret: as a bearer's token, or in a header of its own."""

    BEARER = "bearer"
    HEADER = "header"


class EndpointCredential(Value, frozen=True):
    """What to send an endpoint, sealed.

    `host` is the one address it may be sent to, as `https://gpu.example:8443`. `owner`: the tenant
    it belongs to, None for the platform's own. `header`: with HEADER only.
    `version` counts from 1 and never goes back for one endpoint.
    """

    endpoint: str
    version: int
    scheme: Scheme
    host: str
    sealed: bytes
    owner: str | None = None
    header: str | None = None

    @property
    def binding(self) -> Binding:
        """What it was sealed for."""
        return Binding(self.owner, self.endpoint, self.version, self.host)


class KeyTold(NamedTuple):
    """A key's verifier, or None when it is gone; `fault` says what could not be read."""

    key_id: str
    verifier: KeyVerifier | None
    fault: str | None = None


class EndpointTold(NamedTuple):
    """An endpoint's secret, or None when it is gone; `fault` as of a key."""

    endpoint: str
    credential: EndpointCredential | None
    fault: str | None = None


_VERIFIER = msgspec.json.Decoder(KeyVerifier)
_CREDENTIAL = msgspec.json.Decoder(EndpointCredential)


def write_key(verifier: KeyVerifier, topics: Topics) -> Outgoing:
    """The record that tells routers of a key; of one that was shredded, that it is gone."""
    body = msgspec.json.encode(verifier) if verifier.digest else None
    return _record(KEY_PREFIX + verifier.key_id, body, topics)


def write_endpoint(credential: EndpointCredential, topics: Topics) -> Outgoing:
    """The record that tells of an endpoint's secret."""
    return _record(ENDPOINT_PREFIX + credential.endpoint, msgspec.json.encode(credential), topics)


def write_endpoint_removal(endpoint: str, topics: Topics) -> Outgoing:
    """The record that takes an endpoint's secret back."""
    return _record(ENDPOINT_PREFIX + endpoint, None, topics)


def read(record: Incoming) -> KeyTold | EndpointTold | None:
    """What a record tells; None for one about something else, as a newer version may write."""
    name = (record.key or b"").decode(errors="replace")
    if name.startswith(KEY_PREFIX):
        return _read_key(name.removeprefix(KEY_PREFIX), record.value)
    if name.startswith(ENDPOINT_PREFIX):
        return _read_endpoint(name.removeprefix(ENDPOINT_PREFIX), record.value)
    return None


def _read_key(key_id: str, value: bytes | None) -> KeyTold:
    if value is None:
        return KeyTold(key_id, None)
    try:
        verifier = _VERIFIER.decode(value)
    except msgspec.MsgspecError as fault:
        return KeyTold(key_id, None, str(fault))
    if verifier.key_id != key_id:
        return KeyTold(key_id, None, "its body is another key's")
    return KeyTold(key_id, verifier)


def _read_endpoint(endpoint: str, value: bytes | None) -> EndpointTold:
    if value is None:
        return EndpointTold(endpoint, None)
    try:
        credential = _CREDENTIAL.decode(value)
    except msgspec.MsgspecError as fault:
        return EndpointTold(endpoint, None, str(fault))
    if credential.endpoint != endpoint:
        return EndpointTold(endpoint, None, "its body is another endpoint's")
    return EndpointTold(endpoint, credential)


def _record(key: str, body: bytes | None, topics: Topics) -> Outgoing:
    return Outgoing(topics.name(Carries.CREDENTIAL), key.encode(), body)
