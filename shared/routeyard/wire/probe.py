"""Records that ask healthcheck to look at an endpoint, and those that tell what it saw.

An ask holds the endpoint's secret sealed, never in the clear. Nobody but healthcheck opens it.
"""

from __future__ import annotations

from datetime import datetime

import msgspec

from routeyard.domain.catalog import Endpoint
from routeyard.domain.errors import InvalidEvent
from routeyard.domain.value import Value
from routeyard.servers.discover import Answers
from routeyard.wire.credential import EndpointCredential
from routeyard.wire.record import Incoming, Outgoing
from routeyard.wire.topics import Carries, Topics

# What fits into a message on any broker, with room for what is around it.
MOST_ANSWER_BYTES = 512 * 1024


class ProbeAsk(Value, frozen=True):
    """A wish to know whether an endpoint answers, and what it serves.

    `revision`: the graph in which its owner's networks stand, at least. After `expires_at`
    nobody waits any more. `is_saved`: the endpoint is in the graph, not only tried out.
    """

    id: str
    endpoint: Endpoint
    revision: int
    expires_at: datetime
    credential: EndpointCredential | None = None
    is_saved: bool = True


class ProbeResult(Value, frozen=True):
    """What a look showed. `status` and `latency_ms` are those of the first answer.

    `reason` says in a few words why it is of no use, empty when it is. `answers` is what the
    server said of its models, None where it said nothing that can be used.
    """

    ask: str
    endpoint: str
    zone: str
    at: datetime
    is_reached: bool = False
    status: int | None = None
    latency_ms: float | None = None
    reason: str = ""
    is_saved: bool = True
    answers: Answers | None = None


_ASK = msgspec.json.Decoder(ProbeAsk)
_RESULT = msgspec.json.Decoder(ProbeResult)


def tried(endpoint: str, ask: str) -> str:
    """What the secret of an endpoint that is only tried out is sealed for."""
    return f"{endpoint} tried by {ask}"


def write_ask(ask: ProbeAsk, topics: Topics) -> Outgoing:
    """The record that asks."""
    name, key = topics.name(Carries.PROBE_ASK), ask.endpoint.id.encode()
    return Outgoing(name, key, msgspec.json.encode(ask))


def read_ask(record: Incoming) -> ProbeAsk:
    """What is asked.

    Raises:
        InvalidEvent: its bytes are not those of an ask.
    """
    try:
        return _ASK.decode(record.value or b"")
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise InvalidEvent(f"The record asks for no look at an endpoint: {fault}.") from None


def write_result(result: ProbeResult, topics: Topics) -> Outgoing:
    """The record that tells what was seen."""
    name, key = topics.name(Carries.PROBE_RESULT), result.endpoint.encode()
    return Outgoing(name, key, msgspec.json.encode(result))


def read_result(record: Incoming) -> ProbeResult:
    """What was seen.

    Raises:
        InvalidEvent: its bytes are not those of a result.
    """
    try:
        return _RESULT.decode(record.value or b"")
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise InvalidEvent(f"The record tells of no look at an endpoint: {fault}.") from None
