"""Publishing events and records, acknowledged by the brokers."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from routeyard.domain.errors import InvalidSettings, Unavailable
from routeyard.domain.events import Event
from routeyard.kafka.clients import producer
from routeyard.runtime.settings import KafkaSettings
from routeyard.wire import envelope
from routeyard.wire.record import Outgoing, Position
from routeyard.wire.signature import Signer
from routeyard.wire.topics import Topics

__all__ = ["Position", "Publisher", "connect"]

IN_FLIGHT = 500
AWAY = "The broker does not answer; please try again."


def _silent(_: int) -> None:
    return None


class Publisher:
    """Sends records in order per key; a record counts as sent once all replicas have it.

    With a `signer`, events are signed; records that are published as they are never are.
    """

    def __init__(
        self, client: AIOKafkaProducer, topics: Topics, signer: Signer | None = None
    ) -> None:
        self._client = client
        self._topics = topics
        self._signer = signer

    async def send(
        self, events: Sequence[Event], progress: Callable[[int], None] = _silent
    ) -> list[Position]:
        """Publish events; where each came to lie. `progress` is told how many are through.

        Raises:
            Unavailable: the brokers do not take them; some may have been sent, all may be
                sent again.
        """
        return await self.write([self._written(event) for event in events], progress)

    async def write(
        self, records: Sequence[Outgoing], progress: Callable[[int], None] = _silent
    ) -> list[Position]:
        """Publish records as they are; see `send`."""
        positions: list[Position] = []
        for start in range(0, len(records), IN_FLIGHT):
            window = records[start : start + IN_FLIGHT]
            try:
                sent = [await self._enqueue(record) for record in window]
                positions += [_position(await acknowledged) for acknowledged in sent]
            except (KafkaError, OSError) as fault:
                raise Unavailable(
                    f"Kafka does not take records ({fault!r}); check the broker and its address.",
                    told=AWAY,
                ) from fault
            progress(len(positions))
        return positions

    def _written(self, event: Event) -> Outgoing:
        record = envelope.write(event, self._topics)
        return record if self._signer is None else self._signer.sign(record)

    async def _enqueue(self, record: Outgoing) -> asyncio.Future[object]:
        future: asyncio.Future[object] = await self._client.send(
            record.topic, value=record.value, key=record.key, headers=list(record.headers)
        )
        return future


def _position(metadata: object) -> Position:
    topic, partition, offset = (
        getattr(metadata, name) for name in ("topic", "partition", "offset")
    )
    return Position(topic, partition, offset)


@asynccontextmanager
async def connect(settings: KafkaSettings, client_id: str) -> AsyncIterator[Publisher]:
    """A publisher, connected; it signs events where the settings name a key.

    Raises:
        Unavailable: no broker answers.
        InvalidSettings: the key cannot be read, or is none.
    """
    signer = _signer(settings)
    client = producer(settings, client_id)
    try:
        await client.start()
    except (KafkaError, OSError) as fault:
        await client.stop()
        raise Unavailable(
            f"No Kafka broker answers at {settings.bootstrap}; start one or set ROUTEYARD_KAFKA.",
            told=AWAY,
        ) from fault
    try:
        yield Publisher(client, Topics(settings.namespace), signer)
    finally:
        await client.stop()


def _signer(settings: KafkaSettings) -> Signer | None:
    if settings.signing_key_file is None:
        return None
    try:
        pem = Path(settings.signing_key_file).read_bytes()
    except OSError as fault:
        raise InvalidSettings(
            f"The signing key in ROUTEYARD_SIGNING_KEY_FILE={settings.signing_key_file} "
            f"cannot be read ({fault.strerror})."
        ) from fault
    return Signer.of_pem(pem)
