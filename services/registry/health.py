"""States of endpoints, as healthcheck publishes them: the newest is kept, changes make history."""

from collections.abc import Sequence
from typing import NamedTuple, Protocol

import msgspec

from routeyard.domain.errors import InvalidEvent
from routeyard.domain.health import EndpointHealth
from routeyard.kafka.letters import put_aside
from routeyard.wire.record import Incoming
from routeyard.wire.topics import Topics
from services.registry.ingest import CONSUMER
from services.registry.letters import Post


class Seen(NamedTuple):
    """Where an endpoint is looked at from."""

    endpoint: str
    zone: str


class HealthStore(Protocol):
    """Where states are kept. Methods raise Unavailable when it does not answer."""

    async def update(self, states: Sequence[EndpointHealth], gone: Sequence[Seen]) -> None:
        """Take over states that are newer than the known ones; then forget those that are gone.

        Every state that began at a time of its own is remembered in the history.
        """


class HealthStates(NamedTuple):
    """Takes over the health.state topic."""

    store: HealthStore
    post: Post
    topics: Topics

    async def take(self, records: Sequence[Incoming]) -> None:
        """Take records over in their order, or put them aside.

        Raises:
            Unavailable: the database or the broker is away; hand the same records in again.
        """
        states: list[EndpointHealth] = []
        gone: set[Seen] = set()
        letters = []
        for record in records:
            try:
                place, state = read(record)
            except InvalidEvent as fault:
                letters.append(put_aside(record, fault, CONSUMER, self.topics))
                continue
            if state is None:
                gone.add(place)
            else:
                gone.discard(place)
                states.append(state)
        if letters:
            await self.post.write(letters)
        await self.store.update(states, sorted(gone))


def read(record: Incoming) -> tuple[Seen, EndpointHealth | None]:
    """The state in a record, None for a tombstone.

    Raises:
        InvalidEvent: its key or its bytes are not those of a state.
    """
    endpoint, _, zone = (record.key or b"").decode(errors="replace").rpartition("/")
    try:
        state = msgspec.json.decode(record.value, type=EndpointHealth) if record.value else None
    except (msgspec.MsgspecError, UnicodeDecodeError) as fault:
        raise InvalidEvent(f"The record is no state of an endpoint: {fault}.") from None
    place = Seen(state.endpoint, state.zone) if state else Seen(endpoint, zone)
    if (endpoint, zone) != place or "\x00" in "".join((*place, state.reason if state else "")):
        raise InvalidEvent("The record's key is not `endpoint/zone` of the state in it.")
    return place, state
